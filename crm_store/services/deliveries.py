"""Messages that go out: begun, sent, failed, and what the provider reports afterwards."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import ARRAY, String, any_, bindparam, delete, exists, func, select, text, update
from sqlalchemy.orm import Session, aliased

from crm_store.domain.deliveries import OutStatus, earlier_statuses, later_status, read_status
from crm_store.live import publish
from crm_store.services.locking import locked
from crm_store.services.media import FileToSend, file_of
from crm_store.tables import Address, Conversation, EarlyReceipt, Message
from crm_store.tables.base import words

#: What a provider may tell us; that it is still busy with the message is nothing new.
_NEWS = frozenset({"sent", "delivered", "read", "undelivered", "failed"})

# Made once: they run for every message, and SQLAlchemy takes longer to make them than to run them.
_UNDELIVERED = (Message.direction == "out", Message.status.in_(words("stored", "sending")))
_before = aliased(Message)
_BEHIND = (
    select(Message.id)
    .join(_before, (_before.reply_to == Message.reply_to) & (_before.position < Message.position))
    .where(_before.id == bindparam("id"), *_UNDELIVERED)
    .order_by(Message.position)
)
_other = aliased(Message)
_TO_SEND = (
    select(
        Message,
        Address,
        exists().where(_other.reply_to == Message.reply_to, _other.position > Message.position),
    )
    .join(Conversation, Conversation.id == Message.conversation_id)
    .join(Address, Address.id == Conversation.address_id)
    .where(Message.id == bindparam("id"), *_UNDELIVERED)
    .with_for_update(of=Message)
)
# A receipt that comes while the provider's id is being stored waits for that, or is seen by it.
_ONE_AT_A_TIME = func.pg_advisory_xact_lock(func.hashtextextended(bindparam("of_provider_id"), 0))
_KEEP_EARLY = text(
    """
    INSERT INTO early_receipts (channel, provider_id, status, error_code)
    VALUES (:of_channel, :of_provider_id, :new_status, :new_code)
    ON CONFLICT (channel, provider_id) DO UPDATE
        SET status = excluded.status, error_code = excluded.error_code
        WHERE early_receipts.status = ANY(:earlier)
    """
)
_SENDING = (
    select(Message, Conversation.state, _ONE_AT_A_TIME)
    .join(Conversation, Conversation.id == Message.conversation_id)
    .where(Message.id == bindparam("id"))
    .with_for_update(of=Message)
    .execution_options(populate_existing=True)
)
_messages = Message.__table__
_OURS = (
    _messages.c.channel == bindparam("of_channel"),
    _messages.c.provider_id == bindparam("of_provider_id"),
    _messages.c.direction == "out",
)
_moved = (
    update(Message.__table__)  # type: ignore[arg-type]
    .where(*_OURS, _messages.c.status == any_(bindparam("earlier", type_=ARRAY(String))))
    .values(status=bindparam("new_status"), error_code=bindparam("new_code"))
    .returning(
        _messages.c.id,
        select(Conversation.state)
        .where(Conversation.id == _messages.c.conversation_id)
        .scalar_subquery()
        .label("state"),
    )
    .cte("moved")
)
# Whether it is ours and whether it moved are of one moment: asked after each other, an id that is stored in
# between would be 'ours, and it did not move'. `state` is there when it moved.
_MOVE_FORWARD = (
    select(_messages.c.conversation_id, _moved.c.state)
    .outerjoin(_moved, _moved.c.id == _messages.c.id)
    .where(*_OURS)
)
_early = EarlyReceipt.__table__
_TAKE_EARLY = (
    delete(EarlyReceipt.__table__)  # type: ignore[arg-type]
    .where(_early.c.channel == bindparam("of_channel"), _early.c.provider_id == bindparam("of_provider_id"))
    .returning(_early.c.status, _early.c.error_code)
)


@dataclass(frozen=True, kw_only=True)
class OutboundMessage:
    """A message to hand to the provider now.

    `maybe_sent`: an earlier attempt ended (at `attempted_at` or later) without a word, perhaps in the moment
    of the call; ask the provider first, where it can be asked.
    """

    message_id: UUID
    conversation_id: UUID
    channel: str
    address: str
    body: str
    buttons: list[dict[str, Any]]
    response_key: str | None
    response_values: dict[str, Any]
    language: str | None
    author: str
    attempt: int
    maybe_sent: bool
    attempted_at: datetime | None
    created_at: datetime
    #: WhatsApp's approved template that goes instead of the body: {"sid": …, "variables": {"1": …}}
    template: dict[str, Any] | None
    #: the file that goes with the body
    file: FileToSend | None
    #: other replies of its turn stand behind it
    is_followed: bool


def start_delivery(session: Session, message_id: UUID) -> OutboundMessage | None:
    """Mark the message as being sent and return it; None when there is nothing (more) to send.

    Commit before calling the provider: the mark is what tells the next attempt that this one had begun.
    """
    found = session.execute(_TO_SEND, {"id": message_id}).first()
    if found is None:
        return None
    message, address, is_followed = found
    if address.opted_out_at is not None and not message.always:
        message.status, message.error_text = "suppressed", "the person opted out"
        _tell_desk(session, message.conversation_id, _state_of(session, message))
        return None
    maybe_sent = message.status == "sending"
    attempted_at = message.updated_at if maybe_sent else None
    message.status = "sending"
    message.attempts += 1
    message.updated_at = datetime.now(UTC)
    return OutboundMessage(
        message_id=message.id,
        conversation_id=message.conversation_id,
        channel=message.channel,
        address=address.address,
        body=message.body,
        buttons=message.buttons,
        response_key=message.response_key,
        response_values=message.response_values,
        language=message.language,
        author=message.author,
        attempt=message.attempts,
        maybe_sent=maybe_sent,
        attempted_at=attempted_at,
        created_at=message.created_at,
        template=message.template,
        file=file_of(session, message.id) if message.kind == "media" else None,
        is_followed=is_followed,
    )


def start_next_delivery(session: Session, message_id: UUID) -> OutboundMessage | None:
    """Begin the delivery of what stands behind the message among its turn's replies; None at their end."""
    for reply_id in session.scalars(_BEHIND, {"id": message_id}).all():
        if started := start_delivery(session, reply_id):
            return started  # one that was suppressed meanwhile is passed over
    return None


