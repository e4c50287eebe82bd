"""Meter readings: taken, asked back once when they look wrong, corrected until midnight."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from crm_store.domain.readings import ReadingCheck, check_reading
from crm_store.domain.region import Region
from crm_store.domain.registers import by_register
from crm_store.queries.meters import compact, meter_facts, meters_named, registers_without_reading
from crm_store.services.account_links import is_linked
from crm_store.services.accounts import use_account
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.services.reading_outcomes import ReadingOutcome, cost_at_present, outcome_of, which_of
from crm_store.services.reading_review import tell_sender
from crm_store.services.reading_senders import flags_of_sender
from crm_store.tables import Account, Address, Conversation, Event, Meter, Reading, new_id
from crm_store.tables.base import words
from crm_store.tables.readings import CURRENT

#: How long a doubt is remembered: the same value sent within this time is meant.
_DOUBT_LASTS = timedelta(days=3)
# Made once: they run for every reading, and SQLAlchemy takes longer to make them than to run them.
_ADDRESS_OF = (
    select(Address)
    .join(Conversation, Conversation.address_id == Address.id)
    .where(Conversation.id == bindparam("conversation_id"))
)
_OF_MESSAGE = select(Reading).where(
    Reading.source_message_id == bindparam("message_id"), Reading.source_ordinal == bindparam("ordinal")
)
_OF_DAY = select(Reading).where(
    Reading.meter_id == bindparam("meter_id"),
    Reading.taken_on == bindparam("day"),
    Reading.state.in_(words(*CURRENT)),
)


def record_reading(
    session: Session,
    region: Region,
    *,
    account_number: str | None,
    meter_number: str | None = None,
    digits: str,
    service: str | None = None,
    register: str | None = None,
    conversation_id: UUID | None = None,
    message_id: UUID | None = None,
    source_ordinal: int = 0,
    insists: bool = False,
    now: datetime,
    actor: str | None = None,
) -> ReadingOutcome:
    """Take the reading of the account's meter, or of one `register` of it, or say why not.

    A value that looks wrong ('below_last', 'implausible') is asked back once: the same value sent later
    (or with `insists`) is taken and flagged 'customer_insists'. Another reading of the same meter on the same
    local day replaces the first; when that one came from another phone, its sender is told, and unless the
    account is the new sender's own a person compares the two. Called again for the same message it returns
    what it returned.
    `actor`: who entered it, when it was nobody's message.
    """
    address = _address_of(session, conversation_id)
    outcome = _record(
        session,
        region,
        account_number=account_number,
        meter_number=meter_number,
        digits=digits.strip(),
        service=service,
        register=register,
        address=address,
        message_id=message_id,
        source_ordinal=source_ordinal,
        insists=insists,
        now=now,
        actor=actor or ("citizen" if conversation_id else "system"),
    )
    if outcome.account_number is None or address is None:
        return outcome
    linked = is_linked(session, address.citizen_id, outcome.account_number)
    return replace(outcome, linked=linked, cost=cost_at_present(region, outcome))


def _record(
    session: Session,
    region: Region,
    *,
    account_number: str | None,
    meter_number: str | None,
    digits: str,
    service: str | None,
    register: str | None,
    address: Address | None,
    message_id: UUID | None,
    source_ordinal: int,
    insists: bool,
    now: datetime,
    actor: str,
) -> ReadingOutcome:
    sent = digits
    stored = _of_message(session, message_id, source_ordinal)
    if stored is not None:
        return outcome_of_stored(session, region, stored)
    named = meters_named(session, account_number, meter_number)
    if not named:
        return ReadingOutcome(kind="unknown_account", sent_digits=sent, account_number=account_number)
    today = local_day(region, now)
    meters, account = [meter for meter, _ in named], named[0][1]
    meter = _the_one(
        session, region, meters, account, meter_number, service, register, sent, message_id, today
    )
    if meter is None:
        return which_of(meters, meter_number, service, sent)
    meter = locked(session, Meter, meter.id)
    facts = meter_facts(session, meter, account, today)
    value = int(sent) if sent.isascii() and sent.isdecimal() else None
    of_today = _reading_of(session, meter, today)
    if of_today is not None and of_today.value == value:
        return outcome_of(region, "repeated", meter, facts, sent, value, taken_on=today)
    check = check_reading(sent, facts, today, region.readings, insists)
    if check.kind == "repeated":
        return outcome_of(region, "repeated", meter, facts, sent, value, taken_on=facts.last_reading_on)
    if check.kind in ("below_last", "implausible"):
        if value is not None and _was_asked_back(session, meter, value, message_id, now):
            check = check_reading(sent, facts, today, region.readings, insists=True)
        else:
            _remember_doubt(session, meter, check, sent, message_id, now, actor)
    if check.kind != "taken":
        return outcome_of(region, check.kind, meter, facts, sent, value, check=check, today=today)
    flags: list[str] = list(check.flags)
    if address is not None:
        flags += flags_of_sender(session, region, address.citizen_id, meter.account_number, today)
    others = _is_anothers(of_today, address.citizen_id if address else None)
    if others and address is not None and not is_linked(session, address.citizen_id, meter.account_number):
        flags.append("other_phone")
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
    if of_today is not None and others:
        tell_sender(session, region, of_today, "reading_replaced", now)
    if address is not None:
        use_account(session, address.citizen_id, meter.account_number, now)
    record_event(
        session,
        "reading",
        reading.id,
        "reading_taken",
        actor=actor,
        before={"reading": of_today.digits, "id": of_today.id} if of_today else None,
        after={
            "meter_id": meter.id,
            "account_number": meter.account_number,
            "meter_number": meter.meter_number,
            **({"register": meter.register} if meter.register else {}),
            "digits": sent,
            "state": reading.state,
            "flags": reading.flags,
        },
        at=now,
    )
    return outcome_of(
        region,
        "taken",
        meter,
        facts,
        sent,
        value,
        check=check,
        today=today,
        taken_on=today,
        reading=reading,
        corrected=of_today is not None and not others,
        registers=registers_without_reading(session, meter, today),
    )


def local_day(region: Region, now: datetime) -> date:
    """The day on which a reading counts: it can be corrected until that day's midnight."""
    return now.astimezone(ZoneInfo(region.timezone)).date()


def _of_message(session: Session, message_id: UUID | None, ordinal: int) -> Reading | None:
    if message_id is None:
        return None
    return session.scalar(_OF_MESSAGE, {"message_id": message_id, "ordinal": ordinal})


def outcome_of_stored(session: Session, region: Region, reading: Reading) -> ReadingOutcome:
    """The outcome of a reading that is stored already, as it was when it was taken."""
    meter = session.get_one(Meter, reading.meter_id)
    account = session.get_one(Account, meter.account_number)
    facts = meter_facts(session, meter, account, reading.taken_on)
    check = check_reading(reading.digits, facts, reading.taken_on, region.readings, insists=True)
    replaced = session.scalar(select(Reading).where(Reading.replaced_by == reading.id))
    return outcome_of(
        region,
        "taken",
        meter,
        facts,
        reading.digits,
        reading.value,
        check=check,
        today=reading.taken_on,
        taken_on=reading.taken_on,
        reading=reading,
        corrected=replaced is not None and not _is_anothers(replaced, reading.citizen_id),
        registers=registers_without_reading(session, meter, reading.taken_on),
    )


def _address_of(session: Session, conversation_id: UUID | None) -> Address | None:
    if conversation_id is None:
        return None
    return session.scalar(_ADDRESS_OF, {"conversation_id": conversation_id})


def _the_one(
    session: Session,
    region: Region,
    meters: list[Meter],
    account: Account,
    meter_number: str | None,
    service: str | None,
    register: str | None,
    digits: str,
    message_id: UUID | None,
    today: date,
) -> Meter | None:
    """The meter that is meant: as named, by service and register, or the only one that the reading fits."""
    if meter_number:
        named = [meter for meter in meters if meter.meter_number == compact(meter_number)]
        if not named and meters[0].account_number != compact(meter_number):  # else it was an account's
            return None
        meters = named or meters
    if service:
        meters = [meter for meter in meters if meter.service == service] or meters
    meters = _of_register(session, meters, register, message_id)
    if len(meters) == 1:
        return meters[0]
    fitting = []
    for meter in meters:
        facts = meter_facts(session, meter, account, today)
        check = check_reading(digits, facts, today, region.readings)
        # A meter without a last reading fits every reading, and so decides nothing.
        if facts.last_reading is None or check.kind in ("taken", "repeated"):
            fitting.append(meter)
    return fitting[0] if len(fitting) == 1 else None


def _of_register(
    session: Session, meters: list[Meter], register: str | None, message_id: UUID | None
) -> list[Meter]:
    """Those of the register that was said; of several, not those whose reading the message has brought."""
    if register:
        meters = by_register(register, meters) or meters
    if message_id is None or len(meters) == 1 or not any(meter.register for meter in meters):
        return meters
    brought = set(session.scalars(select(Reading.meter_id).where(Reading.source_message_id == message_id)))
    return [meter for meter in meters if not meter.register or meter.id not in brought] or meters


def _reading_of(session: Session, meter: Meter, day: date) -> Reading | None:
    return session.scalar(_OF_DAY, {"meter_id": meter.id, "day": day})


def _is_anothers(reading: Reading | None, citizen_id: UUID | None) -> bool:
    """Sent by a person, and by another than this one."""
    return reading is not None and citizen_id is not None and reading.citizen_id not in (None, citizen_id)


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
    actor: str,
) -> None:
    after: dict[str, Any] = {
        "value": check.value,
        "digits": digits,
        "why": check.kind,
        "flags": list(check.flags),
        "message_id": message_id,
    }
    record_event(session, "reading", meter.id, "asked_back", actor=actor, after=after, at=now)
