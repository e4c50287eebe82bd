"""What we say on our own initiative: planned words about a case, its delay, the question at its end."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Identity, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, one_of

KINDS = (
    *("assigned", "started", "delayed", "referred", "referred_out", "waiting", "resolved", "decided"),
    *("reopened", "closed", "merged", "divided", "incident_known", "incident_over", "follow_up", "captured"),
    *("reading_accepted", "reading_corrected", "reading_rejected", "reading_replaced"),
    *("photo_refused", "file_refused", "reminder"),
)


class Notice(Base, WithId, WithCreation):
    """One message on our initiative, from its planning until it is stored as a message, or is not.

    It is about a case and goes to its citizen, or it is about none and goes to a conversation.
    """

    __tablename__ = "notices"

    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"), index=True)
    conversation_id: Mapped[UUID | None] = mapped_column(ForeignKey("conversations.id"))
    #: the order in which they were planned
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kind: Mapped[str]
    #: the move of the case that it tells; the same move is told once
    dedupe_key: Mapped[str] = mapped_column(unique=True)
    #: what the text says beside the case itself (the question, what was done, the new date …)
    said: Mapped[dict[str, Any]] = mapped_column(
        JSONB(none_as_null=True), default=dict, server_default=text("'{}'")
    )
    not_before: Mapped[datetime]
    state: Mapped[str] = mapped_column(default="planned", server_default="planned")
    #: why it was not sent, in words for staff
    reason: Mapped[str | None]
    message_id: Mapped[UUID | None] = mapped_column(ForeignKey("messages.id"))
    ended_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_notices_planned", "not_before", postgresql_where=text("state = 'planned'")),
        Index(
            "ix_notices_conversation_id",
            "conversation_id",
            postgresql_where=text("conversation_id IS NOT NULL"),
        ),
        CheckConstraint("(case_id IS NULL) <> (conversation_id IS NULL)", name="about"),
        one_of("kind", *KINDS),
        one_of("state", "planned", "sent", "suppressed", "failed"),
    )


class Delay(Base):
    """Why a case takes longer than promised, and when it is expected now; the citizen is told once."""

    __tablename__ = "delays"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    #: staff's own words; None: the honest default is said
    reason: Mapped[str | None]
    expected_at: Mapped[datetime]
    told_at: Mapped[datetime | None]


class FollowUp(Base):
    """'Is it fixed?' after a resolution, asked once for a case, and what was answered."""

    __tablename__ = "follow_ups"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    asked_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    fixed: Mapped[bool | None]
    rating: Mapped[int | None]
    comment: Mapped[str | None]
    #: nothing more is asked: rated, skipped, not fixed, or never answered
    closed_at: Mapped[datetime | None]

    __table_args__ = (
        Index("ix_follow_ups_open", "conversation_id", postgresql_where=text("closed_at IS NULL")),
        CheckConstraint("rating BETWEEN 1 AND 5", name="rating"),
    )
