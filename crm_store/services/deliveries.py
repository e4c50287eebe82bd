"""Messages that go out: begun, sent, failed, and what the provider reports afterwards."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.domain.deliveries import OutStatus, later_status, read_status
from crm_store.services.locking import locked
from crm_store.tables import Address, Conversation, EarlyReceipt, Message

#: What a provider may tell us; that it is still busy with the message is nothing new.
_NEWS = frozenset({"sent", "delivered", "read", "undelivered", "failed"})


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


def start_delivery(session: Session, message_id: UUID) -> OutboundMessage | None:
    """Mark the message as being sent and return it; None when there is nothing (more) to send.

    Commit before calling the provider: the mark is what tells the next attempt that this one had begun.
    """
    message = session.scalar(
        select(Message).where(Message.id == message_id, Message.direction == "out").with_for_update()
    )
    if message is None or message.status not in ("stored", "sending"):
        return None
    conversation = session.get_one(Conversation, message.conversation_id)
    address = session.get_one(Address, conversation.address_id)
    if address.opted_out_at is not None and not message.always:
        message.status, message.error_text = "suppressed", "the person opted out"
        return None
    maybe_sent = message.status == "sending"
    attempted_at = message.updated_at if maybe_sent else None
    message.status = "sending"
    message.attempts += 1
    message.updated_at = datetime.now(UTC)
    return OutboundMessage(
        message_id=message.id,
        conversation_id=conversation.id,
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
    )


def mark_sent(
    session: Session,
    message_id: UUID,
    provider_id: str | None,
    *,
    status: OutStatus = "sent",
    segments: int | None = None,
) -> None:
    """The provider took the message (`status` 'delivered' in the sandbox, which is its own receiver)."""
    message = locked(session, Message, message_id)
    if message.provider_id is None:
        message.provider_id = provider_id
    message.status = later_status(_status(message), status)
    message.sent_at = message.sent_at or datetime.now(UTC)
    message.error_code = message.error_text = None
    if segments is not None:
        message.segments = segments
    if provider_id is None:
        return
    early = session.get(EarlyReceipt, (message.channel, provider_id), with_for_update=True)
    if early is not None:
        message.status = later_status(_status(message), cast(OutStatus, early.status))
        message.error_code = early.error_code
        session.delete(early)


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
    if provider_id is not None and message.provider_id is None:
        message.provider_id = provider_id


def record_receipt(
    session: Session, channel: str, provider_id: str, status: str, error_code: str | None = None
) -> bool:
    """Move the message's status forward by the provider's report; False when it moved nothing.

    Reports come in any order, some before `mark_sent` has stored the provider's id: those are kept for it.
    """
    reported = read_status(status)
    if reported is None or reported not in _NEWS:
        return False
    message = session.scalar(
        select(Message)
        .where(Message.channel == channel, Message.provider_id == provider_id, Message.direction == "out")
        .with_for_update()
    )
    if message is None:
        _keep_early(session, channel, provider_id, reported, error_code)
        return False
    later = later_status(_status(message), reported)
    if later == message.status:
        return False
    message.status = later
    message.error_code = error_code
    return True


def forget_early_receipts(session: Session, now: datetime, older_than: timedelta = timedelta(days=2)) -> int:
    """Drop early receipts of messages that are not ours; returns how many."""
    gone = session.execute(
        delete(EarlyReceipt)
        .where(EarlyReceipt.created_at < now - older_than)
        .returning(EarlyReceipt.provider_id)
    )
    return len(gone.all())


def _keep_early(
    session: Session, channel: str, provider_id: str, status: OutStatus, error_code: str | None
) -> None:
    kept = session.get(EarlyReceipt, (channel, provider_id), with_for_update=True)
    if kept is None:
        session.execute(
            insert(EarlyReceipt)
            .values(channel=channel, provider_id=provider_id, status=status, error_code=error_code)
            .on_conflict_do_nothing()
        )
    elif later_status(cast(OutStatus, kept.status), status) != kept.status:
        kept.status, kept.error_code = status, error_code


def _status(message: Message) -> OutStatus:
    return cast(OutStatus, message.status)
