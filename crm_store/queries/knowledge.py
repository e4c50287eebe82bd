"""What the knowledge does not know yet: the questions people asked in vain."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import String, cast, select
from sqlalchemy.orm import Session

from crm_store.services.knowledge import UNANSWERED
from crm_store.tables import Case, Event


@dataclass(frozen=True)
class OpenQuestion:
    """A question in its asker's words; `answer` is the entry that was given and did not help, if one was."""

    question: str
    language: str | None
    category: str
    reference: str
    asked_at: datetime
    answer: str | None


def unanswered_questions(session: Session, limit: int = 100) -> list[OpenQuestion]:
    """The newest questions that the knowledge did not answer."""
    rows = session.execute(
        select(Case, Event.after["answer"].astext)
        .join(Event, Event.subject_id == cast(Case.id, String))
        .where(Event.subject_type == "case", Event.kind == UNANSWERED, Case.confidential.is_(False))
        .order_by(Case.opened_at.desc())
        .limit(limit)
    )
    return [
        OpenQuestion(case.description, case.language, case.category, case.reference, case.opened_at, answer)
        for case, answer in rows
    ]
