"""Incidents: one trouble that many report, and planned work; and the warnings of unusual numbers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Identity, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, WithUpdate, one_of


class Incident(Base, WithId, WithCreation, WithUpdate):
    """A trouble of an area, from its first report to its end, or announced work. Cases point to it."""

    __tablename__ = "incidents"

    #: what staff call it: 12
    number: Mapped[int] = mapped_column(Identity(always=True), unique=True)
    municipality: Mapped[str]
    category: Mapped[str]
    #: what is wrong within the category: outage, leak … (crm_store/troubles.yml)
    trouble: Mapped[str]
    kind: Mapped[str]
    state: Mapped[str]
    place: Mapped[str | None]
    #: 'MLM/13'
    ward: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    #: staff's own words for the trouble, {"en", "zu"}; None: the trouble's own name
    title: Mapped[dict[str, Any] | None]
    started_at: Mapped[datetime]
    expected_end_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    last_report_at: Mapped[datetime | None]
    opened_by: Mapped[str]
    #: a person stands behind it; None: it opened by itself
    confirmed_by: Mapped[str | None]
    #: how sure the numbers are that it is no chance, 0 to 1
    confidence: Mapped[float | None]
    source: Mapped[str]
    #: what the planned work is called where it comes from: the same row of a file is the same work
    source_key: Mapped[str | None] = mapped_column(unique=True)
    #: staff were reminded that its expected end is past
    overdue_noted_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "ix_incidents_current",
            "category",
            "municipality",
            postgresql_where=text("state IN ('suggested', 'open')"),
        ),
        Index("ix_incidents_started", "started_at"),
        one_of("kind", "outage", "planned"),
        one_of("state", "suggested", "open", "over", "dismissed"),
        one_of("source", "reports", "staff", "file"),
    )


class AreaWarning(Base, WithId, WithCreation, WithUpdate):
    """An area whose reports of a category stood out on a day, with the figures at their highest."""

    __tablename__ = "warnings"

    day: Mapped[date]
    #: place, ward or municipality, and its name ('Sundumbili', 'MLM/13', 'MLM')
    level: Mapped[str]
    area: Mapped[str]
    category: Mapped[str]
    municipality: Mapped[str]
    #: people who reported, how many usually do in these hours, and the chance of so many
    observed: Mapped[int]
    usual: Mapped[float]
    chance: Mapped[float]
    weeks: Mapped[int]
    window_from: Mapped[datetime]
    window_until: Mapped[datetime]

    __table_args__ = (
        UniqueConstraint("level", "area", "category", "day"),
        Index("ix_warnings_day", "day"),
        one_of("level", "place", "ward", "municipality"),
    )
