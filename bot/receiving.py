"""The one door in: a message is stored, and its turn deferred, before it is acknowledged."""

from __future__ import annotations

import structlog

from bot import metrics
from crm_store.database import transaction
from crm_store.services.inbox import Accepted, InboundMessage, accept_message

log = structlog.get_logger(__name__)


def accept(inbound: InboundMessage) -> Accepted:
    """Stores the message once, however often the provider repeats it."""
    with transaction() as session:
        accepted = accept_message(session, inbound)
    outcome = "repeated" if accepted.duplicate else "accepted"
    metrics.received.labels(inbound.channel, outcome).inc()
    log.info(
        "message_received",
        outcome=outcome,
        channel=inbound.channel,
        kind=inbound.kind,
        message_id=str(accepted.message_id),
        conversation_id=str(accepted.conversation_id),
    )
    return accepted
