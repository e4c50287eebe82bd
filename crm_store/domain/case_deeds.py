"""What can be done to a case just now, and by whom: the moves that the rules allow, in the usual order."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal, get_args

from crm_store.domain.cases import Hand, Stage, is_open, may_move
from crm_store.domain.roles import may

Deed = Literal[
    "claim", "accept", "start", "wait", "resolve", "decide", "delay", "note", "assign", "refer", "decline",
    "priority", "category", "merge", "divide", "split", "close", "reopen",
]  # fmt: skip
DEEDS: tuple[Deed, ...] = get_args(Deed)
#: Deeds without words: one press.
AT_ONCE: frozenset[Deed] = frozenset({"claim", "accept", "start"})
#: Deeds of which the citizen hears.
TOLD: frozenset[Deed] = frozenset(DEEDS) - {"note", "priority", "category"}
#: The citizen hears of these only when they can no longer be taken back: they end the case, or make two.
HELD_BACK: frozenset[Deed] = frozenset({"resolve", "decide", "close", "merge", "divide"})
#: So long it can be taken back.
UNDO_WITHIN = timedelta(minutes=5)
#: Written down whatever others changed meanwhile.
BESIDE: frozenset[Deed] = frozenset({"note"})


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What of a case decides what can be done."""

    stage: Stage
    case_class: str
    #: it is with another department, which has not said yes
    offered: bool = False
    mine: bool = False
    on_hold: bool = False
    anonymous: bool = False
    merged: bool = False


def deeds_for(case: Standing, role: str, hand: Hand) -> list[Deed]:
    """The deeds, in the order of DEEDS, that somebody of the role may do to the case as it stands."""
    stage, work = case.stage, is_open(case.stage)
    dispute = case.case_class == "dispute"
    allowed: dict[Deed, bool] = {
        "claim": work and not case.mine and not case.offered,
        "accept": case.offered and stage == "referred",
        "start": may_move(stage, "in_progress", hand) and not case.offered,
        "wait": may_move(stage, "waiting_for_citizen", hand),
        # An amount on hold is lifted by a decision, with its reasons and its appeal.
        "resolve": may_move(stage, "resolved", hand) and not (dispute and case.on_hold),
        "decide": work and dispute and (may(role, "billing") or may(role, "assign")),
        "delay": work and case.case_class != "compliment",
        "note": True,
        "assign": work and may(role, "assign"),
        "refer": work,
        "decline": case.offered and stage == "referred",
        "priority": work,
        "category": work,
        "merge": work and not case.anonymous,
        "divide": work,
        "split": case.merged,
        "close": may_move(stage, "closed", hand),
        "reopen": may_move(stage, "reopened", hand) and not case.merged,
    }
    return [deed for deed in DEEDS if allowed[deed]]
