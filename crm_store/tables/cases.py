"""Cases: what a citizen reported, asked, contested or praised, and the promise made about it."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithId, WithUpdate, one_of
from crm_store.tables.people import CHANNELS as ADDRESS_CHANNELS

STAGES = (
    *("new", "assigned", "in_progress", "waiting_for_citizen"),
    *("referred", "resolved", "closed", "reopened"),
)
#: How a case came to us; people also walk in and ring up.
CHANNELS = (*ADDRESS_CHANNELS, "walk_in", "phone")

_OPEN = text("stage NOT IN ('resolved', 'closed')")


class Case(Base, WithId, WithUpdate):
    """One case. Its clock starts once, at opening; every change is an event."""

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
    #: what the clock counts, fixed at opening: {"from": time, "municipality": "KDM", "level": {"hours": 4}}
    clock: Mapped[dict[str, Any] | None]
    acknowledged_at: Mapped[datetime | None]
    first_response_due_at: Mapped[datetime | None]
    first_responded_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    resolved_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    #: how many steps of the escalation ladder were taken, and when the next one is to be
    escalation_step: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    next_step_at: Mapped[datetime | None]
    #: when the citizen must be told that the promise is about to be broken; empty once they were
    delay_notice_at: Mapped[datetime | None]
    #: the user who works on it
    assignee: Mapped[str | None]
    #: what the citizen was asked while the case waits for them
    question: Mapped[str | None]
    referral_state: Mapped[str | None]
    #: how often it came back to a department that had it before
    referral_count: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    referred_by: Mapped[str | None]
    #: where it goes back to when declined: {"municipality", "department", "assignee"}
    referred_from: Mapped[dict[str, Any] | None]
    #: when the owner asks the outside body how far it is
    follow_up_on: Mapped[date | None]
    #: what was done, in the words that the citizen hears; and 'system', 'citizen' or 'agent:<user>'
    resolution: Mapped[str | None]
    resolved_by: Mapped[str | None]
    #: the decision of a dispute
    outcome: Mapped[str | None]
    outcome_reason: Mapped[str | None]
    outcome_amount: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    #: seen by named roles only (corruption, conduct of staff)
    confidential: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: nobody sees who reported it; the reference and the chat work all the same
    anonymous: Mapped[bool] = mapped_column(default=False, server_default=text("false"))
    #: the trouble that others report, too
    incident_id: Mapped[UUID | None] = mapped_column(ForeignKey("incidents.id"))
    #: the case that this one is the same as; what comes of that one came of this one
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    #: the case that held this matter beside its own, until it was split in two
    divided_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))

    __table_args__ = (
        # A message that is worked on twice makes its case once.
        UniqueConstraint("source_message_id", "source_ordinal"),
        Index("ix_cases_citizen", "citizen_id", "opened_at"),
        Index(
            "ix_cases_open_due",
            "due_at",
            "id",
            postgresql_where=_OPEN,
        ),
        # The sweeps look at what is due only, however many cases are open.
        Index("ix_cases_next_step", "next_step_at", postgresql_where=text("next_step_at IS NOT NULL")),
        Index(
            "ix_cases_delay_notice", "delay_notice_at", postgresql_where=text("delay_notice_at IS NOT NULL")
        ),
        Index("ix_cases_follow_up", "follow_up_on", postgresql_where=text("follow_up_on IS NOT NULL")),
        # What nobody answered is closed after some days.
        Index("ix_cases_resolved", "resolved_at", postgresql_where=text("stage = 'resolved'")),
        Index("ix_cases_incident", "incident_id", postgresql_where=text("incident_id IS NOT NULL")),
        Index("ix_cases_municipality", "municipality", "opened_at"),
        Index("ix_cases_opened", "opened_at", "id"),
        # The lists of the desk: one's own, nobody's, a department's.
        Index("ix_cases_open_due_of", "municipality", "department", "due_at", postgresql_where=_OPEN),
        Index("ix_cases_open_assignee", "assignee", "due_at", postgresql_where=_OPEN),
        Index("ix_cases_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")),
        Index(
            "ix_cases_divided_from", "divided_from_id", postgresql_where=text("divided_from_id IS NOT NULL")
        ),
        Index(
            "ix_cases_words",
            # a function of migration 0023; queries write it in this very form
            text("case_words(description, reason, place, location_text, person, resolution)"),
            postgresql_using="gin",
        ),
        # A day's figures.
        Index(
            "ix_cases_answered",
            "first_responded_at",
            postgresql_where=text("first_responded_at IS NOT NULL"),
        ),
        Index("ix_cases_done", "resolved_at", postgresql_where=text("resolved_at IS NOT NULL")),
        Index("ix_cases_account", "account_number", postgresql_where=text("account_number IS NOT NULL")),
        one_of("class", "complaint", "query", "dispute", "compliment"),
        one_of("channel", *CHANNELS),
        one_of("priority", "emergency", "high", "normal"),
        one_of("stage", *STAGES),
        one_of("referral_state", "offered", "accepted", "declined"),
        one_of("outcome", "upheld", "partly", "rejected"),
    )


class CasePause(Base, WithId):
    """A stretch in which the case's clock stood still: the citizen owed an answer, or it was resolved."""

    __tablename__ = "case_pauses"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    paused_at: Mapped[datetime]
    #: empty while it lasts
    resumed_at: Mapped[datetime | None]
    why: Mapped[str]

    __table_args__ = (
        Index("ix_case_pauses_case", "case_id", "paused_at"),
        # One clock stands still once at a time.
        Index("uq_case_pauses_open", "case_id", unique=True, postgresql_where=text("resumed_at IS NULL")),
        one_of("why", "waiting", "resolved"),
    )


class Hold(Base, WithId):
    """An amount in dispute: no credit control on it until it is lifted (Systems Act s102(2))."""

    __tablename__ = "holds"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    account_number: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Numeric(14, 2))
    #: 'YYYY-MM'
    period: Mapped[str | None]
    placed_at: Mapped[datetime]
    lifted_at: Mapped[datetime | None]
    #: why it was lifted: the dispute's outcome, 'withdrawn', or 'changed' when another amount took its place
    outcome: Mapped[str | None]

    __table_args__ = (
        Index("uq_holds_standing", "case_id", unique=True, postgresql_where=text("lifted_at IS NULL")),
        Index("ix_holds_account", "account_number"),
        Index("ix_holds_placed", "placed_at"),
        one_of("outcome", "upheld", "partly", "rejected", "withdrawn", "changed"),
    )
