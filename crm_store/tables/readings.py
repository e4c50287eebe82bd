"""Meter readings that citizens sent."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Date, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, one_of

#: States of a reading that counts: what the meter showed, as far as we know.
CURRENT = ("accepted", "flagged")


class Reading(Base, WithId, WithCreation):
    """One reading of one meter. A correction on the same day supersedes the one before."""

    __tablename__ = "readings"

    meter_id: Mapped[UUID] = mapped_column(ForeignKey("meters.id"))
    account_number: Mapped[str]
    value: Mapped[int] = mapped_column(BigInteger)
    #: as sent, leading zeros kept
    digits: Mapped[str]
    taken_at: Mapped[datetime]
    #: the day in South Africa, on which a correction replaces it
    taken_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str]
    flags: Mapped[list[str]] = mapped_column(default=list, server_default=text("'[]'"))
    channel: Mapped[str | None]
    citizen_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizens.id"))
    source_message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    source_ordinal: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    replaced_by: Mapped[UUID | None] = mapped_column(ForeignKey("readings.id"))
    exported_at: Mapped[datetime | None]
    #: when a person looked at it, and what they said
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[str | None]
    review_note: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint("source_message_id", "source_ordinal"),
        Index("ix_readings_meter", "meter_id", "taken_at"),
        Index("ix_readings_citizen", "citizen_id", "taken_on"),
        Index("ix_readings_account", "account_number", "taken_on"),
        Index("ix_readings_taken_on", "taken_on"),
        Index(
            "uq_readings_current_of_day",
            "meter_id",
            "taken_on",
            unique=True,
            postgresql_where=text("state IN ('accepted', 'flagged')"),
        ),
        Index(
            "ix_readings_unexported",
            "taken_at",
            postgresql_where=text("exported_at IS NULL AND state IN ('accepted', 'flagged')"),
        ),
        Index("ix_readings_replaced_by", "replaced_by", postgresql_where=text("replaced_by IS NOT NULL")),
        Index("ix_readings_flagged", "taken_at", postgresql_where=text("state = 'flagged'")),
        one_of("state", *CURRENT, "superseded", "rejected"),
    )
