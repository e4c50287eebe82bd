"""The one place that writes events."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_store.plain import plain
from crm_store.tables import Event


def record_event(
    session: Session,
    subject_type: str,
    subject_id: UUID | str,
    kind: str,
    *,
    actor: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str | None = None,
    at: datetime | None = None,
) -> Event:
    """Write what happened to the subject: who did it, and how it was before and after."""
    event = Event(
        subject_type=subject_type,
        subject_id=str(subject_id),
        kind=kind,
        actor=actor,
        before=plain(before),
        after=plain(after),
        note=note,
    )
    if at is not None:
        event.at = at
    session.add(event)
    return event
