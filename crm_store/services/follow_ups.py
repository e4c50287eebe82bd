"""After a resolution: is it fixed, how was it, and what follows from the answer."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.services.history import record_event
from crm_store.services.inbox import storable
from crm_store.services.locking import locked
from crm_store.services.notices import leave_unsaid
from crm_store.services.stages import set_stage
from crm_store.tables import Case, Event, FollowUp, Message, Notice

Answered = Literal["fixed", "not_fixed", "rated", "skipped"]
_BATCH = 200


def answer_follow_up(
    session: Session,
    region: Region,
    case_id: UUID,
    message_id: UUID | None,
    now: datetime,
    *,
    fixed: bool | None = None,
    rating: int | None = None,
    comment: str | None = None,
) -> Answered:
    """Take the citizen's answer: fixed or not, later a rating from 1 to 5 and words; none of them skips.

    'Fixed' closes the case; 'not fixed' reopens it, under the same reference, one step up the ladder. The
    same message again changes nothing and returns what it was the first time.
    """
    case = locked(session, Case, case_id)
    follow_up = session.get(FollowUp, case_id, with_for_update=True, populate_existing=True)
    if follow_up is None:  # told of the resolution, the person answers before we asked
        follow_up = FollowUp(case_id=case_id, conversation_id=_told_in(session, case), asked_at=now)
        session.add(follow_up)
    known = _answer_of(session, case_id, message_id)
    if known is not None:
        return known
    words = storable(comment).strip() or None if comment else None
    kind: Answered
    if fixed is not None:
        kind = "fixed" if fixed else "not_fixed"
        follow_up.fixed, follow_up.answered_at = fixed, now
        follow_up.comment = words
        if not fixed:
            follow_up.closed_at = now
    else:
        kind = "skipped" if rating is None and words is None else "rated"
        follow_up.rating = rating
        follow_up.comment = "\n".join(filter(None, (follow_up.comment, words))) or None
        follow_up.answered_at, follow_up.closed_at = follow_up.answered_at or now, now
    record_event(
        session,
        "case",
        case.id,
        "follow_up_answered",
        actor="citizen",
        after={"answer": kind, "rating": rating, "comment": words, "message_id": message_id},
        at=now,
    )
    if case.stage == "resolved" and kind == "fixed":
        set_stage(session, region, case.reference, "closed", "citizen", now=now)
    elif case.stage in ("resolved", "closed") and kind == "not_fixed":
        set_stage(session, region, case.reference, "reopened", "citizen", words, now=now)
        leave_unsaid(session, case.id, "reopened", "said in the chat", now)
    return kind


def _told_in(session: Session, case: Case) -> UUID:
    """The conversation in which the person heard that the case is resolved."""
    return session.scalars(
        select(Message.conversation_id)
        .join(Notice, Notice.message_id == Message.id)
        .where(Notice.case_id == case.id, Notice.kind == "resolved")
        .order_by(Notice.sequence.desc())
        .limit(1)
    ).one()


def close_unanswered(
    open_transaction: Callable[[], AbstractContextManager[Session]], region: Region, now: datetime
) -> int:
    """Close every case that was resolved, and asked about, days ago without an answer; returns how many.

    The days are the region's `telling.close_after_days`, counted from the question where there was one.
    """
    since = now - timedelta(days=region.telling.close_after_days)
    closed = 0
    while True:
        with open_transaction() as session:
            asked_lately = exists().where(
                FollowUp.case_id == Case.id, FollowUp.closed_at.is_(None), FollowUp.asked_at > since
            )
            cases = session.scalars(
                select(Case)
                .where(Case.stage == "resolved", Case.resolved_at <= since, ~asked_lately)
                .order_by(Case.resolved_at)
                .limit(_BATCH)
                .with_for_update(skip_locked=True)
            ).all()
            for case in cases:
                set_stage(session, region, case.reference, "closed", "system", "no answer", now=now)
            session.flush()
            for follow_up in _left_open(session, since):
                follow_up.closed_at = now
        if not cases:
            return closed
        closed += len(cases)


def _left_open(session: Session, since: datetime) -> list[FollowUp]:
    query = select(FollowUp).where(FollowUp.closed_at.is_(None), FollowUp.asked_at <= since)
    return list(session.scalars(query.with_for_update(skip_locked=True)))


def _answer_of(session: Session, case_id: UUID, message_id: UUID | None) -> Answered | None:
    if message_id is None:
        return None
    after: dict[str, Any] | None = session.scalar(
        select(Event.after).where(
            Event.subject_type == "case",
            Event.subject_id == str(case_id),
            Event.kind == "follow_up_answered",
            Event.after["message_id"].astext == str(message_id),
        )
    )
    return after["answer"] if after else None
