"""Forms that were stored: at a counter, on the telephone, or by the person on the web."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, one_of

CHANNELS = ("walk_in", "phone", "web")


class Capture(Base, WithCreation):
    """One form, by the key that it was given out with: however often it is sent in, it is stored once."""

    __tablename__ = "captures"

    key: Mapped[UUID] = mapped_column(primary_key=True)
    channel: Mapped[str]
    #: 'citizen' or 'agent:<user>'
    captured_by: Mapped[str]
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    reading_id: Mapped[UUID | None] = mapped_column(ForeignKey("readings.id"))
    #: it was added to a case that was there before
    added: Mapped[bool] = mapped_column(default=False, server_default=text("false"))

    __table_args__ = (
        one_of("channel", *CHANNELS),
        Index("ix_captures_case", "case_id", postgresql_where=text("case_id IS NOT NULL")),
    )
