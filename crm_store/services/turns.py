"""A turn: what an inbound message finds when it is worked on, and what its handling leaves behind."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import bindparam, exists, select
from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.live import publish
from crm_store.queries.standing import answered_before, standing_question
from crm_store.services.inbox import storable
from crm_store.services.locking import locked
from crm_store.tables import Account, Address, Case, Citizen, CitizenAccount, Conversation, Message, new_id
from crm_store.tables.base import array_of, words

#: The place of the 'we have your message' note among the replies: before all of them.
_NOTE_POSITION = -1
#: A number sent within this time after a case, and without a word, belongs to that case.
_LATELY = timedelta(hours=24)
#: So many of a person's accounts the bot is told.
_MOST_ACCOUNTS = 10


_WITH_ITS_CONVERSATION = (
    select(Message, Conversation, Address)
    .join(Conversation, Conversation.id == Message.conversation_id)
    .join(Address, Address.id == Conversation.address_id)
    .where(Message.id == bindparam("id"))
)
# Made once: they run for every message, and SQLAlchemy takes longer to make them than to run them.
_USED = (
    select(CitizenAccount.account_number)
    .where(CitizenAccount.citizen_id == Address.citizen_id)
    .order_by(CitizenAccount.last_used_at.desc())
    .limit(_MOST_ACCOUNTS)
    .correlate(Address)
)
_ON_FILE = (
    select(Account.account_number)
    .where(
        Address.channel.in_(words("sms", "whatsapp")),
        Account.phone == Address.address,
        Account.closed_at.is_(None),
    )
    .order_by(Account.account_number)
    .limit(_MOST_ACCOUNTS)
    .correlate(Address)
)
_TO_HANDLE = (
    _WITH_ITS_CONVERSATION.join(Citizen, Citizen.id == Address.citizen_id)
    .add_columns(
        Citizen.no_updates_at,
        exists().where(Case.citizen_id == Address.citizen_id).correlate(Address),
        array_of(_USED),
        array_of(_ON_FILE),
    )
    .where(Message.direction == "in", Message.status == "received")
    .with_for_update(of=Message)
)
_TO_FINISH = _WITH_ITS_CONVERSATION.with_for_update(of=(Message, Conversation))


@dataclass(frozen=True, kw_only=True)
class TurnContext:
    """Everything the bot needs to know to handle one inbound message."""

    message_id: UUID
    conversation_id: UUID
    address_id: UUID
    citizen_id: UUID
    channel: str
    address: str
    kind: str
    body: str
    body_cut: bool
    latitude: float | None
    longitude: float | None
    media: list[dict[str, Any]]
    opt_out_type: str | None
    button_payload: str | None
    received_at: datetime
    #: this attempt at the turn: 1 at first
    attempt: int
    state: str
    agent: str | None
    language: str | None
    language_asked: bool
    asking: str | None
    #: category of the case that the open question is about, when it is about one
    asking_about: str | None
    choices: list[dict[str, Any]]
    not_understood: int
    last_case_id: UUID | None
    #: category of a case without an account number that this conversation opened lately, None without one
    lately_opened: str | None
    opted_out: bool
    #: the person wants no word of progress
    no_updates: bool
    #: the privacy notice was given
    notice_sent: bool
    #: its short words stood beside a reading
    short_notice_sent: bool
    #: accounts this person used or that carry this number, last used first
    known_accounts: list[str]


@dataclass(frozen=True, kw_only=True)
class ReplyToStore:
    """A rendered reply. `always`: sent to an opted-out address and during a takeover too (a confirmation)."""

    body: str
    response_key: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    buttons: list[dict[str, Any]] = field(default_factory=list)
    language: str | None = None
    segments: int | None = None
    author: str = "bot"
    always: bool = False


def load_turn(session: Session, message_id: UUID) -> TurnContext | None:
    """Begin (or begin again) the turn of the message; None when it was handled already, or does not exist."""
    found = session.execute(_TO_HANDLE, {"id": message_id}).first()
    if found is None:
        return None
    message, conversation, address, no_updates_at, has_a_case, used, on_file = found
    message.attempts += 1
    asking, choices = conversation.asking, conversation.choices
    # What we asked about a case stays open, whatever was asked and answered meanwhile.
    standing = answered_before(session, conversation.id, message.id) if message.attempts > 1 else None
    if standing is not None:
        asking, choices = standing.asking, standing.choices
    elif asking in ("fixed", "rating", "case_answer") or (asking is None and not choices):
        if has_a_case:  # most people who send readings have none
            standing = standing_question(session, conversation.id, message.received_at, asking)
        asking, choices = (standing.asking, choices or standing.choices) if standing else (None, [])
    return TurnContext(
        message_id=message.id,
        conversation_id=conversation.id,
        address_id=address.id,
        citizen_id=address.citizen_id,
        channel=message.channel,
        address=address.address,
        kind=message.kind,
        body=message.body,
        body_cut=message.body_cut,
        latitude=message.latitude,
        longitude=message.longitude,
        media=message.media,
        opt_out_type=message.opt_out_type,
        button_payload=message.button_payload,
        received_at=message.received_at,
        attempt=message.attempts,
        state=conversation.state,
        agent=conversation.agent,
        language=conversation.language,
        language_asked=conversation.language_asked,
        asking=asking,
        asking_about=session.get_one(Case, standing.case_id).category if standing else None,
        choices=choices,
        not_understood=conversation.not_understood,
        last_case_id=conversation.last_case_id,
        lately_opened=_lately_opened(session, conversation),
        opted_out=address.opted_out_at is not None,
        no_updates=no_updates_at is not None,
        notice_sent=address.notice_sent_at is not None,
        short_notice_sent=address.short_notice_sent_at is not None,
        known_accounts=list(dict.fromkeys([*used, *on_file]))[:_MOST_ACCOUNTS],
    )


def finish_turn(
    session: Session,
    message_id: UUID,
    replies: list[ReplyToStore],
    *,
    asking: str | None,
    choices: list[dict[str, Any]],
    language: str | None = None,
    understanding: dict[str, Any] | None = None,
    notice_sent: bool = False,
    short_notice_sent: bool = False,
    status: Literal["handled", "failed"] = "handled",
) -> list[UUID]:
    """Mark the message handled, store its replies and ask for their delivery; returns the ids of the replies.

    A second call for the same message changes nothing and returns the replies of the first. `language` None
    leaves the conversation's. Replies to a person who opted out, or whom a member of staff has taken over
    meanwhile, are stored as 'suppressed'.
    """
    session.flush()  # what this session changed itself must not be overwritten by the reading
    found = session.execute(
        _TO_FINISH, {"id": message_id}, execution_options={"populate_existing": True}
    ).first()
    if found is None:
        raise LookupError(f"there is no message {message_id}")
    message, conversation, address = found
    if message.status != "received":
        return _reply_ids(session, message_id)
    now = datetime.now(UTC)
    message.status = status
    message.handled_at = now
    message.understanding = storable(understanding)
    conversation.asking = asking
    conversation.choices = storable(choices)
    if language is not None:
        message.language = message.language or language
        conversation.language = language
    if notice_sent and address.notice_sent_at is None:
        address.notice_sent_at = now
    if short_notice_sent and address.short_notice_sent_at is None:
        address.short_notice_sent_at = now
    stored = []
    for position, reply in enumerate(replies):
        row = Message(
            id=new_id(),
            conversation_id=conversation.id,
            direction="out",
            channel=message.channel,
            body=storable(reply.body),
            author=reply.author,
            response_key=reply.response_key,
            response_values=storable(reply.values),
            buttons=storable(reply.buttons),
            language=reply.language or conversation.language,
            reply_to=message.id,
            position=position,
            status="stored",
            always=reply.always,
            segments=reply.segments,
            sealed=message.sealed,
        )
        if not reply.always and address.opted_out_at is not None:
            row.status, row.error_text = "suppressed", "the person opted out"
        elif not reply.always and conversation.state == "agent":
            row.status, row.error_text = "suppressed", "a person has taken over"
        session.add(row)
        session.flush()  # one by one, so that `sequence` follows the order of the replies
        stored.append(row)
    first = next((row for row in stored if row.status == "stored"), None)
    if first is not None:
        queue.defer_delivery(session, first.id, conversation.id)
    if stored and conversation.state != "bot":
        publish(session, f"chat:{conversation.id}")  # the bot answers while somebody waits
    return [row.id for row in stored]


def note_delayed(
    session: Session, message_id: UUID, body: str, language: str, segments: int | None = None
) -> bool:
    """Tell the person once that the message is here and the answer takes longer; False when that is not due.

    One note for a stretch of waiting, however many messages wait in the conversation.
    """
    message = session.scalar(select(Message).where(Message.id == message_id).with_for_update())
    if message is None or message.status != "received" or message.delay_noted_at is not None:
        return False
    conversation = locked(session, Conversation, message.conversation_id)
    address = session.get_one(Address, conversation.address_id)
    told = session.scalar(
        select(Message.id)
        .where(
            Message.conversation_id == conversation.id,
            Message.direction == "in",
            Message.status == "received",
            Message.delay_noted_at.is_not(None),
        )
        .limit(1)
    )
    message.delay_noted_at = datetime.now(UTC)
    if told is not None or address.opted_out_at is not None or conversation.state == "agent":
        return False
    note = Message(
        id=new_id(),
        conversation_id=conversation.id,
        direction="out",
        channel=message.channel,
        body=body,
        author="system",
        response_key="utter_delayed",
        language=language,
        reply_to=message.id,
        position=_NOTE_POSITION,
        status="stored",
        segments=segments,
    )
    session.add(note)
    session.flush()
    queue.defer_delivery(session, note.id, conversation.id)
    if conversation.state != "bot":
        publish(session, f"words:{conversation.id}")
    return True


@dataclass(frozen=True)
class WaitingMessage:
    """An inbound message that nobody has answered yet."""

    message_id: UUID
    conversation_id: UUID
    channel: str
    language: str | None
    received_at: datetime


def messages_waiting(session: Session, before: datetime, limit: int = 200) -> list[WaitingMessage]:
    """Unhandled messages received before the time and not yet noted as delayed, oldest first."""
    rows = session.execute(
        select(
            Message.id, Message.conversation_id, Message.channel, Conversation.language, Message.received_at
        )
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.direction == "in",
            Message.status == "received",
            Message.delay_noted_at.is_(None),
            Message.received_at < before,
            Conversation.state != "agent",
        )
        .order_by(Message.received_at)
        .limit(limit)
    )
    return [WaitingMessage(*row) for row in rows]


def _reply_ids(session: Session, message_id: UUID) -> list[UUID]:
    return list(
        session.scalars(
            select(Message.id)
            .where(Message.reply_to == message_id, Message.position >= 0)
            .order_by(Message.position)
        )
    )


def _lately_opened(session: Session, conversation: Conversation) -> str | None:
    if conversation.last_case_id is None:
        return None
    return session.scalar(
        select(Case.category).where(
            Case.id == conversation.last_case_id,
            Case.case_class.in_(("complaint", "query")),
            Case.account_number.is_(None),
            Case.opened_at > datetime.now(UTC) - _LATELY,
        )
    )
