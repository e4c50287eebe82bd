"""Readings that wait for a person: which, and what there is to judge them by."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, select, type_coerce
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Session, aliased

from crm_store.domain.readings import HARMLESS
from crm_store.tables import Account, Message, Meter, Reading
from crm_store.tables.readings import CURRENT


@dataclass(frozen=True)
class ReadingToReview:
    """A reading beside what billing knows of its meter."""

    reading_id: UUID
    taken_at: datetime
    account_number: str
    municipality: str
    service: str
    meter_number: str
    #: billing's code; '' where the meter has one only
    register: str
    digits: str
    last_reading: int | None
    last_reading_on: date | None
    average_per_month: float | None
    flags: list[str]
    channel: str | None
    exported: bool
    #: what the person wrote, where a message brought it
    words: str | None = None


def readings_to_review(
    session: Session,
    *,
    municipality: str | None = None,
    reading_id: UUID | None = None,
    limit: int = 100,
) -> list[ReadingToReview]:
    """Those flagged with something that a person must judge, oldest first; or the one of `reading_id`."""
    session.flush()
    query = (
        select(Reading, Meter, Account.municipality, Message.body)
        .join(Meter, Meter.id == Reading.meter_id)
        .join(Account, Account.account_number == Reading.account_number)
        .outerjoin(Message, Message.id == Reading.source_message_id)
        .where(Reading.state == "flagged", needs_a_person())
        .order_by(Reading.taken_at)
        .limit(limit)
    )
    if municipality is not None:
        query = query.where(Account.municipality == municipality)
    if reading_id is not None:
        query = query.where(Reading.id == reading_id)
    return [
        ReadingToReview(
            reading_id=reading.id,
            taken_at=reading.taken_at,
            account_number=reading.account_number,
            municipality=of,
            service=meter.service,
            meter_number=meter.meter_number,
            register=meter.register,
            digits=str(reading.value).zfill(meter.dials),
            last_reading=meter.last_reading,
            last_reading_on=meter.last_reading_on,
            average_per_month=float(meter.average_per_month) if meter.average_per_month is not None else None,
            flags=reading.flags,
            channel=reading.channel,
            exported=reading.exported_at is not None,
            words=words,
        )
        for reading, meter, of, words in session.execute(query)
    ]


def other_registers(session: Session, reading_id: UUID) -> list[tuple[str, str]]:
    """Register and digits of what the meter's other registers showed that day: two may have been mistaken for
    each other.
    """
    mine, its, meter, other = aliased(Reading), aliased(Meter), aliased(Meter), aliased(Reading)
    rows = session.execute(
        select(meter.register, other.digits)
        .select_from(mine)
        .join(its, its.id == mine.meter_id)
        .join(
            meter,
            (meter.account_number == its.account_number)
            & (meter.meter_number == its.meter_number)
            & (meter.id != its.id),
        )
        .join(other, (other.meter_id == meter.id) & (other.taken_on == mine.taken_on))
        .where(mine.id == reading_id, its.register != "", other.state.in_(CURRENT))
        .order_by(meter.register)
    )
    return [(register, digits) for register, digits in rows]


def needs_a_person() -> ColumnElement[bool]:
    """True for readings with a flag that is not merely told."""
    told_only: ColumnElement[bool] = type_coerce(Reading.flags, JSONB).contained_by(list(HARMLESS))
    return ~told_only
