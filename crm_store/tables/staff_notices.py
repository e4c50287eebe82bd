"""What the municipality's own people are told: on the desk, by e-mail, by SMS."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, one_of


class StaffNotice(Base, WithId, WithCreation):
    """One message to one person or role by one way; the same matter is told to the same one once."""

    __tablename__ = "staff_notices"

    #: none for what is about no case (an early warning)
    case_id: Mapped[UUID | None] = mapped_column(ForeignKey("cases.id"))
    #: 'escalation', 'ping_pong', 'follow_up', 'compliment', 'early_warning' …
    kind: Mapped[str]
    #: which time, where a kind comes more than once to a case: the step of the ladder, say
    step: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    #: what it is about when it is about no case; makes one of a kind unlike the other
    subject: Mapped[str] = mapped_column(default="", server_default="")
    municipality: Mapped[str]
    department: Mapped[str | None]
    to_role: Mapped[str] = mapped_column(default="", server_default="")
    #: the user; empty when it goes to whoever has the role there
    to_user: Mapped[str] = mapped_column(default="", server_default="")
    channel: Mapped[str]
    #: the e-mail address or telephone number
    address: Mapped[str | None]
    #: what the text is made of
    data: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))
    sent_at: Mapped[datetime | None]
    read_at: Mapped[datetime | None]
    error: Mapped[str | None]

    __table_args__ = (
        UniqueConstraint(
            *("case_id", "kind", "step", "subject", "channel", "to_role", "to_user"),
            name="uq_staff_notices_once",
            postgresql_nulls_not_distinct=True,
        ),
        Index(
            "ix_staff_notices_desk",
            *("municipality", "to_role", "created_at"),
            postgresql_where=text("channel = 'desk' AND read_at IS NULL"),
        ),
        Index("ix_staff_notices_user", "to_user", "created_at", postgresql_where=text("to_user <> ''")),
        Index(
            "ix_staff_notices_unsent",
            "created_at",
            postgresql_where=text("channel <> 'desk' AND sent_at IS NULL AND error IS NULL"),
        ),
        one_of("channel", "desk", "email", "sms"),
    )
