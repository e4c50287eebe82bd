"""The knowledge's to-do list: questions that it could not answer, or whose answer did not help."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.services.history import record_event
from crm_store.tables import Case, Event

UNANSWERED = "unanswered"


def note_unanswered(session: Session, case: Case, answer: str | None = None) -> None:
    """Put the case's question on the list, once; `answer` is the entry that was given and did not help."""
    there = select(Event.id).where(
        Event.subject_type == "case", Event.subject_id == str(case.id), Event.kind == UNANSWERED
    )
    if session.scalar(there.limit(1)) is None:
        record_event(session, "case", case.id, UNANSWERED, actor="bot", after={"answer": answer})
