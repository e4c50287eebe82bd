"""Who wants to be reminded of reading a meter."""

from datetime import date
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation


class ReadingReminder(Base, WithCreation):
    """A wish, of one conversation, to be reminded for one account each month."""

    __tablename__ = "reading_reminders"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    account_number: Mapped[str] = mapped_column(ForeignKey("accounts.account_number"), primary_key=True)
    #: the read day that comes next
    read_on: Mapped[date] = mapped_column(Date)
    #: when the next word is due: the read day, then once more
    next_on: Mapped[date] = mapped_column(Date)

    __table_args__ = (Index("ix_reading_reminders_next_on", "next_on"),)
