"""Which matter a message brings, and what is done about it next: asked about, acted on, or kept for later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import emergencies
from actions.hearing import KEPT, Hearing
from actions.store import gazetteer, region
from crm_store.domain.decisions import begins, is_of_bills
from crm_store.domain.reading_messages import is_of_the_bill

SURE_OF_A_REPORT = 0.8
SURELY_BROKEN = 0.95
# What begins a matter of each class.
STEPS = {
    "complaint": "complaint_form",
    "dispute": "dispute_form",
    "meter_reading": "reading_form",
    "query": "action_answer_query",
    "compliment": "action_record_compliment",
    "status": "action_tell_status",
    "my_data": "action_log_my_data",
}
ALSO = "also"
_OF_AN_OFFER = frozenset({"account_number", "amount", "month", "location"})
# What a form that has to make way has gathered.
_GATHERED = ("account_number", "meter_number", "service", "reading", "amount", "month")
# Ends the turn behind an action that may have been called by another: no rule says what follows it there.
END_OF_TURN = FollowupAction("action_listen")


def go_on_with(kept: dict[str, Any], heard: Hearing, intent: str) -> list[EventType]:
    """Events that take up a kept message in this turn, as a matter of the class ``intent``."""
    now = {**kept, "turn": str(heard.message_id), "intent": intent}
    return [SlotSet(KEPT, now), FollowupAction(STEPS[intent])]


def take_up_offered(also: dict[str, Any], heard: Hearing) -> list[EventType]:
    """Events that take up the offered matter, with the numbers or place given beside or instead of a yes."""
    known = {entity["entity"] for entity in also["entities"]}
    said = [dict(e) for e in heard.entities if e["entity"] in _OF_AN_OFFER and e["entity"] not in known]
    offered = {**also, "entities": [*also["entities"], *said]}
    return [SlotSet(ALSO, None), *go_on_with(offered, heard, also["intent"])]


def wants_numbers(also: dict[str, Any]) -> bool:
    """Whether the offered matter is one that an account number or an amount belongs to."""
    category = region().categories.get(also["category"])
    return also["intent"] in ("dispute", "meter_reading") or (category is not None and is_of_bills(category))


def is_report(heard: Hearing) -> bool:
    """Whether the message surely is a trouble somewhere, however it would answer what was asked."""
    top, confidence = heard.ranking[0] if heard.ranking else ("", 0.0)
    category = region().categories.get(heard.likely_category or "")
    return bool(top == "complaint" and confidence >= SURE_OF_A_REPORT and category and category.needs_place)


def reports_a_place(heard: Hearing) -> bool:
    """Whether it surely is a trouble at a place that it names."""
    return is_report(heard) and heard.entity("location") is not None


def is_of_a_broken_meter(heard: Hearing) -> bool:
    """'The meter is broken', 'imitha ifile', without digits: no reading will come of it."""
    top, sure = heard.ranking[0] if heard.ranking else ("", 0.0)
    no_digits = not any(map(str.isdigit, heard.text))
    return top == "complaint" and sure >= SURELY_BROKEN and heard.category == "meter_reading" and no_digits


def interrupted(heard: Hearing, slots: Mapping[str, Any], intent: str) -> list[EventType]:
    """The event that keeps what a form has gathered when another matter cannot wait; it is offered later.

    Nothing is kept of a reading without digits, nor where another matter waits already.
    """
    if slots[ALSO] or not (slots["reading"] if intent == "meter_reading" else slots["description"]):
        return []
    said = [(name, str(slots[name])) for name in _GATHERED if slots[name]]
    text = slots["description"] or " ".join(value for _, value in said)
    entities = []
    for name, value in said:
        start = max(text.find(value), 0)
        entities.append({"entity": name, "value": value, "start": start, "end": start + len(value)})
    category = slots["category"] or "meter_reading"
    kept = replace(heard, text=text, intent=intent, entities=tuple(entities), latitude=None, longitude=None)
    return [
        SlotSet(
            ALSO,
            kept.to_keep(
                turn=None,
                ordinal=1,
                category=category,
                category_confidence=1.0,
                categories=[[category, 1.0]],
                ranking=[[intent, 1.0]],
            ),
        )
    ]


def first_of_two(heard: Hearing, form: str | None = None) -> tuple[Hearing, list[EventType]]:
    """The matter to begin with, and the event that keeps the other one; the message itself when it is one.

    `form` is the one that the message has begun: it tells what a doubtful message is dealt with as.
    An emergency goes first and has the whole message; so has the first where two are not certain.
    """
    if not heard.matters:
        return heard, _reading_beside(heard, form)
    if heard.emergency:
        urgent = emergencies.category(heard.emergency)
        others = [n for n in (0, 1) if heard.matters[n]["category"] != urgent]
        if len(others) != 1:
            return heard, []
        when = {} if heard.matters[0]["certain"] else {"turn": None}
        return heard, [SlotSet(ALSO, heard.one_matter(others[0]).to_keep(ordinal=1, **when))]
    first = begins(heard.matters, heard.intent, heard.category)
    other = heard.one_matter(1 - first)
    if heard.matters[0]["certain"]:
        return heard.one_matter(first), [SlotSet(ALSO, other.to_keep())]
    return heard.doubtful_matter(first), [SlotSet(ALSO, other.to_keep(turn=None))]


def second_of_two(tracker: Tracker, heard: Hearing, dispatcher: CollectingDispatcher) -> list[EventType]:
    """Takes up the other matter of a message, once the first is dealt with; no event when there is none.

    At once when it came with this very message, is certain, and needs no question; else it is offered.
    """
    also = tracker.get_slot(ALSO)
    if not also:
        return []
    own = _where(also)
    if not own or not gazetteer().find(own):
        # A place said for the first is the place of both; a street of its own stays beside it.
        said = tracker.get_slot("place") if own else tracker.get_slot("location")
        place = {"entity": "location", "value": said, "start": 0, "end": 0}
        also = {**also, "entities": [*also["entities"], *([place] if said else [])]}
    if also["turn"] == str(heard.message_id) and _is_clear(also):
        return [SlotSet(ALSO, None), *go_on_with(also, heard, also["intent"])]
    return offered(also, dispatcher)


def offered(also: dict[str, Any], dispatcher: CollectingDispatcher) -> list[EventType]:
    """Asks whether the other matter shall be taken up, and keeps it for the answer."""
    offer = "utter_offer_reading" if also["intent"] == "meter_reading" else "utter_offer_case"
    values = {"category": also["category"] or "meter_reading"}
    dispatcher.utter_message(response="utter_ask_also", offer={"response": offer, "values": values})
    return [SlotSet(ALSO, also)]


def _reading_beside(heard: Hearing, form: str | None) -> list[EventType]:
    """A reading within a complaint, or beside what a bill says, is offered to be taken, never silently."""
    named = heard.entity("account_number") or heard.entity("meter_number") or heard.known_accounts
    told = [e for e in heard.entities if e["entity"] == "reading"]
    if heard.emergency or not told or not named or form not in ("complaint_form", "dispute_form"):
        return []
    if form == "dispute_form" and any(is_of_the_bill(heard.text, int(e["start"])) for e in told):
        return []  # the very reading that is contested
    return [SlotSet(ALSO, heard.to_keep(intent="meter_reading", category="meter_reading"))]


def _is_clear(also: dict[str, Any]) -> bool:
    if also["intent"] != "complaint":
        return bool(also["intent"] == "query")
    category = region().categories.get(also["category"])
    if category is None or not category.needs_place:
        return True
    where = _where(also)
    return bool(where and gazetteer().find(where))


def _where(kept: dict[str, Any]) -> str:
    return ", ".join(str(e["value"]) for e in kept["entities"] if e["entity"] == "location")
