"""What became of a reading, and what a reply says about it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from crm_store.domain.readings import HARMLESS, MeterFacts, ReadingCheck, expected_use
from crm_store.domain.region import Region, Service
from crm_store.domain.tariffs import cost_of, present_tariff
from crm_store.tables import Account, Meter, Reading

OutcomeKind = Literal[
    "taken", "unknown_account", "which_meter", "wrong_digits", "below_last", "implausible", "repeated"
]

_UNITS = {"water": "kl", "electricity": "kWh"}


@dataclass(frozen=True, kw_only=True)
class ReadingOutcome:
    """What became of a reading, and what a reply says about it.

    `digits` has the dial's leading zeros, `sent_digits` is as written. `usual` is what the account's average
    makes of the time since the last reading, `direction` tells which side of it an implausible use is.
    `flagged`: a person will look at it. `corrected`: it replaced the sender's own of the same day. `linked`:
    what is private of the account (use, cost, last reading) may be told; `cost` is rand at the present
    tariff.
    """

    kind: OutcomeKind
    sent_digits: str
    digits: str | None = None
    account_number: str | None = None
    meter_number: str | None = None
    service: Service | None = None
    unit: str | None = None
    dials: int | None = None
    taken_on: date | None = None
    use: int | None = None
    usual: int | None = None
    last_reading: str | None = None
    last_reading_on: date | None = None
    direction: Literal["high", "low"] | None = None
    flags: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    flagged: bool = False
    corrected: bool = False
    linked: bool = False
    cost: Decimal | None = None
    reading_id: UUID | None = None


def outcome_of(
    region: Region,
    kind: OutcomeKind,
    meter: Meter,
    facts: MeterFacts,
    sent: str,
    value: int | None,
    *,
    check: ReadingCheck | None = None,
    today: date | None = None,
    taken_on: date | None = None,
    reading: Reading | None = None,
    corrected: bool = False,
) -> ReadingOutcome:
    """What is known of the meter, put together for the reply."""
    flags = tuple(reading.flags) if reading else tuple(check.flags) if check else ()
    usual = expected_use(facts, today, region.readings) if today else None
    direction: Literal["high", "low"] | None = None
    if check and "high_use" in check.flags:
        direction = "high"
    elif check and "low_use" in check.flags:
        direction = "low"
    return ReadingOutcome(
        kind=kind,
        sent_digits=sent,
        digits=str(value).zfill(facts.dials) if value is not None and kind != "wrong_digits" else None,
        account_number=meter.account_number,
        meter_number=meter.meter_number,
        service=facts.service,
        unit=_UNITS[meter.service],
        dials=facts.dials,
        taken_on=taken_on,
        use=check.use if check else None,
        usual=round(usual) if usual is not None else None,
        last_reading=str(facts.last_reading).zfill(facts.dials) if facts.last_reading is not None else None,
        last_reading_on=facts.last_reading_on,
        direction=direction,
        flags=flags,
        flagged=bool(set(flags) - set(HARMLESS)),
        corrected=corrected,
        reading_id=reading.id if reading else None,
    )


def cost_at_present(session: Session, region: Region, outcome: ReadingOutcome) -> Decimal | None:
    """Rand for the use; None when there is no use, no tariff, or a doubt about the use."""
    account = session.get(Account, outcome.account_number)
    if account is None or not outcome.use or outcome.taken_on is None or outcome.last_reading_on is None:
        return None
    if outcome.service is None or outcome.flagged:
        return None
    tariff = present_tariff(region.tariffs, outcome.service, account.municipality, outcome.taken_on)
    days = (outcome.taken_on - outcome.last_reading_on).days
    return cost_of(tariff, outcome.use, days) if tariff else None
