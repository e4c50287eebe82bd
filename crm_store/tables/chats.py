"""Chats with staff: notes among colleagues, who is there to answer, and answers that are ready."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, WithUpdate


class ChatNote(Base, WithId, WithCreation):
    """What a colleague wrote about a chat for colleagues; the person never gets it."""

    __tablename__ = "chat_notes"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"))
    author: Mapped[str]
    body: Mapped[str]

    __table_args__ = (Index("ix_chat_notes_conversation", "conversation_id", "created_at"),)


class Duty(Base):
    """Whether a user takes chats now: they said so, and their desk was seen a moment ago."""

    __tablename__ = "duties"

    username: Mapped[str] = mapped_column(primary_key=True)
    #: since when; empty: away
    available_since: Mapped[datetime | None]
    seen_at: Mapped[datetime]


class CannedAnswer(Base, WithId, WithCreation, WithUpdate):
    """An answer that is ready in both languages, for all municipalities or for one."""

    __tablename__ = "canned_answers"

    title: Mapped[str]
    text_en: Mapped[str]
    text_zu: Mapped[str]
    municipality: Mapped[str | None]
    #: the order in the list; equal ones by title
    position: Mapped[int] = mapped_column(default=0, server_default=text("0"))
    #: no longer offered
    retired_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "uq_canned_answers_title",
            "title",
            "municipality",
            unique=True,
            postgresql_where=text("retired_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )
