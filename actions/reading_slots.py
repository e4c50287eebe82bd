"""What a message says of readings, put into the slots of the reading form."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions.hearing import Hearing
from actions.reading_meters import hear_readings, meters_under_way
from actions.reading_words import which_of_two
from actions.store import transaction
from crm_store.domain.reading_groups import KnownMeter
from crm_store.domain.reading_messages import SentReading, all_of_one_meter
from crm_store.domain.registers import register_said

#: One reading of several is told by these slots.
ITEM = ("account_number", "meter_number", "service", "register", "reading")
OWN_METER = "own"
# A person of many meters names the one that is meant.
MOST_CHOICES = 6
#: What `reading_again` holds when the dials are of a meter that we do not know.
NEW_METER = "new meter"


def take_entities(heard: Hearing, slots: dict[str, Any]) -> None:
    """The numbers and words that the engine found, as they are."""
    for name in ITEM:
        slots[name] = heard.entity(name) or slots[name]


def take_answer(heard: Hearing, slots: dict[str, Any]) -> None:
    """'Of which meter?': a number, 'the water one', or a reading with its service ('water 02215')."""
    with transaction() as session:
        message, _ = hear_readings(session, heard)
    put(slots, message.sent[0])
    account, meter = slots["account_number"], slots["meter_number"]
    more = [*(item_of(one) for one in message.sent[1:]), *(slots["more_readings"] or [])]
    # What was sent beside it without an account is of this one too.
    slots["more_readings"] = [
        one
        if one["account_number"] or one["meter_number"]
        else {**one, "account_number": account, "meter_number": None if account else meter}
        for one in more
    ] or None


def take_readings(heard: Hearing, slots: dict[str, Any]) -> bool:
    """An answer that says more than the digits asked for: registers, several readings, or another account.

    False: it is one reading of the ordinary meter in question, or says nothing of the registers.
    """
    another = not numbers_in(heard) <= under_way(slots)
    with transaction() as session:
        meters = meters_under_way(session, heard, slots)
        registers = [one for one in meters if one.register]
        several = sum(entity["entity"] == "reading" for entity in heard.entities) > 1
        if not meters or not (registers or several or another):
            return False
        services = {entity["value"] for entity in heard.entities if entity["entity"] == "service"}
        of_it = all_of_one_meter(meters) and services <= {meters[0].facts.service}
        meter = meters[0].meter_number if of_it else None
        message, _ = hear_readings(session, heard, (meters[0].account_number, meter))
    said = register_said(heard.text, registers)
    sent = [one for one in message.sent if one.digits or one.either or another]
    if not sent:
        slots["register"] = said or slots["register"]
        return said is not None
    if another and not {sent[0].account_number, sent[0].meter_number} & under_way(slots):
        slots.update(dict.fromkeys(ITEM))
    elif len(sent) == 1 and slots["register"] and not said:
        sent = [replace(sent[0], register=slots["register"])]
    put(slots, sent[0])
    if len(sent) > 1:
        others = [
            one for one in slots["more_readings"] or [] if meter is None or one["meter_number"] != meter
        ]
        slots["more_readings"] = [*(item_of(one) for one in sent[1:]), *others]
    return True


def numbers_in(heard: Hearing) -> set[str]:
    """The accounts and meters that the message names."""
    named = ("account_number", "meter_number")
    return {str(entity["value"]) for entity in heard.entities if entity["entity"] in named}


def under_way(slots: dict[str, Any]) -> set[str]:
    """The account and meter in question."""
    return {str(slots[name]) for name in ("account_number", "meter_number") if slots[name]}


def put(slots: dict[str, Any], sent: SentReading) -> None:
    """What the reading names is put over what was there; of two numbers for one meter one is asked for."""
    for name, value in item_of(sent).items():
        if name in slots:
            slots[name] = value or slots[name]
    if sent.either:
        slots["reading"], slots["problem"] = None, which_of_two(item_of(sent))


def item_of(sent: SentReading) -> dict[str, Any]:
    """The reading as slots hold it, and `more_readings` those behind it."""
    return {
        "account_number": sent.account_number,
        "meter_number": sent.meter_number,
        "service": sent.service,
        "register": sent.register,
        "reading": sent.digits,
        "either": list(sent.either),
    }


def choices_of(own: list[KnownMeter], service: str | None) -> list[str] | None:
    """The sender's own meters as choices; none when there are too many to choose from."""
    fitting = [one for one in own if service in (None, one.facts.service)]
    if not 1 < len(fitting) <= MOST_CHOICES:
        return None
    named = [(one.account_number, one.meter_number, one.facts.service, one.register) for one in fitting]
    return [f"{OWN_METER}:" + "/".join(filter(None, parts)) for parts in named]
