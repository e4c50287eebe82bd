"""What a linked phone may hear of its own accounts, as values of the texts that say it."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.registers import marked
from crm_store.tables import Account, Meter, Reading
from crm_store.tables.readings import CURRENT

#: Lines that fit two segments; more accounts are named one by one.
MOST_LINES = 3


def balances(accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """A line for each account: what it owes, or has to its credit."""
    return [_balance(account) for account in accounts[:MOST_LINES]]


def _balance(account: Account) -> dict[str, Any]:
    values: dict[str, Any] = {"account_number": account.account_number}
    if account.balance is None:
        return {"response": "utter_own_balance_unknown", "values": values}
    values["amount"] = str(abs(account.balance))
    key = "utter_own_balance_credit" if account.balance < Decimal(0) else "utter_own_balance_owed"
    return {"response": key, "values": values}


def meters_of(session: Session, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """A line for each meter in use of the accounts."""
    # Registers of one meter are one meter.
    meters = {(meter.account_number, meter.meter_number): meter for meter in _meters(session, accounts)}
    return [
        {
            "response": "utter_own_account",
            "values": {
                "account_number": meter.account_number,
                "service": meter.service,
                "meter_number": meter.meter_number,
            },
        }
        for meter in list(meters.values())[:MOST_LINES]
    ]


def last_readings(session: Session, accounts: Sequence[Account]) -> list[dict[str, Any]]:
    """The newest readings of the accounts' meters, those that billing knows too; newest first."""
    found: list[tuple[date, dict[str, Any]]] = []
    for meter in _meters(session, accounts):
        sent = session.scalars(
            select(Reading)
            .where(Reading.meter_id == meter.id, Reading.state.in_(CURRENT))
            .order_by(Reading.taken_on.desc())
            .limit(MOST_LINES)
        ).all()
        days = {reading.taken_on for reading in sent}
        found += [(reading.taken_on, _reading(meter, reading.value, reading.taken_on)) for reading in sent]
        if meter.last_reading is not None and meter.last_reading_on and meter.last_reading_on not in days:
            found.append((meter.last_reading_on, _reading(meter, meter.last_reading, meter.last_reading_on)))
    found.sort(key=lambda line: line[0], reverse=True)
    return [line for _, line in found[:MOST_LINES]]


def _reading(meter: Meter, value: int, day: date) -> dict[str, Any]:
    return {
        "response": "utter_own_reading",
        "values": {
            "account_number": meter.account_number,
            "service": meter.service,
            "reading": marked(str(value).zfill(meter.dials), meter.register),
            "taken_on": day.isoformat(),
        },
    }


def _meters(session: Session, accounts: Sequence[Account]) -> Sequence[Meter]:
    return session.scalars(
        select(Meter)
        .where(
            Meter.account_number.in_([account.account_number for account in accounts]),
            Meter.removed_at.is_(None),
        )
        .order_by(Meter.account_number, Meter.service, Meter.meter_number, Meter.register)
    ).all()
