"""How a case stood when somebody opened it, and what others changed since."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.tables import Event

#: What happens to a case beside the work on it; who edits it need not look again for these.
_BESIDE = (
    *("viewed", "citizen_told", "first_response", "escalated", "follow_up_due", "follow_up_asked"),
    *("incident_known", "incident_over"),
)


def version_of(session: Session, case_id: UUID) -> int:
    """The number that a form carries: the newest change of the case."""
    newest = select(func.max(Event.id)).where(
        Event.subject_type == "case", Event.subject_id == str(case_id), Event.kind.not_in(_BESIDE)
    )
    return session.scalar(newest) or 0


def changes_since(session: Session, case_id: UUID, version: int) -> list[Event]:
    """What was changed after that version, oldest first."""
    return list(
        session.scalars(
            select(Event)
            .where(
                Event.subject_type == "case",
                Event.subject_id == str(case_id),
                Event.id > version,
                Event.kind.not_in(_BESIDE),
            )
            .order_by(Event.id)
        )
    )
