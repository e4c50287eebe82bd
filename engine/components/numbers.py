"""Adds the entities with digits: phone, reference, amount, month, account_number, meter_number, reading."""

from __future__ import annotations

import re
from datetime import date, datetime, timezone
from typing import Any, Collection, Dict, List, Text
from zoneinfo import ZoneInfo

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin

from engine.components.amounts import amounts_in
from engine.components.bare_amounts import speaks_of_money
from engine.components.entities import Extractor, Found
from engine.components.meter_codes import meter_codes_in
from engine.components.meter_cues import BEFORE_METER, BEFORE_METER_NUMBER, speaks_of_meters
from engine.components.meters import numbers_in
from engine.components.months import months_in
from engine.components.phones import phones_in
from engine.components.references import references_in
from engine.components.spelled import Spelled, counts_in, digits_in, of_money, sums_in

SENDS_READING = "meter_reading"  # the class
DIGIT = re.compile(r"\d")
LOCAL_TIME = ZoneInfo("Africa/Johannesburg")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class NumberReader(Extractor, EntityExtractorMixin, GraphComponent):
    """Reads numbers by rules; see `find_numbers`."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    def find(self, text: str, metadata: Dict[str, Any]) -> List[Found]:
        known = metadata.get("known_accounts") or ()
        return find_numbers(text, today_here(), known, metadata.get("message_class") == SENDS_READING)


def today_here() -> date:
    """Today, where the people are: a month ends two hours earlier there than in UTC."""
    return datetime.now(timezone.utc).astimezone(LOCAL_TIME).date()


def find_numbers(
    text: str, today: date, known_accounts: Collection[str] = (), sends_reading: bool = False
) -> List[Found]:
    """Every number in `text` that means something, in the order of the text.

    `sends_reading`: that is what the message as a whole was understood to do ('I make it 8120').

    What is surest goes first and takes its digits: money by its R, references by their letters, months by
    their names, phones by their form (unless the sender is known by that account); the rest by form and the
    words around it.
    """
    found: List[Found] = []

    def add(entity: str, value: str, start: int, end: int) -> None:
        if all(end <= other.start or start >= other.end for other in found):
            found.append(Found(entity, value, start, end))

    in_figures = bool(DIGIT.search(text))  # most messages have none, and then little is to be looked for
    # Numbers in words are readings where meters are spoken of and no money is; else sums, surest first.
    in_money = not sends_reading and speaks_of_money(text)
    counts = counts_in(text)
    if not in_money and (sends_reading or speaks_of_meters(text)):
        for count in counts:
            if not of_money(text, count.start, count.end):
                add("reading", count.value, count.start, count.end)
    for amount in [*(amounts_in(text, sends_reading) if in_figures else ()), *sums_in(text)]:
        add("amount", amount.value, amount.start, amount.end)
    for count in counts:
        if in_money or of_money(text, count.start, count.end):
            add("amount", f"{count.value}.00", count.start, count.end)
    for reference in references_in(text) if in_figures else ():
        add("reference", reference.value, reference.start, reference.end)
    for month in months_in(text, today):
        add("month", month.value, month.start, month.end)
    for phone in phones_in(text) if in_figures else ():
        before = text[: phone.start]
        of_a_meter = BEFORE_METER.search(before) or BEFORE_METER_NUMBER.search(before)
        known = any(account in text[phone.start : phone.end] for account in known_accounts)
        if not known and not of_a_meter:
            add("phone", phone.value, phone.start, phone.end)
    for said in digits_in(text):
        for one in _said_in_words(text, said, today, known_accounts, sends_reading):
            add(one.entity, one.value, one.start, one.end)
    if in_figures:
        for code in meter_codes_in(text, sends_reading):
            add("meter_number", code.value, code.start, code.end)
        taken = [(one.start, one.end) for one in found]
        for number in numbers_in(text, taken, known_accounts, sends_reading):
            add(number.kind, number.value, number.start, number.end)
    return sorted(found, key=lambda one: one.start)


def _said_in_words(
    text: str, said: Spelled, today: date, known_accounts: Collection[str], sends_reading: bool
) -> List[Found]:
    """What digits in words are: what they would be in figures, in the same place."""
    written = f"{text[: said.start]}{said.value}{text[said.end :]}"
    end = said.start + len(said.value)
    return [
        Found(found.entity, found.value, said.start, said.end)
        for found in find_numbers(written, today, known_accounts, sends_reading)
        if found.start < end and said.start < found.end
    ]
