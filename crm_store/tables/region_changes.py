"""What was changed of the municipalities' data at the desk; it lies over the file."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, ForeignKey, Identity, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base


class RegionChange(Base):
    """One change of one part. The last one of each part holds; rows are never altered."""

    __tablename__ = "region_changes"

    number: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    #: which part: 'municipalities.KDM.departments.roads', 'knowledge.office_hours'
    way: Mapped[str]
    #: what stood and what stands there (JSON that keeps the order of its keys); empty: nothing
    before: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    after: Mapped[Any] = mapped_column(JSON(none_as_null=True), nullable=True)
    #: the part is as in the file again: nothing lies over it
    as_file: Mapped[bool]
    actor: Mapped[str]
    why: Mapped[str | None]
    #: the change that this one takes back
    undoes: Mapped[int | None] = mapped_column(ForeignKey("region_changes.number"))
    at: Mapped[datetime]

    __table_args__ = (Index("ix_region_changes_way", "way", "number"),)
