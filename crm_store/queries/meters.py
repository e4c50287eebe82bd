"""Meters: by the numbers that people write, and what is known of them."""

import re
from collections.abc import Collection
from datetime import date
from typing import cast
from uuid import UUID

from sqlalchemy import ARRAY, String, any_, bindparam, exists, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.reading_groups import KnownMeter
from crm_store.domain.readings import MeterFacts
from crm_store.domain.region import Service
from crm_store.services.account_links import linked_numbers
from crm_store.tables import Account, CitizenAccount, Meter, Reading
from crm_store.tables.base import array_of, words
from crm_store.tables.readings import CURRENT

#: Whoever sends readings of more accounts names them.
_OWN_ACCOUNTS = 10
# Made once: they run for every reading, and SQLAlchemy takes longer to make them than to run them.
_IN_USE = (
    select(Meter, Account)
    .join(Account, Account.account_number == Meter.account_number)
    .where(Meter.removed_at.is_(None), Account.closed_at.is_(None))
    .order_by(Meter.service, Meter.meter_number, Meter.register)
)
_OF_ACCOUNT = _IN_USE.where(Meter.account_number == bindparam("number"))
_OF_METER = _IN_USE.where(Meter.meter_number == bindparam("number"))
_KNOWN = (
    select(Meter, Account)
    .join(Account, Account.account_number == Meter.account_number)
    .where(
        Meter.removed_at.is_(None),
        Account.closed_at.is_(None),
        or_(
            Meter.account_number == any_(bindparam("accounts", type_=ARRAY(String))),
            Meter.meter_number == any_(bindparam("meters", type_=ARRAY(String))),
        ),
    )
    .order_by(Meter.account_number, Meter.service, Meter.meter_number, Meter.register)
    .limit(100)
)
_NEWEST_BEFORE = (
    select(Reading.value, Reading.taken_on)
    .where(
        Reading.meter_id == bindparam("meter_id"),
        Reading.state.in_(words(*CURRENT)),
        Reading.taken_on < bindparam("before"),
    )
    .order_by(Reading.taken_on.desc())
    .limit(1)
)
_OTHER_REGISTERS = (
    select(Meter.register)
    .where(
        Meter.account_number == bindparam("account_number"),
        Meter.meter_number == bindparam("meter_number"),
        Meter.register != bindparam("register"),
        Meter.removed_at.is_(None),
        ~exists().where(
            Reading.meter_id == Meter.id,
            Reading.taken_on == bindparam("day"),
            Reading.state.in_(words(*CURRENT)),
        ),
    )
    .order_by(Meter.register)
)
_USED = (
    select(CitizenAccount.account_number)
    .where(CitizenAccount.citizen_id == bindparam("citizen_id"))
    .order_by(CitizenAccount.last_used_at.desc())
    .limit(_OWN_ACCOUNTS)
)
_SENT = (
    select(Reading.meter_id)
    .where(
        Reading.citizen_id == bindparam("citizen_id"),
        Reading.taken_on == bindparam("day"),
        Reading.state.in_(words(*CURRENT)),
    )
    .order_by(Reading.taken_at.desc())
    .limit(_OWN_ACCOUNTS)
)
_OF_SENDER = select(array_of(_USED), array_of(linked_numbers().limit(_OWN_ACCOUNTS)), array_of(_SENT))


def compact(number: str) -> str:
    """The number as billing writes it: without spaces, dashes and slashes."""
    return re.sub(r"[\s\-/]", "", number).upper()


def meters_named(
    session: Session, account_number: str | None, meter_number: str | None
) -> list[tuple[Meter, Account]]:
    """The meters in use of the account; by meter number alone only when that names a single account.

    A number sent as an account that is none but the number of one meter names that meter; and the other way.
    Each comes with its account, for `meter_facts`.
    """
    if account_number:
        found = _of_account(session, account_number)
        return found or ([] if meter_number else _of_one_account(session, account_number))
    if not meter_number:
        return []
    return _of_one_account(session, meter_number) or _of_account(session, meter_number)


def _of_account(session: Session, account_number: str) -> list[tuple[Meter, Account]]:
    return [
        (meter, account)
        for meter, account in session.execute(_OF_ACCOUNT, {"number": compact(account_number)})
    ]


def _of_one_account(session: Session, meter_number: str) -> list[tuple[Meter, Account]]:
    rows = session.execute(_OF_METER, {"number": compact(meter_number)})
    found = [(meter, account) for meter, account in rows]
    return found if len({meter.account_number for meter, _ in found}) == 1 else []


def meter_facts(session: Session, meter: Meter, account: Account, before: date) -> MeterFacts:
    """What was known of the meter before the day: a correction is compared with what the first was."""
    last, last_on = meter.last_reading, meter.last_reading_on
    newest = session.execute(_NEWEST_BEFORE, {"meter_id": meter.id, "before": before}).first()
    if newest is not None and (last_on is None or newest.taken_on >= last_on):
        last, last_on = newest.value, newest.taken_on
    return MeterFacts(
        service=cast(Service, meter.service),
        dials=meter.dials,
        last_reading=last,
        last_reading_on=last_on,
        average_per_month=float(meter.average_per_month) if meter.average_per_month is not None else None,
        read_day=account.read_day,
        municipality=account.municipality,
    )


def registers_without_reading(session: Session, meter: Meter, day: date) -> list[str]:
    """The other registers of the meter of which no reading of the day stands; none of an ordinary meter."""
    if not meter.register:
        return []
    given = {"account_number": meter.account_number, "meter_number": meter.meter_number}
    return list(session.scalars(_OTHER_REGISTERS, {**given, "register": meter.register, "day": day}))


def known_meters(
    session: Session, numbers: Collection[str], citizen_id: UUID | None, today: date
) -> list[KnownMeter]:
    """The meters in use that the numbers name, and those of the sender's own accounts."""
    own, sent = _of_sender(session, citizen_id, today) if citizen_id else (set(), [])
    wanted = {compact(number) for number in numbers}
    rows = session.execute(_KNOWN, {"accounts": list(wanted | own), "meters": list(wanted)}).all()
    return [
        KnownMeter(
            account_number=meter.account_number,
            meter_number=meter.meter_number,
            facts=meter_facts(session, meter, account, today),
            register=meter.register,
            own=meter.account_number in own,
            sent_today=sent.index(meter.id) + 1 if meter.id in sent else None,
        )
        for meter, account in rows
    ]


def _of_sender(session: Session, citizen_id: UUID, today: date) -> tuple[set[str], list[UUID]]:
    """The citizen's own accounts, and the meters of which they sent a reading today, the newest first."""
    session.flush()
    used, linked, sent = session.execute(_OF_SENDER, {"citizen_id": citizen_id, "day": today}).one()
    return {*used, *linked}, sent
