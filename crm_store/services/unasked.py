"""Messages that nobody asked for: which notices are due, whom they reach and how, and their storing."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.domain.cases import Stage
from crm_store.domain.chats import may_write_freely
from crm_store.domain.notices import (
    ALWAYS_TOLD,
    AT_ONCE,
    FOLLOWED_UP,
    QUESTIONS,
    replaced,
    still_true,
    time_to_tell,
)
from crm_store.domain.region import Region
from crm_store.live import publish
from crm_store.queries.notice_words import words_of, words_of_account
from crm_store.services.history import record_event
from crm_store.services.inbox import conversation_with, storable
from crm_store.services.locking import locked
from crm_store.services.notices import plan_notice
from crm_store.services.turns import ReplyToStore
from crm_store.tables import Address, Case, Citizen, Conversation, Delay, FollowUp, Message, Notice, new_id

#: A form that was left open this long ago is not waited for any more.
FORM_IS_LIVELY = timedelta(hours=1)
#: Asked with nothing hanging on the answer.
_OWE_NO_ANSWER = (None, "helpful", "also", "anonymous", "right", "fixed", "rating")
#: What cannot be said yet is looked at again after this time.
LATER = timedelta(minutes=10)


@dataclass(frozen=True, kw_only=True)
class NoticeToTell:
    """A notice whose time has come; `free` False: WhatsApp takes only an approved template now."""

    notice_id: UUID
    #: None: it is about no case
    case_id: UUID | None
    kind: str
    response_key: str
    values: dict[str, Any]
    conversation_id: UUID
    channel: str
    address: str
    language: str | None
    free: bool


def due_notices(session: Session, now: datetime, limit: int = 500) -> list[UUID]:
    """Notices whose time has come, earliest first."""
    return list(
        session.scalars(
            select(Notice.id)
            .where(Notice.state == "planned", Notice.not_before <= now)
            .order_by(Notice.not_before, Notice.sequence)
            .limit(limit)
        )
    )


def take_notice(session: Session, region: Region, notice_id: UUID, now: datetime) -> NoticeToTell | None:
    """The notice to be told now; None when it ended unsaid, waits longer, or another worker has it.

    It waits while a member of staff chats with the person, for decent hours, and, when it is a question,
    while another question is open.
    """
    notice = session.scalar(
        select(Notice)
        .where(Notice.id == notice_id, Notice.state == "planned", Notice.not_before <= now)
        .with_for_update(skip_locked=True)
    )
    if notice is None:
        return None
    case = session.get_one(Case, notice.case_id) if notice.case_id else None
    conversation_id = case.conversation_id if case else notice.conversation_id
    conversation = session.get(Conversation, conversation_id) if conversation_id else None
    address = session.get_one(Address, conversation.address_id) if conversation else None
    citizen_id = case.citizen_id if case else address and address.citizen_id
    citizen = session.get(Citizen, citizen_id) if citizen_id else None
    if citizen is None or conversation is None or address is None:
        _end(notice, "failed", "the person gave no number or chat to write to", now)
        return None
    unsaid = _why_unsaid(session, notice, case, citizen, address)
    if unsaid is not None:
        _end(notice, "suppressed", unsaid, now)
        return None
    later = now
    if conversation.state == "agent" or _is_asked_something(session, conversation, notice.kind, now):
        later = now + LATER
    notice.not_before = time_to_tell(later, region.telling, region.timezone, _at_any_hour(case, notice.kind))
    if notice.not_before > now:
        return None
    if case is None:
        key, values = words_of_account(notice.kind, notice.said)
    else:
        delay = session.get(Delay, case.id)
        expected_at = delay.expected_at if delay else None
        key, values = words_of(region, case, notice.kind, notice.said, expected_at, now)
    return NoticeToTell(
        notice_id=notice.id,
        case_id=notice.case_id,
        kind=notice.kind,
        response_key=key,
        values=values,
        conversation_id=conversation.id,
        channel=address.channel,
        address=address.address,
        language=conversation.language or citizen.language,
        free=may_write_freely(address.channel, conversation.last_inbound_at, now),
    )


def tell_notice(
    session: Session,
    region: Region,
    taken: NoticeToTell,
    words: ReplyToStore,
    now: datetime,
    *,
    asking: str | None = None,
    template: dict[str, Any] | None = None,
    by_sms: bool = False,
) -> UUID | None:
    """Store the notice's message and ask for its delivery; a question becomes what the conversation asks.

    `by_sms`: to the same number by SMS, since WhatsApp does not take it; None when it opted out there.
    """
    notice = session.get_one(Notice, taken.notice_id)
    case = session.get_one(Case, taken.case_id) if taken.case_id else None
    conversation = locked(session, Conversation, taken.conversation_id)
    channel = taken.channel
    if by_sms:
        channel = "sms"
        conversation = conversation_with(session, channel, taken.address, None)
        conversation.language = conversation.language or taken.language
        if session.get_one(Address, conversation.address_id).opted_out_at is not None:
            _end(notice, "suppressed", "the person opted out of SMS", now)
            return None
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        direction="out",
        channel=channel,
        body=storable(words.body),
        author="system",
        response_key=words.response_key,
        response_values=storable(words.values),
        buttons=storable(words.buttons),
        language=words.language,
        status="stored",
        segments=words.segments,
        template=template,
        sealed=case.anonymous if case else False,
    )
    session.add(message)
    if asking is not None:
        conversation.asking, conversation.choices = asking, message.buttons
    session.flush()
    queue.defer_delivery(session, message.id, conversation.id)
    if conversation.state != "bot":
        publish(session, f"words:{conversation.id}")
    notice.state, notice.message_id, notice.ended_at = "sent", message.id, now
    told = {"notice": taken.kind, "message_id": message.id}
    if case is None:
        record_event(
            session, "conversation", conversation.id, "citizen_told", actor="system", after=told, at=now
        )
        return message.id
    record_event(session, "case", case.id, "citizen_told", actor="system", after=told, at=now)
    _what_follows(session, region, taken, case, conversation, now)
    return message.id


def fail_notice(session: Session, notice_id: UUID, reason: str, now: datetime) -> None:
    """The notice cannot reach the person; staff see the reason."""
    _end(locked(session, Notice, notice_id), "failed", reason, now)


def _why_unsaid(
    session: Session, notice: Notice, case: Case | None, citizen: Citizen, address: Address
) -> str | None:
    """Why the notice is never said, in words for staff; None when it is."""
    if address.opted_out_at is not None:
        return "the person opted out"
    if case is None:
        return None
    later = session.scalars(
        select(Notice.kind).where(
            Notice.case_id == case.id, Notice.state == "planned", Notice.sequence > notice.sequence
        )
    )
    if replaced(notice.kind, later):
        return "a later notice of the case says more"
    if not still_true(notice.kind, cast(Stage, case.stage)):
        return f"the case is {case.stage} by now"
    if notice.kind == "follow_up" and session.get(FollowUp, case.id) is not None:
        return "the person said so by themselves"
    if citizen.no_updates_at is not None and notice.kind not in ALWAYS_TOLD:
        return "the person wants no updates"
    return None


def _what_follows(
    session: Session,
    region: Region,
    taken: NoticeToTell,
    case: Case,
    conversation: Conversation,
    now: datetime,
) -> None:
    if taken.kind == "resolved" and case.case_class in FOLLOWED_UP:
        plan_notice(session, region, case, "follow_up", now + timedelta(hours=region.telling.follow_up_hours))
    elif taken.kind == "follow_up":
        session.add(FollowUp(case_id=case.id, conversation_id=conversation.id, asked_at=now))
    elif taken.kind == "delayed":
        session.get_one(Delay, case.id).told_at = now


def _is_asked_something(session: Session, conversation: Conversation, kind: str, now: datetime) -> bool:
    """Whether a question must wait for a form of this hour, or a follow-up for another one."""
    if kind not in QUESTIONS:
        return False
    last = conversation.last_inbound_at
    if conversation.asking not in _OWE_NO_ANSWER and last is not None and now < last + FORM_IS_LIVELY:
        return True
    return kind == "follow_up" and bool(
        session.scalar(
            select(FollowUp.case_id)
            .where(FollowUp.conversation_id == conversation.id, FollowUp.closed_at.is_(None))
            .limit(1)
        )
    )


def _at_any_hour(case: Case | None, kind: str) -> bool:
    return kind in AT_ONCE or (case is not None and case.priority == "emergency" and kind != "follow_up")


def _end(notice: Notice, state: str, reason: str, now: datetime) -> None:
    notice.state, notice.reason, notice.ended_at = state, reason, now
