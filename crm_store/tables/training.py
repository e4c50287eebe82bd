"""What trainers look at, what they said of it, and the examples that came of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, one_of


class TrainingGroup(Base, WithId, WithCreation):
    """Messages that are alike: one decision serves them all. It holds no word of theirs."""

    __tablename__ = "training_groups"

    state: Mapped[str] = mapped_column(default="open", server_default="open")
    worth: Mapped[float]
    #: one of its messages is of the random sample
    drawn: Mapped[bool] = mapped_column(default=False, server_default=sql("false"))
    #: a second trainer is to say what they see, too
    second_wanted: Mapped[bool] = mapped_column(default=False, server_default=sql("false"))
    #: the trainer before whom it lies, and until when
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]

    __table_args__ = (
        one_of("state", "open", "decided"),
        Index("ix_training_groups_open", "worth", postgresql_where=sql("state = 'open'")),
        Index("ix_training_groups_second", "id", postgresql_where=sql("second_wanted")),
    )


class TrainingItem(Base):
    """A message worth a look, or drawn for the sample: why, and what the engine made of it."""

    __tablename__ = "training_items"

    message_id: Mapped[UUID] = mapped_column(ForeignKey("messages.id"), primary_key=True)
    group_id: Mapped[UUID] = mapped_column(ForeignKey("training_groups.id"), index=True)
    worth: Mapped[float]
    #: keys of crm_store.domain.training.WORTH
    reasons: Mapped[list[str]] = mapped_column(default=list, server_default=sql("'[]'"))
    #: the probability with which it was drawn; empty: it was not
    drawn_rate: Mapped[float | None]
    said_class: Mapped[str]
    said_category: Mapped[str | None]
    said_language: Mapped[str | None]
    confidence: Mapped[float]
    received_at: Mapped[datetime]

    __table_args__ = (Index("ix_training_items_received", "received_at"),)


class TrainingLabel(Base, WithId):
    """What one trainer said of a group."""

    __tablename__ = "training_labels"

    group_id: Mapped[UUID] = mapped_column(ForeignKey("training_groups.id"))
    trainer: Mapped[str]
    decision: Mapped[str]
    message_class: Mapped[str | None] = mapped_column("class")
    category: Mapped[str | None]
    language: Mapped[str | None]
    #: masked and confirmed, its entities marked as in nlu_data/
    text: Mapped[str | None]
    made_at: Mapped[datetime]
    undone_at: Mapped[datetime | None]

    __table_args__ = (
        one_of("decision", "accepted", "corrected", "skipped", "unfit"),
        Index(
            "uq_training_labels_standing",
            "group_id",
            "trainer",
            unique=True,
            postgresql_where=sql("undone_at IS NULL"),
        ),
        Index("ix_training_labels_trainer", "trainer", "made_at"),
        Index("ix_training_labels_made", "made_at"),
    )


class ExampleChange(Base, WithId):
    """An example added, taken out or put in another's place, until and after it is written into a file."""

    __tablename__ = "example_changes"

    #: {"file", "intent", "category", "language", "text"}; both empty never
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    actor: Mapped[str]
    made_at: Mapped[datetime] = mapped_column(server_default=func.now())
    #: the live messages that it came from
    group_id: Mapped[UUID | None] = mapped_column(ForeignKey("training_groups.id"), index=True)
    undone_at: Mapped[datetime | None]
    written_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_example_changes_pending",
            "id",
            postgresql_where=sql("undone_at IS NULL AND written_at IS NULL"),
        ),
    )


class TrainingMark(Base):
    """How far the messages and the history were looked through."""

    __tablename__ = "training_marks"

    name: Mapped[str] = mapped_column(primary_key=True)
    at: Mapped[datetime]
    event_id: Mapped[int] = mapped_column(BigInteger, default=0, server_default=sql("0"))
