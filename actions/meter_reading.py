"""The form of meter readings: accounts or meters and their readings, in one message where it can be."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher

from actions import matters
from actions.forms import ValidateForm, problem
from actions.hearing import Hearing
from actions.reading_meters import hear_readings, meters_under_way
from actions.reading_slots import (
    NEW_METER,
    choices_of,
    item_of,
    numbers_in,
    put,
    take_answer,
    take_entities,
    take_readings,
    under_way,
)
from actions.store import region, transaction
from crm_store.domain.reading_messages import all_of_one_meter, says_the_same, speaks_of_new_meter
from crm_store.queries.meters import known_meters
from crm_store.services.account_links import is_linked
from crm_store.services.conversations import citizen_of
from crm_store.services.readings import local_day


class ValidateReadingForm(ValidateForm):
    """Reads accounts, meters and readings. After a doubt, the message is the answer to the doubt."""

    form = "reading_form"
    intent = "meter_reading"

    def other_matter(self, heard: Hearing, slots: dict[str, Any]) -> str | None:
        """'No water' without a place is offered after the reading; one word may be the service asked for."""
        return "complaint" if matters.is_report(heard) and len(heard.text.split()) > 1 else None

    def turns_to(self, heard: Hearing) -> str | None:
        """A complaint, too: it is logged, and the reading in it is offered (see `matters`)."""
        complains = (
            heard.intent == "complaint"
            or matters.reports_a_place(heard)
            or matters.is_of_a_broken_meter(heard)
        )
        return "complaint_form" if complains else super().turns_to(heard)

    def take_in(
        self, heard: Hearing, asked: str | None, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> str | None:
        """See ValidateForm."""
        doubt = slots["reading_again"]
        if asked is None and isinstance(doubt, dict):
            # action_record_reading came back with a question about this very message.
            slots["problem"], slots["reading_again"] = doubt if doubt["response"] else None, None
            slots["choices"] = doubt.get("choices") or slots["choices"]
            if doubt["ask"] == "own_meter" and not slots["choices"]:
                return "account_number"
            return str(doubt["ask"])
        if asked is None:
            return self._take_in_first(heard, slots)
        if asked == "reading_again":
            return self._take_in_again(heard, slots)
        if asked == "same_reading" and heard.intent in ("affirm", "deny"):
            if heard.intent == "deny":
                return "reading"
            slots["reading"] = slots["choices"][0]
            return None
        if asked == "own_meter" and heard.choice:
            slots["account_number"], slots["meter_number"], slots["service"], *of = heard.choice.split("/")
            slots["register"] = of[0] if of else None
        elif asked in ("own_meter", "account_number"):
            take_answer(heard, slots)
        elif not take_readings(heard, slots):
            take_entities(heard, slots)
        if asked == "register" and not slots["register"]:
            slots["problem"] = problem("which_register", meter_number=slots["meter_number"])
            return "register"
        same = bool(slots["same_reading"]) or says_the_same(heard.text)
        if not slots["account_number"] and not slots["meter_number"]:
            if asked == "own_meter" and slots["choices"] and not numbers_in(heard):
                slots["problem"], slots["same_reading"] = problem("words"), same or None
                return "own_meter"
            slots["problem"] = problem("account_format", account_example=region().account_format.example)
            slots["same_reading"] = same or None
            return "account_number"
        if slots["reading"]:
            return None
        if same:
            return _ask_same(heard, slots)
        no_digits = problem("reading_format") if asked == "reading" and not numbers_in(heard) else None
        return _ask_reading(heard, slots, slots["problem"] or no_digits)

    def _take_in_first(self, heard: Hearing, slots: dict[str, Any]) -> str | None:
        with transaction() as session:
            message, meters = hear_readings(session, heard)
            first, own = message.sent[0], [one for one in meters if one.own]
        put(slots, first)
        slots["more_readings"] = [item_of(one) for one in message.sent[1:]] or None
        if not (first.account_number or first.meter_number):
            slots["choices"] = choices_of(own, first.service)
            slots["same_reading"] = message.same_as_last or None
            return "own_meter" if slots["choices"] else "account_number"
        if first.digits:
            return None
        if message.same_as_last:
            return _ask_same(heard, slots)
        return _ask_reading(heard, slots, slots["problem"])

    def _take_in_again(self, heard: Hearing, slots: dict[str, Any]) -> str | None:
        """'Is it right?': yes, a new meter, or other digits."""
        if speaks_of_new_meter(heard.text):
            slots["reading_again"] = NEW_METER
            return None
        if heard.entity("reading") or not numbers_in(heard) <= under_way(slots):
            if not take_readings(heard, slots):
                take_entities(heard, slots)
            return None if slots["reading"] else "reading"
        if heard.intent == "affirm":
            return None
        slots["reading"] = None  # doubted, and not confirmed
        if heard.intent != "deny":
            slots["problem"] = problem("reading_format")
        return "reading"


def _ask_same(heard: Hearing, slots: dict[str, Any]) -> str:
    """'The same as last month': the question whether the last reading is meant, with that reading kept.

    Who may not hear the last reading, or has none, is asked for the digits.
    """
    slots["same_reading"] = None
    numbers = [slots[name] for name in ("account_number", "meter_number") if slots[name]]
    with transaction() as session:
        citizen = citizen_of(session, heard.conversation_id)
        known = known_meters(session, numbers, citizen, local_day(region(), heard.now))
        meant = [
            one
            for one in known
            if slots["account_number"] in (None, one.account_number)
            and slots["meter_number"] in (None, one.meter_number)
            and slots["service"] in (None, one.facts.service)
        ]
        if len(meant) == 1 and is_linked(session, citizen, meant[0].account_number):
            facts = meant[0].facts
            if facts.last_reading is not None:
                slots["meter_number"] = meant[0].meter_number
                slots["choices"] = [str(facts.last_reading).zfill(facts.dials)]
                return "same_reading"
    return _ask_reading(heard, slots, problem("digits_please"))


def _ask_reading(heard: Hearing, slots: dict[str, Any], why: dict[str, Any] | None) -> str:
    """The question what the meter shows; of one with several registers all that it shows."""
    with transaction() as session:
        meters = meters_under_way(session, heard, slots)
    if len(meters) > 1 and all_of_one_meter(meters) and not slots["register"]:
        why = problem("registers", registers=[one.register for one in meters])
    slots["problem"] = why
    return "reading"
