"""Citizens, the addresses they write from, and the municipal accounts that are theirs."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Identity, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithCreation, WithId, one_of

CHANNELS = ("sms", "whatsapp", "telegram", "web")


class Citizen(Base, WithId, WithCreation):
    """A person, known by the addresses that they write from."""

    __tablename__ = "citizens"

    name: Mapped[str | None]
    language: Mapped[str | None]
    #: since when the person wants no word of progress, only questions and what came of it
    no_updates_at: Mapped[datetime | None]
    #: since when a person knows, and finds right, that they send the readings of many accounts
    trusted_sender_at: Mapped[datetime | None]
    #: the record of the same person that this one was merged into, and that everything of theirs went to
    merged_into_id: Mapped[UUID | None] = mapped_column(ForeignKey("citizens.id"))

    __table_args__ = (
        Index("ix_citizens_name", text("lower(name)"), postgresql_where=text("name IS NOT NULL")),
        # The beginnings of the words of names: 'tha mkh' finds Thandi Mkhize.
        Index("ix_citizens_words", text("to_tsvector('simple'::regconfig, name)"), postgresql_using="gin"),
        Index(
            "ix_citizens_merged_into", "merged_into_id", postgresql_where=text("merged_into_id IS NOT NULL")
        ),
    )


class Address(Base, WithId, WithCreation):
    """One way to reach a citizen: a phone number on SMS or WhatsApp, or a Telegram chat."""

    __tablename__ = "addresses"

    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"), index=True)
    channel: Mapped[str]
    #: '+27821234567' (no 'whatsapp:'), or Telegram's chat id
    address: Mapped[str]
    opted_out_at: Mapped[datetime | None]
    #: when the privacy notice was given
    notice_sent_at: Mapped[datetime | None]
    #: when its short words stood beside the answer to a reading; the whole one may still be owed
    short_notice_sent_at: Mapped[datetime | None]

    __table_args__ = (
        UniqueConstraint("channel", "address"),
        # The same number on SMS and on WhatsApp is the same person.
        Index("ix_addresses_address", "address"),
        one_of("channel", *CHANNELS),
    )


class CitizenAccount(Base, WithCreation):
    """An account that a citizen used ('used'), or proved to hold: to an agent, or by the ID number."""

    __tablename__ = "citizen_accounts"

    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"), primary_key=True)
    #: not a foreign key: people also quote accounts that the billing file does not hold
    account_number: Mapped[str] = mapped_column(primary_key=True)
    proof: Mapped[str]
    last_used_at: Mapped[datetime] = mapped_column(server_default=func.now())

    __table_args__ = (
        Index("ix_citizen_accounts_account_number", "account_number"),
        one_of("proof", "used", "agent", "id_number"),
    )


class CitizenNote(Base, WithId, WithCreation):
    """What staff should know when this person comes again; the person may ask to see it (POPIA s23)."""

    __tablename__ = "citizen_notes"

    citizen_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"), index=True)
    body: Mapped[str]
    #: 'agent:<user>'
    author: Mapped[str]


class CitizenMerge(Base, WithId):
    """Two records of one person made one, with what is needed to part them again."""

    __tablename__ = "citizen_merges"

    #: the order in which merges are made, and in reverse undone
    sequence: Mapped[int] = mapped_column(BigInteger, Identity(always=True))
    kept_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    gone_id: Mapped[UUID] = mapped_column(ForeignKey("citizens.id"))
    merged_at: Mapped[datetime]
    merged_by: Mapped[str]
    undone_at: Mapped[datetime | None]
    #: ids of the rows that went over, and both records' own fields and accounts as they were
    moved: Mapped[dict[str, Any]]

    __table_args__ = (
        Index(
            "uq_citizen_merges_gone",
            "gone_id",
            unique=True,
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index("ix_citizen_merges_kept", "kept_id", "sequence"),
    )
