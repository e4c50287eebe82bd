"""Who looked at whom: every view of personal data is an event (POPIA, section 19)."""

from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.services.history import record_event
from crm_store.tables import Event

#: Somebody who works on a case looks at it again and again: that is one view.
ONCE_WITHIN = timedelta(minutes=10)


def note_view(session: Session, actor: str, subject_type: str, subject_id: UUID | str, now: datetime) -> None:
    """Write that the actor ('agent:<username>') looked at the subject; at most once in ten minutes."""
    known = session.scalar(
        select(Event.id)
        .where(
            Event.subject_type == subject_type,
            Event.subject_id == str(subject_id),
            Event.kind == "viewed",
            Event.actor == actor,
            Event.at > now - ONCE_WITHIN,
        )
        .limit(1)
    )
    if known is None:
        record_event(session, subject_type, subject_id, "viewed", actor=actor, at=now)
