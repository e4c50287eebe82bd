"""When a person answered first: by moving the case on, or by writing in its chat."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.services.history import changing
from crm_store.tables import Case


def note_first_response(session: Session, conversation_id: UUID, actor: str, now: datetime) -> None:
    """A member of staff writes to the person: the open cases of this conversation have their first answer."""
    waiting = session.scalars(
        select(Case)
        .where(
            Case.conversation_id == conversation_id,
            Case.first_responded_at.is_(None),
            Case.stage.not_in(("resolved", "closed")),
        )
        .with_for_update()
    ).all()
    for case in waiting:
        with changing(session, case, "first_response", actor=actor, at=now):
            case.first_responded_at = now
