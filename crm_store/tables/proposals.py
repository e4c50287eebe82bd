"""Changes of the region's data that wait for a second person."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithId, one_of


class Proposal(Base, WithId):
    """One part as somebody would have it; a change of the region (`region_changes`) once it is approved."""

    __tablename__ = "proposals"

    way: Mapped[str]
    #: what stood there when it was proposed, and what is to stand there (empty: as in the file)
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    value: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    why: Mapped[str | None]
    proposed_by: Mapped[str]
    proposed_at: Mapped[datetime]
    state: Mapped[str]
    reviewed_by: Mapped[str | None]
    reviewed_at: Mapped[datetime | None]
    review_note: Mapped[str | None]
    change_number: Mapped[int | None] = mapped_column(ForeignKey("region_changes.number"))

    __table_args__ = (
        # One open proposal a part: a second one takes its place.
        Index("uq_proposals_open", "way", unique=True, postgresql_where=text("state = 'open'")),
        Index("ix_proposals_proposed", "proposed_at", "id"),
        one_of("state", "open", "approved", "rejected", "withdrawn", "replaced"),
    )
