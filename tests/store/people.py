"""What the store's tests have in common: somebody writes, and what the queue then holds."""

from datetime import UTC, datetime
from itertools import count
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_store.services.inbox import Accepted, InboundMessage, accept_message

THANDI = "+27821234567"
SIPHO = "+27739876543"
#: A Wednesday morning in South Africa.
NOW = datetime(2026, 7, 15, 8, 0, tzinfo=UTC)

_numbers = count(1)


def writes(session: Session, body: str = "Awekho amanzi", address: str = THANDI, **more: Any) -> Accepted:
    """The person sends a message, which is accepted."""
    message = {"channel": "sms", "provider_id": f"SM{next(_numbers)}", "received_at": NOW, **more}
    return accept_message(session, InboundMessage(address=address, body=body, **message))


def jobs(session: Session, task: str) -> list[dict[str, Any]]:
    """The jobs of the task, in their order: lock and args."""
    rows = session.execute(
        text("SELECT lock, args, scheduled_at FROM procrastinate_jobs WHERE task_name = :task ORDER BY id"),
        {"task": task},
    )
    return [dict(row) for row in rows.mappings()]


def events(session: Session, subject_id: object) -> list[tuple[str, str]]:
    """Kind and actor of the subject's events, in their order."""
    session.flush()
    rows = session.execute(
        text("SELECT kind, actor FROM events WHERE subject_id = :id ORDER BY id"), {"id": str(subject_id)}
    )
    return [(row.kind, row.actor) for row in rows]
