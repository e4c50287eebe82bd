"""Readings on their way to the billing system."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation


class ReadingBatch(Base, WithCreation):
    """The readings handed over together, as a file or by the API. It can be written again, the same."""

    __tablename__ = "reading_batches"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: None: the readings of all municipalities
    municipality: Mapped[str | None]
    created_by: Mapped[str]
    count: Mapped[int]
    #: of the readings' values, to be checked by the receiver
    sum: Mapped[int] = mapped_column(BigInteger)
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[str | None]

    __table_args__ = (
        Index("ix_reading_batches_open", "number", postgresql_where=text("acknowledged_at IS NULL")),
    )


class BatchReading(Base):
    """One reading of a batch. The primary key lets no reading into two of them."""

    __tablename__ = "batch_readings"

    reading_id: Mapped[UUID] = mapped_column(ForeignKey("readings.id"), primary_key=True)
    batch: Mapped[int] = mapped_column(ForeignKey("reading_batches.number"), index=True)
    #: as they were when it was handed over
    state: Mapped[str]
    flags: Mapped[list[str]]
    #: the reading, handed over before, that this one corrects
    replaces: Mapped[UUID | None]
