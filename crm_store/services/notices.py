"""Notices to the citizen of a case: planned in the transaction of the move that they tell."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.domain.notices import AT_ONCE, KINDS, ONCE, SHARED, AccountNoticeKind, NoticeKind, time_to_tell
from crm_store.domain.refusals import Refusal
from crm_store.domain.region import Region
from crm_store.plain import plain
from crm_store.services.inbox import storable
from crm_store.tables import Case, Delay, Event, FollowUp, Notice, new_id

#: Moves that often follow each other within minutes; they wait that long for the next one.
_SETTLES = frozenset({"assigned", "started", "referred", "referred_out"})
#: A question must arrive whole, in one segment with the reference around it.
LONGEST_QUESTION = 90
#: So must the reason why a reading cannot be used.
LONGEST_REASON = 60


class QuestionTooLong(Refusal):
    """The question to the citizen is too long for one SMS; the message says how long it may be."""


def plan_notice(
    session: Session, region: Region, case: Case, kind: NoticeKind, now: datetime, **said: Any
) -> None:
    """Plan that the citizen is told of this move of the case; call it after the move's event is recorded.

    One move is told once, however often this is called. `said` is what the text says beside the case itself:
    delayed: reason, expected_at; referred_out: follow_up_on; waiting: question; resolved: done; decided:
    outcome, reason, amount; closed: reason; incident_known, incident_over: trouble, started_at, expected_at,
    ended_at, announced (its end was announced, nobody has looked); merged: other, the kept case's reference;
    divided: other, the reference of the case that held this matter, too.
    Raises QuestionTooLong.
    """
    if kind not in KINDS:
        raise ValueError(f"there is no notice {kind}; there are {', '.join(KINDS)}")
    if kind == "waiting" and len(str(said.get("question") or "")) > LONGEST_QUESTION:
        raise QuestionTooLong(
            "question_long",
            f"the question has more than {LONGEST_QUESTION} characters: make it shorter",
            number=LONGEST_QUESTION,
        )
    session.flush()
    move = "" if kind in ONCE else f":{_newest_change(session, case.id)}"
    people = {case.citizen_id}
    told = [case, *(_merged_into(session, case) if kind in SHARED else [])]
    for one in told:
        if one.citizen_id is None or (one.case_class == "compliment" and kind != "divided"):
            continue  # nobody to tell; praise was thanked for
        if one is not case and one.citizen_id in people:
            continue  # whoever reported the matter twice hears once what came of it
        people.add(one.citizen_id)
        _plan(session, region, one, kind, f"{one.id}:{kind}{move}", said, now)


def _plan(
    session: Session,
    region: Region,
    case: Case,
    kind: NoticeKind,
    once: str,
    said: dict[str, Any],
    now: datetime,
) -> None:
    settle = timedelta(minutes=region.telling.settle_minutes if kind in _SETTLES else 0)
    emergency = kind in AT_ONCE or (case.priority == "emergency" and kind != "follow_up")
    session.execute(
        insert(Notice)
        .values(
            id=new_id(),
            case_id=case.id,
            kind=kind,
            dedupe_key=once,
            said=plain(storable({name: value for name, value in said.items() if value is not None})),
            not_before=time_to_tell(now + settle, region.telling, region.timezone, emergency),
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
    )


def plan_account_notice(
    session: Session,
    region: Region,
    conversation_id: UUID,
    kind: AccountNoticeKind,
    once: str,
    now: datetime,
    **said: Any,
) -> None:
    """Plan that the conversation is told something of the person's account, in decent hours.

    One `once` is told once, however often this is called; `said` are the values of utter_notice_<kind>.
    """
    session.execute(
        insert(Notice)
        .values(
            id=new_id(),
            conversation_id=conversation_id,
            kind=kind,
            dedupe_key=once,
            said=plain(storable(said)),
            not_before=time_to_tell(now, region.telling, region.timezone),
            created_at=now,
        )
        .on_conflict_do_nothing(index_elements=["dedupe_key"])
    )


def leave_unsaid(session: Session, case_id: UUID, kind: str, why: str, now: datetime) -> None:
    """Drop the planned notices of this kind: the person knows it already."""
    session.execute(
        update(Notice)
        .where(Notice.case_id == case_id, Notice.kind == kind, Notice.state == "planned")
        .values(state="suppressed", reason=why, ended_at=now)
    )


def forget_notices(
    session: Session, case_ids: Sequence[UUID], conversation_ids: Sequence[UUID], now: datetime
) -> None:
    """Take the words out of what was and would be said about these; nothing planned is sent."""
    about = or_(Notice.case_id.in_(case_ids), Notice.conversation_id.in_(conversation_ids))
    session.execute(
        update(Notice)
        .where(about, Notice.state == "planned")
        .values(state="suppressed", reason="the person asked to be forgotten", ended_at=now)
    )
    session.execute(update(Notice).where(about).values(said={}))
    session.execute(update(Delay).where(Delay.case_id.in_(case_ids)).values(reason=None))
    session.execute(
        update(FollowUp)
        .where(FollowUp.case_id.in_(case_ids))
        .values(comment=None, closed_at=func.coalesce(FollowUp.closed_at, now))
    )


def _newest_change(session: Session, case_id: UUID) -> int | None:
    """It stands for the move that is told."""
    return session.scalar(
        select(func.max(Event.id)).where(Event.subject_type == "case", Event.subject_id == str(case_id))
    )


def _merged_into(session: Session, case: Case) -> list[Case]:
    return list(session.scalars(select(Case).where(Case.merged_into_id == case.id).order_by(Case.opened_at)))
