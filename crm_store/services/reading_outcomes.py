"""What became of a reading, and what a reply says about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, cast
from uuid import UUID

from crm_store.domain.readings import HARMLESS, MeterFacts, ReadingCheck, expected_use
from crm_store.domain.region import Region, Service
from crm_store.domain.tariffs import cost_of, present_tariff
from crm_store.queries.meters import compact
from crm_store.tables import Meter, Reading

OutcomeKind = Literal[
    "taken",
    "unknown_account",
    "which_meter",
    "which_register",
    "wrong_digits",
    "below_last",
    "implausible",
    "repeated",
]

_UNITS = {"water": "kl", "electricity": "kWh"}


@dataclass(frozen=True, kw_only=True)
class ReadingOutcome:
    """What became of a reading, and what a reply says about it.

    `digits` has the dial's leading zeros, `sent_digits` is as written. `usual` is what the account's average
    makes of the time since the last reading, `direction` tells which side of it an implausible use is.
    `flagged`: a person will look at it. `corrected`: it replaced the sender's own of the same day. `linked`:
    what is private of the account (use, cost, last reading) may be told; `cost` is rand at the present
    tariff. `registers`: those that may be meant ('which_register'), or that are still to be read ('taken').
    """

    kind: OutcomeKind
    sent_digits: str
    digits: str | None = None
    account_number: str | None = None
    municipality: str | None = None
    meter_number: str | None = None
    register: str = ""
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
    registers: tuple[str, ...] = ()
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
    registers: Sequence[str] = (),
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
        municipality=facts.municipality,
        meter_number=meter.meter_number,
        register=meter.register,
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
        registers=tuple(registers),
        flagged=bool(set(flags) - set(HARMLESS)),
        corrected=corrected,
        reading_id=reading.id if reading else None,
    )


def which_of(
    meters: Sequence[Meter], meter_number: str | None, service: str | None, sent: str
) -> ReadingOutcome:
    """Nothing tells which of the account's meters is meant, or which register of the one that is; digits that
    are too many for all of them are too many whichever it is.
    """
    number = compact(meter_number) if meter_number else None
    left = [
        meter
        for meter in meters
        if number in (None, meter.account_number, meter.meter_number) and service in (None, meter.service)
    ]
    one_meter = len({meter.meter_number for meter in left}) == 1
    if left and len(sent) > max(meter.dials for meter in left):
        return ReadingOutcome(
            kind="wrong_digits",
            sent_digits=sent,
            account_number=left[0].account_number,
            meter_number=left[0].meter_number if one_meter else None,
            dials=max(meter.dials for meter in left),
        )
    if len(left) > 1 and one_meter:
        return ReadingOutcome(
            kind="which_register",
            sent_digits=sent,
            account_number=left[0].account_number,
            meter_number=left[0].meter_number,
            service=cast(Service, left[0].service),
            registers=tuple(meter.register for meter in left),
        )
    return ReadingOutcome(
        kind="which_meter",
        sent_digits=sent,
        account_number=meters[0].account_number,
        services=tuple(sorted({meter.service for meter in meters})),
    )


def cost_at_present(region: Region, outcome: ReadingOutcome) -> Decimal | None:
    """Rand for the use; None when there is no use, no tariff for it, or a doubt about the use."""
    if not outcome.use or outcome.taken_on is None or outcome.last_reading_on is None:
        return None
    if outcome.service is None or outcome.municipality is None or outcome.flagged:
        return None
    tariff = present_tariff(
        region.tariffs, outcome.service, outcome.municipality, outcome.taken_on, outcome.register
    )
    days = (outcome.taken_on - outcome.last_reading_on).days
    return cost_of(tariff, outcome.use, days, outcome.register) if tariff else None
