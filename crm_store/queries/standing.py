"""What we asked about a case on our own initiative and what is still to be answered."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, String, bindparam, cast, exists, select
from sqlalchemy.orm import Session

from crm_store.domain.notices import FOLLOWED_UP
from crm_store.tables import Address, Case, Conversation, Event, FollowUp, Message, Notice

#: 'If it is not right, tell us here', we say with a resolution: so long that is heard as 'is it fixed?'.
TOLD_WITHIN = timedelta(days=5)
#: Long afterwards a message is about something new, not the answer to what staff once asked.
ANSWERED_WITHIN = timedelta(days=14)


# Made once: they run for every message, and SQLAlchemy takes longer to make them than to run them.
_CITIZEN = (
    select(Address.citizen_id)
    .join(Conversation, Conversation.address_id == Address.id)
    .where(Conversation.id == bindparam("conversation_id"))
    .scalar_subquery()
)
_FOLLOWED_UP = (
    select(FollowUp)
    .join(Case, Case.id == FollowUp.case_id)
    .where(Case.citizen_id == _CITIZEN, FollowUp.closed_at.is_(None))
    .order_by(FollowUp.asked_at.desc())
    .limit(1)
)


def _told(stage: str, kind: str, *conditions: ColumnElement[bool]) -> Select[UUID, datetime | None]:
    """The person's case at this stage of which they were told since then, the last told first."""
    return (
        select(Case.id, Notice.ended_at)
        .join(Notice, Notice.case_id == Case.id)
        .where(
            Case.citizen_id == _CITIZEN,
            Case.stage == stage,
            Notice.kind == kind,
            Notice.state == "sent",
            Notice.ended_at > bindparam("since"),
            *conditions,
        )
        .order_by(Notice.sequence.desc())
        .limit(1)
    )


_WAITING = _told("waiting_for_citizen", "waiting")
_RESOLVED = _told(
    "resolved",
    "resolved",
    Case.case_class.in_(FOLLOWED_UP),
    ~exists().where(FollowUp.case_id == Case.id),
)


@dataclass(frozen=True)
class StandingQuestion:
    """`asking`: 'fixed', 'rating' or 'case_answer'; `choices`: as the message that asked showed them."""

    asking: str
    case_id: UUID
    choices: list[dict[str, Any]]


def standing_question(
    session: Session, conversation_id: UUID, now: datetime, asking: str | None = None
) -> StandingQuestion | None:
    """The question about a case that stands open with this person, the one asked last; of this kind only.

    It lives in the case store, so neither another message in between nor a restart of the engine loses it,
    and what was asked by SMS may be answered on WhatsApp.
    """
    of = {"conversation_id": conversation_id}
    found = []
    follow_up = session.scalar(_FOLLOWED_UP, of)
    if follow_up is not None:
        kind = "rating" if follow_up.fixed else "fixed"
        choices = _choices(session, follow_up.case_id, "follow_up") if kind == "fixed" else []
        found.append((follow_up.asked_at, StandingQuestion(kind, follow_up.case_id, choices)))
    waiting = session.execute(_WAITING, {**of, "since": now - ANSWERED_WITHIN}).first()
    if waiting is not None:
        found.append((waiting.ended_at, StandingQuestion("case_answer", waiting.id, [])))
    resolved = session.execute(_RESOLVED, {**of, "since": now - TOLD_WITHIN}).first()
    if resolved is not None:
        found.append((resolved.ended_at, StandingQuestion("fixed", resolved.id, [])))
    fitting = [(at, question) for at, question in found if asking in (None, question.asking)]
    return max(fitting, key=lambda pair: pair[0])[1] if fitting else None


def answered_before(
    session: Session, conversation_id: UUID, message_id: UUID | None
) -> StandingQuestion | None:
    """The question that this message answered already, when its turn is worked on again; else None."""
    if message_id is None:
        return None
    found = session.execute(
        select(Case.id, Event.kind, Event.after["answer"].astext.label("answer"))
        .join(Event, Event.subject_id == cast(Case.id, String))
        .join(Address, Address.citizen_id == Case.citizen_id)
        .join(Conversation, Conversation.address_id == Address.id)
        .where(
            Conversation.id == conversation_id,
            Event.subject_type == "case",
            Event.kind.in_(("follow_up_answered", "detail_added")),
            Event.after["message_id"].astext == str(message_id),
        )
        .limit(1)
    ).first()
    if found is None:
        return None
    if found.kind == "detail_added":
        return StandingQuestion("case_answer", found.id, [])
    if found.answer in ("fixed", "not_fixed"):
        return StandingQuestion("fixed", found.id, _choices(session, found.id, "follow_up"))
    return StandingQuestion("rating", found.id, [])


def _choices(session: Session, case_id: UUID, kind: str) -> list[dict[str, Any]]:
    shown = session.scalar(
        select(Message.buttons)
        .join(Notice, Notice.message_id == Message.id)
        .where(Notice.case_id == case_id, Notice.kind == kind)
        .limit(1)
    )
    return shown or []
