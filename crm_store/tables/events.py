"""The history: every change, who made it, when, and what it was before and after. Append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Identity, Index, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, one_of

#: The changes of a case that a report counts.
CASE_MOVES = (
    *("opened", "stage_changed", "decided", "escalated", "referred"),
    *("referral_accepted", "referral_declined", "ping_pong", "merged", "split", "undone"),
)


class Event(Base):
    """One change. A trigger of the database refuses to alter, delete or truncate events."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    subject_type: Mapped[str]
    #: the subject's id as text (accounts have numbers, not UUIDs)
    subject_id: Mapped[str]
    kind: Mapped[str]
    actor: Mapped[str]
    before: Mapped[dict[str, Any] | None]
    after: Mapped[dict[str, Any] | None]
    note: Mapped[str | None]
    at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_events_subject", "subject_type", "subject_id", "id"),
        # A report finds what moved cases in its time.
        Index(
            "ix_events_case_moves",
            "at",
            postgresql_where=text(
                f"subject_type = 'case' AND kind IN ({', '.join(repr(kind) for kind in CASE_MOVES)})"
            ),
        ),
        # Who saw or changed what: the desk's own people, one after another.
        Index("ix_events_by_staff", "actor", "id", postgresql_where=text("actor LIKE 'agent:%'")),
        one_of(
            "subject_type",
            *("case", "conversation", "reading", "account", "address", "incident"),
            *("citizen", "user", "setting", "text", "example", "model"),
        ),
    )
