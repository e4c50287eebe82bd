"""What lists of cases keep: the filters that people named, and the words that cases hold."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId


class SavedFilter(Base, WithId, WithCreation):
    """A filter of the list of cases that a user gave a name."""

    __tablename__ = "saved_filters"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str]
    #: the words of the list's address: {"view": "overdue", "category": "water"}
    asked: Mapped[dict[str, Any]]

    __table_args__ = (UniqueConstraint("user_id", "name"),)


class SearchWord(Base):
    """A word that some case holds, by which a mistyped one is understood. It says nothing about any case."""

    __tablename__ = "search_words"

    word: Mapped[str] = mapped_column(primary_key=True)
    #: crm_store.domain.case_search.keys
    keys: Mapped[list[str]] = mapped_column(ARRAY(String))

    __table_args__ = (Index("ix_search_words_keys", "keys", postgresql_using="gin"),)
