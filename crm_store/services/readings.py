"""Meter readings: taken, asked back once when they look wrong, corrected until midnight."""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.readings import HARMLESS, MeterFacts, ReadingCheck, check_reading
from crm_store.domain.region import Region, Service
from crm_store.services.accounts import use_account
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.services.reading_senders import flags_of_sender
from crm_store.tables import Account, Address, Conversation, Event, Meter, Reading, new_id
from crm_store.tables.readings import CURRENT

OutcomeKind = Literal[
    "taken", "unknown_account", "which_meter", "wrong_digits", "below_last", "implausible", "repeated"
]

#: How long a doubt is remembered: the same value sent within this time is meant.
_DOUBT_LASTS = timedelta(days=3)
_UNITS = {"water": "kl", "electricity": "kWh"}
_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True, kw_only=True)
class ReadingOutcome:
    """What became of a reading, and what a reply says about it.

    `digits` has the dial's leading zeros, `sent_digits` is as written. `usual` is what the account's average
    makes of the time since the last reading, `direction` tells which side of it an implausible use is.
    `flagged`: a person will look at it. `corrected`: it replaced one of the same day.
    """

    kind: OutcomeKind
    sent_digits: str
    digits: str | None = None
    account_number: str | None = None
    meter_number: str | None = None
    service: str | None = None
    unit: str | None = None
    dials: int | None = None
    taken_on: date | None = None
    use: int | None = None
    usual: int | None = None
    last_reading: str | None = None
    direction: Literal["high", "low"] | None = None
    flags: tuple[str, ...] = ()
    flagged: bool = False
    corrected: bool = False
    reading_id: UUID | None = None


def record_reading(
    session: Session,
    region: Region,
    *,
    account_number: str | None,
    meter_number: str | None = None,
    digits: str,
    service: str | None = None,
    conversation_id: UUID | None = None,
    message_id: UUID | None = None,
    source_ordinal: int = 0,
    insists: bool = False,
    now: datetime,
) -> ReadingOutcome:
    """Take the reading of the account's meter, or say why not.

    A value that looks wrong ('below_last', 'implausible') is asked back once: the same value sent later
    (or with `insists`) is taken and flagged 'customer_insists'. Another reading of the same meter on the same
    local day replaces the first. Called again for the same message it returns what it returned.
    """
    sent = digits.strip()
    stored = _of_message(session, message_id, source_ordinal)
    if stored is not None:
        return _as_taken(session, region, stored)
    address = _address_of(session, conversation_id)
    meters = _meters(session, account_number, meter_number)
    if not meters:
        return ReadingOutcome(kind="unknown_account", sent_digits=sent, account_number=account_number)
    today = now.astimezone(ZoneInfo(region.timezone)).date()
    meter = _the_one(session, region, meters, meter_number, service, sent, today)
    if meter is None:
        return ReadingOutcome(kind="which_meter", sent_digits=sent, account_number=meters[0].account_number)
    meter = locked(session, Meter, meter.id)
    facts = _facts(session, meter, today)
    value = int(sent) if sent.isascii() and sent.isdecimal() else None
    of_today = _reading_of(session, meter, today)
    if of_today is not None and of_today.value == value:
        return _outcome("repeated", meter, facts, sent, value, taken_on=today)
    if value is not None:
        insists = insists or _was_asked_back(session, meter, value, message_id, now)
    check = check_reading(sent, facts, today, region.readings, insists)
    if check.kind == "repeated":
        return _outcome("repeated", meter, facts, sent, value, taken_on=facts.last_reading_on)
    if check.kind in ("below_last", "implausible"):
        _remember_doubt(session, meter, check, sent, message_id, now, address)
    if check.kind != "taken":
        return _outcome(check.kind, meter, facts, sent, value, check=check, today=today)
    flags: list[str] = list(check.flags)
    if address is not None:
        flags += flags_of_sender(session, region, address.citizen_id, meter.account_number, today)
    reading = Reading(
        id=new_id(),
        meter_id=meter.id,
        account_number=meter.account_number,
        value=check.value,
        digits=sent,
        taken_at=now,
        taken_on=today,
        state="flagged" if flags else "accepted",
        flags=flags,
        channel=address.channel if address else None,
        citizen_id=address.citizen_id if address else None,
        source_message_id=message_id,
        source_ordinal=source_ordinal,
    )
    _replace(session, of_today, reading)
    if address is not None:
        use_account(session, address.citizen_id, meter.account_number, now)
    record_event(
        session,
        "reading",
        reading.id,
        "reading_taken",
        actor="citizen" if address else "system",
        before={"reading": of_today.digits, "id": of_today.id} if of_today else None,
        after={
            "meter_id": meter.id,
            "account_number": meter.account_number,
            "meter_number": meter.meter_number,
            "digits": sent,
            "state": reading.state,
            "flags": reading.flags,
        },
        at=now,
    )
    return _outcome(
        "taken",
        meter,
        facts,
        sent,
        value,
        check=check,
        today=today,
        taken_on=today,
        reading=reading,
        corrected=of_today is not None,
    )


def _of_message(session: Session, message_id: UUID | None, ordinal: int) -> Reading | None:
    if message_id is None:
        return None
    return session.scalar(
        select(Reading).where(Reading.source_message_id == message_id, Reading.source_ordinal == ordinal)
    )


