"""The one door out: a stored message goes to its provider here and nowhere else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot import metrics
from bot.channels import telegram, twilio_sms, web, whatsapp
from bot.channels.errors import OptedOut, SendError, TooLong
from bot.files import address_of, file_name
from crm_store.attachments import PICTURE
from crm_store.database import transaction
from crm_store.domain.rendering import TEXT_LIMITS
from crm_store.domain.segments import segments
from crm_store.media_files import path_of
from crm_store.services.conversations import opt_out
from crm_store.services.deliveries import (
    OutboundMessage,
    mark_failed,
    mark_sent,
    start_delivery,
    start_next_delivery,
)
from crm_store.settings import settings
from crm_store.tables import Conversation

__all__ = ["SendError", "deliver"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Line:
    """How a channel sends, and how its provider is asked for what it has taken (None: it cannot be asked)."""

    send: Callable[[str, str, list[dict[str, Any]]], str]
    already_sent: Callable[[str, str, datetime], list[str]] | None = None


LINES: dict[str, Line] = {
    twilio_sms.CHANNEL: Line(twilio_sms.send, twilio_sms.already_sent),
    whatsapp.CHANNEL: Line(whatsapp.send, whatsapp.already_sent),
    telegram.CHANNEL: Line(telegram.send),
    web.CHANNEL: Line(web.send),
}


def deliver(message_id: UUID, *, last_attempt: bool = False) -> str:
    """Sends a stored message, and then what stands behind it among the replies of its turn.

    Returns how the last of them ended. Raises a SendError that may be tried again: then those behind it wait.
    """
    outcome = "nothing_to_send"
    with transaction() as session:
        message = start_delivery(session, message_id) or start_next_delivery(session, message_id)
    while message is not None:
        structlog.contextvars.bind_contextvars(conversation_id=str(message.conversation_id))
        outcome, following = _send(message, last_attempt)
        metrics.sent.labels(message.channel, outcome).inc()
        log.info("delivered", outcome=outcome, reply_id=str(message.message_id))
        message = following
    return outcome


def _send(message: OutboundMessage, last_attempt: bool) -> tuple[str, OutboundMessage | None]:
    """How it ended, and the next reply of the turn, begun in the transaction that ends this one."""
    count = segments(message.body).count if message.channel == "sms" else None
    if settings().sandbox(message.channel):  # type: ignore[arg-type]
        with transaction() as session:
            mark_sent(session, message.message_id, None, status="delivered", segments=count)
            return "sandbox", _begin_next(session, message)
    line = LINES[message.channel]
    try:
        if len(message.body) > TEXT_LIMITS[message.channel]:
            raise TooLong(f"more than {TEXT_LIMITS[message.channel]} characters", "too_long")
        if message.maybe_sent and line.already_sent is not None and _adopt(message, line.already_sent, count):
            with transaction() as session:
                return "found_sent", _begin_next(session, message)
        provider_id = _hand_over(message, line)
    except SendError as error:
        return _fail(message, error, last_attempt)
    with transaction() as session:
        mark_sent(session, message.message_id, provider_id, segments=count)
        return "sent", _begin_next(session, message)


def _begin_next(session: Session, message: OutboundMessage) -> OutboundMessage | None:
    return start_next_delivery(session, message.message_id) if message.is_followed else None


def _hand_over(message: OutboundMessage, line: Line) -> str:
    """To the provider, in the form that the message has; the provider's id. Raises a SendError."""
    if message.template and message.channel == whatsapp.CHANNEL:
        return whatsapp.send_template(message.address, message.template)
    file = message.file
    if file is not None and message.channel == whatsapp.CHANNEL:
        return whatsapp.send_file(message.address, message.body, address_of(file, datetime.now(UTC)))
    if file is not None and message.channel == telegram.CHANNEL:
        content = path_of(file.sha256, file.content_type).read_bytes()
        if file.content_type == PICTURE:
            return telegram.send_picture(message.address, message.body, content)
        return telegram.send_document(message.address, message.body, content, file_name(file))
    return line.send(message.address, message.body, message.buttons)


def _adopt(
    message: OutboundMessage, already_sent: Callable[[str, str, datetime], list[str]], count: int | None
) -> bool:
    """Whether a former attempt reached the provider after all; then its id becomes ours.

    The same words may have been sent to the same person shortly before, as another message: its id is taken,
    the store refuses it, and the next one is tried.
    """
    for provider_id in already_sent(message.address, message.body, message.created_at):
        try:
            with transaction() as session:
                mark_sent(session, message.message_id, provider_id, segments=count)
        except IntegrityError:
            continue
        log.info("delivery_found_at_provider", provider_id=provider_id)
        return True
    return False


def _fail(
    message: OutboundMessage, error: SendError, last_attempt: bool
) -> tuple[str, OutboundMessage | None]:
    permanent = not error.retry or last_attempt
    # A message that the provider may have taken stays 'sending', so that the next attempt asks first.
    if permanent or not error.maybe_sent:
        with transaction() as session:
            if isinstance(error, OptedOut):
                address_id = session.get_one(Conversation, message.conversation_id).address_id
                opt_out(session, address_id, actor="provider")
            mark_failed(session, message.message_id, code=error.code, text=error.text, permanent=permanent)
    log.warning(
        "delivery_failed",
        channel=message.channel,
        kind=type(error).__name__,
        code=error.code,
        permanent=permanent,
        attempt=message.attempt,
    )
    if permanent:
        with transaction() as session:
            return "failed", _begin_next(session, message)
    metrics.sent.labels(message.channel, "retry").inc()
    raise error