def mark_sent(
    session: Session,
    message_id: UUID,
    provider_id: str | None,
    *,
    status: OutStatus = "sent",
    segments: int | None = None,
) -> None:
    """The provider took the message (`status` 'delivered' in the sandbox, which is its own receiver)."""
    session.flush()
    message, state, _lock = session.execute(_SENDING, {"id": message_id, "of_provider_id": provider_id}).one()
    if message.provider_id is None:
        message.provider_id = provider_id
    message.status = later_status(_status(message), status)
    message.sent_at = message.sent_at or datetime.now(UTC)
    message.error_code = message.error_text = None
    if segments is not None:
        message.segments = segments
    _tell_desk(session, message.conversation_id, state)
    if provider_id is None:
        return
    of_it = {"of_channel": message.channel, "of_provider_id": provider_id}
    session.flush()
    early = session.execute(_TAKE_EARLY, of_it).first()
    if early is not None:
        message.status = later_status(_status(message), cast(OutStatus, early.status))
        message.error_code = early.error_code


def mark_failed(
    session: Session,
    message_id: UUID,
    *,
    code: str | None,
    text: str | None,
    permanent: bool,
    provider_id: str | None = None,
) -> None:
    """The provider refused the message: for good ('failed'), or so that it may be tried again ('stored')."""
    message = locked(session, Message, message_id)
    if message.status not in ("stored", "sending"):
        return  # a receipt was faster and knows better
    message.status = "failed" if permanent else "stored"
    message.error_code, message.error_text = code, text
    _tell_desk(session, message.conversation_id, _state_of(session, message))
    if provider_id is not None and message.provider_id is None:
        message.provider_id = provider_id


def record_receipt(
    session: Session, channel: str, provider_id: str, status: str, error_code: str | None = None
) -> bool | None:
    """Move the message's status forward by the provider's report; whether that moved anything.

    None: no message of ours has this id (yet), and the report says more than `mark_sent` will: give it to
    `keep_receipt`. One statement that is right by itself: no transaction is needed.
    """
    reported = read_status(status)
    if reported is None or reported not in _NEWS:
        return False
    ours = {"of_channel": channel, "of_provider_id": provider_id}
    news = {"earlier": list(earlier_statuses(reported)), "new_status": reported, "new_code": error_code}
    message = session.execute(_MOVE_FORWARD, ours | news).first()
    if message is None:
        return False if reported == "sent" else None  # that it was sent is what storing the id says
    if message.state is None:
        return False
    _tell_desk(session, message.conversation_id, message.state)
    return True


def keep_receipt(
    session: Session, channel: str, provider_id: str, status: str, error_code: str | None = None
) -> bool:
    """Keep the report for `mark_sent`, or move the message when its id has been stored meanwhile.

    It waits for an id that is being stored in this moment, so that only what `mark_sent` will take up (or is
    not ours at all) is kept. True when the message moved.
    """
    session.execute(select(_ONE_AT_A_TIME), {"of_provider_id": provider_id})
    # A statement of its own, after the wait: it sees what was committed meanwhile.
    moved = record_receipt(session, channel, provider_id, status, error_code)
    reported = read_status(status)
    if moved is None and reported is not None:
        kept = {"of_channel": channel, "of_provider_id": provider_id, "new_status": reported}
        earlier = list(earlier_statuses(reported))
        session.execute(_KEEP_EARLY, {**kept, "new_code": error_code, "earlier": earlier})
    return bool(moved)


def forget_early_receipts(session: Session, now: datetime, older_than: timedelta = timedelta(days=2)) -> int:
    """Drop early receipts of messages that are not ours; returns how many."""
    gone = session.execute(
        delete(EarlyReceipt)
        .where(EarlyReceipt.created_at < now - older_than)
        .returning(EarlyReceipt.provider_id)
    )
    return len(gone.all())


def _tell_desk(session: Session, conversation_id: UUID, state: str) -> None:
    """What became of a message, of the assistant's too, shows on the open page of a chat that staff have.

    A chat of the assistant alone is not told of: there are thousands, and its page looks again by itself.
    """
    if state != "bot":
        publish(session, f"words:{conversation_id}")


def _state_of(session: Session, message: Message) -> str:
    return session.get_one(Conversation, message.conversation_id).state


def _status(message: Message) -> OutStatus:
    return cast(OutStatus, message.status)
