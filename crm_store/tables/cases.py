"""Cases: what a citizen reported, asked, contested or praised, and the promise made about it."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithId, WithUpdate, one_of

STAGES = (
    *("new", "assigned", "in_progress", "waiting_for_citizen"),
    *("referred", "resolved", "closed", "reopened"),
)


class Case(Base, WithId, WithUpdate):
    """One case. Its clocks are set once, at opening; every change is an event."""

    __tablename__ = "cases"

    #: 'KDM-4821-7305', and its eight digits alone
    reference: Mapped[str] = mapped_column(unique=True)
    digits: Mapped[str] = mapped_column(unique=True)
    case_class: Mapped[str] = mapped_column("class")
    category: Mapped[str]
    priority: Mapped[str] = mapped_column(default="normal", server_default="normal")
    stage: Mapped[str] = mapped_column(default="new", server_default="new")
    description: Mapped[str]
    place: Mapped[str | None]
    location_text: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    #: code of the municipality that must act, and the id of its department
    municipality: Mapped[str]
    department: Mapped[str | None]
    #: an organisation outside the region's municipalities (Eskom, the province …)
    referred_to: Mapped[str | None]
    account_number: Mapped[str | None]
    meter_number: Mapped[str | None]
    disputed_amount: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    reading: Mapped[str | None]
    #: 'YYYY-MM'
    period: Mapped[str | None]
    reason: Mapped[str | None]
    person: Mapped[str | None]
    language: Mapped[str | None]
    channel: Mapped[str | None]
    citizen_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizens.id"))
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"), index=True)
    source_message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    source_ordinal: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    opened_at: Mapped[datetime]
    first_response_due_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]

    #: the trouble that others report, too
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incidents.id"))

    __table_args__ = (
        Index("ix_cases_incident", "incident_id", postgresql_where=text("incident_id IS NOT NULL")),
        # Reports that may gather into an incident.
        Index(
            "ix_cases_to_gather",
            "category",
            "municipality",
            "opened_at",
            postgresql_where=text("class = 'complaint' AND incident_id IS NULL"),
        ),
        # A message that is worked on twice makes its case once.
        UniqueConstraint("source_message_id", "source_ordinal"),
        Index("ix_cases_citizen", "citizen_id", "opened_at"),
        Index(
            "ix_cases_open_due",
            "due_at",
            postgresql_where=text("stage NOT IN ('resolved', 'closed')"),
        ),
        Index("ix_cases_municipality", "municipality", "opened_at"),
        Index("ix_cases_opened", "opened_at"),
        Index("ix_cases_account", "account_number", postgresql_where=text("account_number IS NOT NULL")),
        one_of("class", "complaint", "query", "dispute", "compliment"),
        one_of("priority", "emergency", "high", "normal"),
        one_of("stage", *STAGES),
    )
