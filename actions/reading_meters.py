"""The readings that a message brings, and the meters that it may be about, from the case store."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from actions.hearing import Hearing
from actions.store import region
from crm_store.domain.reading_groups import KnownMeter, Mention
from crm_store.domain.reading_messages import ReadingMessage, read_message
from crm_store.queries.meters import known_meters
from crm_store.services.conversations import citizen_of
from crm_store.services.readings import local_day

KINDS = ("account_number", "meter_number", "reading", "service")


def hear_readings(
    session: Session, heard: Hearing, asked_of: tuple[str | None, str | None] = (None, None)
) -> tuple[ReadingMessage, list[KnownMeter]]:
    """The readings that the message brings, and the meters it may be about.

    `asked_of`: the account and the meter of which something was asked.
    """
    mentions = [
        Mention(str(one["entity"]), str(one["value"]), int(one["start"]), int(one["end"]))
        for one in heard.entities
        if one["entity"] in KINDS
    ]
    day = local_day(region(), heard.now)
    numbers = [one.value for one in mentions if one.kind in ("account_number", "meter_number")]
    numbers += [number for number in asked_of if number]
    meters = known_meters(session, numbers, citizen_of(session, heard.conversation_id), day)
    return read_message(heard.text, mentions, meters, day, region().readings, asked_of), meters


def meters_under_way(session: Session, heard: Hearing, slots: dict[str, Any]) -> list[KnownMeter]:
    """The meters that the reading under way may be of, a register each; none while no account is known."""
    numbers = [slots[name] for name in ("account_number", "meter_number") if slots[name]]
    if not numbers:
        return []
    return [
        one
        for one in known_meters(session, numbers, None, local_day(region(), heard.now))
        if slots["account_number"] in (None, one.account_number, one.meter_number)
        and slots["meter_number"] in (None, one.account_number, one.meter_number)
        and slots["service"] in (None, one.facts.service)
    ]
