"""Customer accounts and meters, as the billing system's file gives them."""

from datetime import date
from decimal import Decimal

from sqlalchemy import Date, ForeignKey, Index, Numeric, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from crm_store.tables.base import Base, WithId, WithUpdate, one_of


class Account(Base, WithUpdate):
    """A customer account of one municipality."""

    __tablename__ = "accounts"

    account_number: Mapped[str] = mapped_column(primary_key=True)
    municipality: Mapped[str]
    holder: Mapped[str | None]
    phone: Mapped[str | None]
    #: day of the month on which the meters are read
    read_day: Mapped[int | None]
    balance: Mapped[Decimal | None] = mapped_column(Numeric(14, 2))
    closed_at: Mapped[date | None] = mapped_column(Date)
    #: the last four digits of the holder's ID, as a keyed hash (services/account_proofs.py)
    id_last4_hash: Mapped[str | None]

    __table_args__ = (Index("ix_accounts_phone", "phone", postgresql_where=text("phone IS NOT NULL")),)


class Meter(Base, WithId, WithUpdate):
    """A meter of an account, or one register of it, with the last reading that the billing system knows."""

    __tablename__ = "meters"

    account_number: Mapped[str] = mapped_column(ForeignKey("accounts.account_number"))
    service: Mapped[str]
    meter_number: Mapped[str]
    #: which of the meter's counters, by billing's code ('T1', '1.8.2', 'OFF-PEAK'); '' where it has one only
    register: Mapped[str] = mapped_column(default="", server_default=text("''"))
    #: black digits on the dial
    dials: Mapped[int]
    last_reading: Mapped[int | None]
    last_reading_on: Mapped[date | None] = mapped_column(Date)
    #: kilolitres or kWh a month
    average_per_month: Mapped[Decimal | None] = mapped_column(Numeric(14, 3))
    removed_at: Mapped[date | None] = mapped_column(Date)

    __table_args__ = (
        UniqueConstraint("account_number", "meter_number", "register"),
        Index("ix_meters_meter_number", "meter_number"),
        one_of("service", "water", "electricity"),
    )
