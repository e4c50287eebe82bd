"""Live messages of which trainers have said what they are: a truth to measure models on."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.comparison import Meaning
from crm_store.queries.training_figures import corrected_messages
from crm_store.tables import ExampleChange, Message, TrainingItem


@dataclass(frozen=True)
class LiveTruth:
    """A live message, in its own words, and what it is."""

    message_id: UUID
    text: str
    meaning: Meaning
    #: an example was made of it or of one like it: a model that learnt it proves nothing by knowing it
    learnt: bool


def live_truths(session: Session, since: datetime) -> list[LiveTruth]:
    """Those that came since, oldest first; no anonymous reports, nothing of erased people."""
    truths = corrected_messages(session, since)
    became_an_example = (
        select(ExampleChange.id)
        .where(
            ExampleChange.group_id == TrainingItem.group_id,
            ExampleChange.undone_at.is_(None),
            ExampleChange.after.is_not(None),
        )
        .exists()
    )
    rows = session.execute(
        select(Message.id, Message.body, became_an_example)
        .join(TrainingItem, TrainingItem.message_id == Message.id)
        .where(
            Message.id.in_([one.message_id for one in truths]),
            Message.sealed.is_(False),
            Message.understanding.is_not(None),
        )
    )
    known = {message_id: (body, learnt) for message_id, body, learnt in rows}
    return [
        LiveTruth(
            one.message_id,
            known[one.message_id][0],
            Meaning(one.message_class, one.category, one.language or None),
            known[one.message_id][1],
        )
        for one in truths
        if one.message_id in known
    ]
