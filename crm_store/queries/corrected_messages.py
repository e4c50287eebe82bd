"""Live messages of which trainers have said what they are: a truth to measure models on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.comparison import Meaning
from crm_store.tables import ExampleChange, Message, TrainingItem, TrainingLabel


@dataclass(frozen=True)
class CorrectedMessage:
    """A live message and what it is."""

    message_id: UUID
    text: str
    message_class: str
    category: str | None
    language: str | None
    #: an example was made of it or of one like it: a model that learnt it proves nothing by knowing it
    learnt: bool

    @property
    def meaning(self) -> Meaning:
        """What it is."""
        return Meaning(self.message_class, self.category, self.language)


def corrected_messages(session: Session, since: datetime) -> list[CorrectedMessage]:
    """Those that came since, oldest first, without anonymous reports, erased people and what trainers disagree
    about.
    """
    learnt = (
        select(ExampleChange.id)
        .where(
            ExampleChange.group_id == TrainingItem.group_id,
            ExampleChange.undone_at.is_(None),
            ExampleChange.after.is_not(None),
        )
        .exists()
    )
    rows = session.execute(
        select(
            Message.id,
            Message.body,
            TrainingLabel.message_class,
            TrainingLabel.category,
            TrainingLabel.language,
            learnt,
        )
        .join(TrainingItem, TrainingItem.message_id == Message.id)
        .join(TrainingLabel, TrainingLabel.group_id == TrainingItem.group_id)
        .where(
            TrainingItem.received_at >= since,
            TrainingLabel.undone_at.is_(None),
            TrainingLabel.decision.in_(("accepted", "corrected")),
            TrainingLabel.message_class.is_not(None),
            Message.sealed.is_(False),
            Message.understanding.is_not(None),
        )
        .order_by(TrainingItem.received_at, Message.id)
    )
    found: dict[UUID, CorrectedMessage] = {}
    doubtful = set()
    for row in (CorrectedMessage(*values) for values in rows):
        before = found.setdefault(row.message_id, row)
        if (before.message_class, before.category) != (row.message_class, row.category):
            doubtful.add(row.message_id)
    return [one for one in found.values() if one.message_id not in doubtful]
