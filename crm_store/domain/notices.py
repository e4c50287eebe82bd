"""What is said on our own initiative: at which hours, which word replaces which, and who wants to hear it."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal, get_args
from zoneinfo import ZoneInfo

from crm_store.domain.cases import Stage, is_open
from crm_store.domain.region import Telling

NoticeKind = Literal[
    "assigned", "started", "delayed", "referred", "referred_out", "waiting", "resolved", "decided",
    "reopened", "closed", "merged", "divided", "incident_known", "incident_over", "follow_up", "captured",
]  # fmt: skip
#: About a person's account, not about a case: said to the conversation they belong to.
AccountNoticeKind = Literal[
    "reading_accepted", "reading_corrected", "reading_rejected", "reading_replaced", "photo_refused",
    "file_refused", "reminder",
]  # fmt: skip
KINDS: tuple[NoticeKind, ...] = get_args(NoticeKind)
#: These ask the person for something, so each needs the conversation for itself.
QUESTIONS: frozenset[str] = frozenset({"waiting", "follow_up"})
#: Told to a person who wants no updates, too: what they must answer, what came of their matter, and every
#: reference that is theirs.
ALWAYS_TOLD: frozenset[str] = frozenset({"waiting", "resolved", "decided", "captured", "divided"})
#: Classes whose end is followed up: a dispute has its appeal, a compliment no end.
FOLLOWED_UP = ("complaint", "query")
#: Told once in the life of a case.
ONCE: frozenset[str] = frozenset({"delayed", "follow_up", "captured", "divided"})
#: The receipt of what the person has just handed in: said at any hour.
AT_ONCE: frozenset[str] = frozenset({"captured"})

#: Told also to the people of the cases that were merged into the one that this came of.
SHARED: frozenset[str] = frozenset({"resolved", "decided"})

_PROGRESS: frozenset[str] = frozenset(
    {"assigned", "started", "delayed", "referred", "referred_out", "reopened", "incident_known"}
)
_ENDS: frozenset[str] = frozenset({"resolved", "decided"})


def time_to_tell(at: dt.datetime, telling: Telling, timezone: str, emergency: bool = False) -> dt.datetime:
    """The first moment from `at` on at which the person may be written to unasked, aware UTC.

    Between `telling.since` and `telling.until` local time at once, otherwise when those hours begin;
    about an emergency at any hour.
    """
    if emergency:
        return at
    zone = ZoneInfo(timezone)
    local = at.astimezone(zone)
    opens, ends = dt.time.fromisoformat(telling.since), dt.time.fromisoformat(telling.until)
    if opens <= local.time() < ends:
        return at
    day = local.date() if local.time() < opens else local.date() + dt.timedelta(days=1)
    return dt.datetime.combine(day, opens, zone).astimezone(dt.UTC)


def replaced(kind: str, later: Iterable[str]) -> bool:
    """Whether a notice that still waits need not be said any more, because a later one of its case is.

    Progress is replaced by whatever came after it; what came of the case only by another outcome, so that
    'closed' never hides what was done.
    """
    after = set(later) - {"follow_up"}
    if kind in _PROGRESS:
        return bool(after)
    if kind == "incident_over":
        return bool(after & _ENDS)
    if kind in _ENDS:
        return bool(after & (_ENDS | {"reopened"}))
    if kind in ("closed", "merged"):
        return "reopened" in after
    return kind in after


def still_true(kind: str, stage: Stage) -> bool:
    """Whether the notice still says the truth about a case that is at `stage` by now."""
    match kind:
        case "waiting":
            return stage == "waiting_for_citizen"
        case "follow_up":
            return stage == "resolved"
        case "resolved" | "decided":
            return stage in ("resolved", "closed")
        case "closed" | "merged":
            return stage == "closed"
        case "incident_over" | "captured" | "divided":
            return True
    return is_open(stage)