def _as_taken(session: Session, region: Region, reading: Reading) -> ReadingOutcome:
    """The outcome of a reading that is stored already, as it was when it was taken."""
    meter = session.get_one(Meter, reading.meter_id)
    facts = _facts(session, meter, reading.taken_on)
    check = check_reading(reading.digits, facts, reading.taken_on, region.readings, insists=True)
    replaced = session.scalar(select(Reading.id).where(Reading.replaced_by == reading.id))
    return _outcome(
        "taken",
        meter,
        facts,
        reading.digits,
        reading.value,
        check=check,
        today=reading.taken_on,
        taken_on=reading.taken_on,
        reading=reading,
        corrected=replaced is not None,
    )


def _address_of(session: Session, conversation_id: UUID | None) -> Address | None:
    conversation = session.get(Conversation, conversation_id) if conversation_id else None
    return session.get_one(Address, conversation.address_id) if conversation else None


def _meters(session: Session, account_number: str | None, meter_number: str | None) -> list[Meter]:
    """The meters in use of the account; by meter number alone only when that names a single account."""
    query = (
        select(Meter)
        .join(Account, Account.account_number == Meter.account_number)
        .where(Meter.removed_at.is_(None), Account.closed_at.is_(None))
        .order_by(Meter.service, Meter.meter_number)
    )
    if account_number:
        return list(session.scalars(query.where(Meter.account_number == _compact(account_number))))
    if not meter_number:
        return []
    found = list(session.scalars(query.where(Meter.meter_number == _compact(meter_number))))
    return found if len({meter.account_number for meter in found}) == 1 else []


def _compact(number: str) -> str:
    return re.sub(r"[\s\-/]", "", number).upper()


def _the_one(
    session: Session,
    region: Region,
    meters: list[Meter],
    meter_number: str | None,
    service: str | None,
    digits: str,
    today: date,
) -> Meter | None:
    """The meter that is meant: as named, by service, the only one, or the only one that the reading fits."""
    if meter_number:
        named = [meter for meter in meters if meter.meter_number == _compact(meter_number)]
        return named[0] if named else None
    if service:
        meters = [meter for meter in meters if meter.service == service] or meters
    if len(meters) == 1:
        return meters[0]
    fitting = []
    for meter in meters:
        facts = _facts(session, meter, today)
        check = check_reading(digits, facts, today, region.readings)
        # A meter without a last reading fits every reading, and so decides nothing.
        if facts.last_reading is None or check.kind in ("taken", "repeated"):
            fitting.append(meter)
    return fitting[0] if len(fitting) == 1 else None


def _facts(session: Session, meter: Meter, before: date) -> MeterFacts:
    """What was known of the meter before the day: a correction is compared with what the first was."""
    last, last_on = meter.last_reading, meter.last_reading_on
    newest = session.scalar(
        select(Reading)
        .where(Reading.meter_id == meter.id, Reading.state.in_(CURRENT), Reading.taken_on < before)
        .order_by(Reading.taken_on.desc())
        .limit(1)
    )
    if newest is not None and (last_on is None or newest.taken_on >= last_on):
        last, last_on = newest.value, newest.taken_on
    account = session.get_one(Account, meter.account_number)
    return MeterFacts(
        service=cast(Service, meter.service),
        dials=meter.dials,
        last_reading=last,
        last_reading_on=last_on,
        average_per_month=float(meter.average_per_month) if meter.average_per_month is not None else None,
        read_day=account.read_day,
    )


def _reading_of(session: Session, meter: Meter, day: date) -> Reading | None:
    return session.scalar(
        select(Reading).where(
            Reading.meter_id == meter.id, Reading.taken_on == day, Reading.state.in_(CURRENT)
        )
    )


def _replace(session: Session, old: Reading | None, new: Reading) -> None:
    if old is not None:
        old.state = "superseded"
        session.flush()  # at no moment may a meter have two current readings of one day
    session.add(new)
    session.flush()
    if old is not None:
        old.replaced_by = new.id


def _was_asked_back(
    session: Session, meter: Meter, value: int, message_id: UUID | None, now: datetime
) -> bool:
    """True when an earlier message sent this very value and that was the last doubt about this meter."""
    last = session.scalar(
        select(Event)
        .where(
            Event.subject_type == "reading",
            Event.subject_id == str(meter.id),
            Event.kind == "asked_back",
            Event.at > now - _DOUBT_LASTS,
        )
        .order_by(Event.id.desc())
        .limit(1)
    )
    if last is None or last.after is None or last.after["value"] != value:
        return False
    return last.after["message_id"] is None or last.after["message_id"] != str(message_id)


def _remember_doubt(
    session: Session,
    meter: Meter,
    check: ReadingCheck,
    digits: str,
    message_id: UUID | None,
    now: datetime,
    address: Address | None,
) -> None:
    after: dict[str, Any] = {
        "value": check.value,
        "digits": digits,
        "why": check.kind,
        "flags": list(check.flags),
        "message_id": message_id,
    }
    actor = "citizen" if address else "system"
    record_event(session, "reading", meter.id, "asked_back", actor=actor, after=after, at=now)


def _outcome(
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
    flags = tuple(reading.flags) if reading else tuple(check.flags) if check else ()
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
        service=meter.service,
        unit=_UNITS[meter.service],
        dials=facts.dials,
        taken_on=taken_on,
        use=check.use if check else None,
        usual=_usual(facts, today) if today else None,
        last_reading=str(facts.last_reading).zfill(facts.dials) if facts.last_reading is not None else None,
        direction=direction,
        flags=flags,
        flagged=bool(set(flags) - set(HARMLESS)),
        corrected=corrected,
        reading_id=reading.id if reading else None,
    )


def _usual(facts: MeterFacts, today: date) -> int | None:
    if not facts.average_per_month or facts.last_reading_on is None:
        return None
    return round(facts.average_per_month * max((today - facts.last_reading_on).days / _MONTH_DAYS, 0.5))
