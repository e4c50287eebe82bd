"""Meter readings: accounts or meters and their readings, in one message where it can be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.forms import CompleteForm, ValidateForm, forget_matter, problem
from actions.hearing import Hearing
from actions.reading_meters import hear_readings, meters_under_way
from actions.reading_words import answer_to, doubt_of, which_of_two
from actions.store import case_values, region, transaction
from crm_store.domain.reading_groups import KnownMeter
from crm_store.domain.reading_messages import (
    SentReading,
    all_of_one_meter,
    drops_red_digits,
    says_the_same,
    speaks_of_new_meter,
)
from crm_store.domain.registers import register_said
from crm_store.queries.meters import known_meters
from crm_store.services.account_links import is_linked
from crm_store.services.cases import NewCase, open_case
from crm_store.services.conversations import citizen_of
from crm_store.services.reading_outcomes import ReadingOutcome
from crm_store.services.readings import local_day, record_reading

ITEM = ("account_number", "meter_number", "service", "register", "reading")
OWN_METER = "own"
# A person of many meters names the one that is meant.
MOST_CHOICES = 6
NEW_METER = "new meter"


class ValidateReadingForm(ValidateForm):
    """Reads accounts, meters and readings. After a doubt, the message is the answer to the doubt."""

    form = "reading_form"

    def turns_to(self, heard: Hearing) -> str | None:
        """A complaint, too: it is logged, and the reading in it is offered (see `matters`)."""
        return "complaint_form" if heard.intent == "complaint" else super().turns_to(heard)

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
            _take_answer(heard, slots)
        elif not _take_readings(heard, slots):
            _take_entities(heard, slots)
        if asked == "register" and not slots["register"]:
            slots["problem"] = problem("which_register", meter_number=slots["meter_number"])
            return "register"
        same = bool(slots["same_reading"]) or says_the_same(heard.text)
        if not slots["account_number"] and not slots["meter_number"]:
            if asked == "own_meter" and slots["choices"] and not _numbers_in(heard):
                slots["problem"], slots["same_reading"] = problem("words"), same or None
                return "own_meter"
            slots["problem"] = problem("account_format", account_example=region().account_format.example)
            slots["same_reading"] = same or None
            return "account_number"
        if slots["reading"]:
            return None
        if same:
            return _ask_same(heard, slots)
        no_digits = problem("reading_format") if asked == "reading" else None
        return _ask_reading(heard, slots, slots["problem"] or no_digits)

    def _take_in_first(self, heard: Hearing, slots: dict[str, Any]) -> str | None:
        with transaction() as session:
            message, meters = hear_readings(session, heard)
            first, own = message.sent[0], [one for one in meters if one.own]
        _put(slots, first)
        slots["more_readings"] = [_item(one) for one in message.sent[1:]] or None
        if not (first.account_number or first.meter_number):
            slots["choices"] = _choices(own, first.service)
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
        if heard.entity("reading") or not _numbers_in(heard) <= _under_way(slots):
            if not _take_readings(heard, slots):
                _take_entities(heard, slots)
            return None if slots["reading"] else "reading"
        if heard.intent == "affirm":
            return None
        if heard.intent != "deny":
            slots["problem"] = problem("reading_format")
        return "reading"


class ActionRecordReading(CompleteForm):
    """Records the readings of the message one by one, and asks back once about what looks wrong."""

    action = "action_record_reading"

    def complete(self, heard: Hearing, tracker: Tracker, dispatcher: CollectingDispatcher) -> list[EventType]:
        """Says what was taken and how to correct it; a doubt keeps what comes after it for later."""
        items: list[dict[str, Any]] = [
            {name: tracker.get_slot(name) for name in ITEM},
            *(tracker.get_slot("more_readings") or []),
        ]
        if tracker.get_slot("reading_again") == NEW_METER:
            return _open_new_meter(heard, items[0], dispatcher)
        taken: list[ReadingOutcome] = []
        with transaction() as session:
            for ordinal, item in enumerate(items):
                doubt, outcome = _record(session, heard, item, ordinal)
                if doubt is not None or outcome is None:
                    break
                taken.append(outcome)
        if taken:
            response, values = answer_to(taken, drops_red_digits(heard.text))
            dispatcher.utter_message(response=response, **values)
        if doubt is None:
            return forget_matter()
        kept = {name: item.get(name) for name in ITEM}
        if outcome is not None and (outcome.register or outcome.kind == "which_register"):
            kept.update(
                account_number=outcome.account_number,
                meter_number=outcome.meter_number,
                service=outcome.service,
                register=outcome.register or None,
            )
        if doubt["ask"] == "reading":
            kept["reading"] = None
        if doubt["ask"] == "account_number":
            kept.update(account_number=None, meter_number=None)
        if doubt["ask"] == "meter_number":
            kept["meter_number"] = None
        return [
            *forget_matter(keep=(*ITEM, "more_readings")),
            *(SlotSet(name, value) for name, value in kept.items()),
            SlotSet("more_readings", items[ordinal + 1 :] or None),
            SlotSet("reading_again", doubt),
            FollowupAction("reading_form"),
        ]


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


def _record(
    session: Session, heard: Hearing, item: dict[str, Any], ordinal: int
) -> tuple[dict[str, Any] | None, ReadingOutcome | None]:
    """The question that the item leaves open, or what became of it."""
    if not item["reading"]:
        return {**(which_of_two(item) or {"response": None}), "ask": "reading"}, None
    if not item["account_number"] and not item["meter_number"]:
        return {"response": None, "ask": "account_number"}, None
    outcome = record_reading(
        session,
        region(),
        account_number=item["account_number"],
        meter_number=item["meter_number"],
        digits=item["reading"],
        service=item["service"],
        register=item.get("register"),
        conversation_id=heard.conversation_id,
        message_id=heard.message_id,
        source_ordinal=ordinal,
        now=heard.now,
    )
    return doubt_of(outcome), outcome


def _open_new_meter(
    heard: Hearing, item: dict[str, Any], dispatcher: CollectingDispatcher
) -> list[EventType]:
    """The dials are of a meter that we do not know: a person enters it."""
    with transaction() as session:
        case = open_case(
            session,
            region(),
            NewCase(
                case_class="query",
                category="meter_reading",
                description=f"New meter. It shows {item['reading']}. {heard.text}",
                conversation_id=heard.conversation_id,
                source_message_id=heard.message_id,
                account_number=item["account_number"],
                meter_number=item["meter_number"],
                reading=item["reading"],
                language=heard.language,
                channel=heard.channel,
            ),
            heard.now,
        )
        values = case_values(case)
    dispatcher.utter_message(response="utter_reading_new_meter", **values)
    return forget_matter()


def _take_entities(heard: Hearing, slots: dict[str, Any]) -> None:
    for name in ITEM:
        slots[name] = heard.entity(name) or slots[name]


def _take_answer(heard: Hearing, slots: dict[str, Any]) -> None:
    """'Of which meter?': a number, 'the water one', or a reading with its service ('water 02215')."""
    with transaction() as session:
        message, _ = hear_readings(session, heard)
    _put(slots, message.sent[0])
    account, meter = slots["account_number"], slots["meter_number"]
    more = [*(_item(one) for one in message.sent[1:]), *(slots["more_readings"] or [])]
    # What was sent beside it without an account is of this one too.
    slots["more_readings"] = [
        one
        if one["account_number"] or one["meter_number"]
        else {**one, "account_number": account, "meter_number": None if account else meter}
        for one in more
    ] or None


def _take_readings(heard: Hearing, slots: dict[str, Any]) -> bool:
    """An answer that says more than the digits asked for: registers, several readings, or another account.

    False: it is one reading of the ordinary meter in question, or says nothing of the registers.
    """
    another = not _numbers_in(heard) <= _under_way(slots)
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
    if another and not {sent[0].account_number, sent[0].meter_number} & _under_way(slots):
        slots.update(dict.fromkeys(ITEM))
    elif len(sent) == 1 and slots["register"] and not said:
        sent = [replace(sent[0], register=slots["register"])]
    _put(slots, sent[0])
    if len(sent) > 1:
        others = [
            one for one in slots["more_readings"] or [] if meter is None or one["meter_number"] != meter
        ]
        slots["more_readings"] = [*(_item(one) for one in sent[1:]), *others]
    return True


def _numbers_in(heard: Hearing) -> set[str]:
    """The accounts and meters that the message names."""
    named = ("account_number", "meter_number")
    return {str(entity["value"]) for entity in heard.entities if entity["entity"] in named}


def _under_way(slots: dict[str, Any]) -> set[str]:
    """The account and meter in question."""
    return {str(slots[name]) for name in ("account_number", "meter_number") if slots[name]}


def _put(slots: dict[str, Any], sent: SentReading) -> None:
    for name, value in _item(sent).items():
        if name in slots:
            slots[name] = value or slots[name]
    if sent.either:
        slots["reading"], slots["problem"] = None, which_of_two(_item(sent))


def _item(sent: SentReading) -> dict[str, Any]:
    return {
        "account_number": sent.account_number,
        "meter_number": sent.meter_number,
        "service": sent.service,
        "register": sent.register,
        "reading": sent.digits,
        "either": list(sent.either),
    }


def _choices(own: list[KnownMeter], service: str | None) -> list[str] | None:
    """The sender's own meters as choices; none when there are too many to choose from."""
    fitting = [one for one in own if service in (None, one.facts.service)]
    if not 1 < len(fitting) <= MOST_CHOICES:
        return None
    named = [(one.account_number, one.meter_number, one.facts.service, one.register) for one in fitting]
    return [f"{OWN_METER}:" + "/".join(filter(None, parts)) for parts in named]
