"""Reports: the case of a trouble, and what is said of it; also of one told while a form asks for another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import anonymity, matters, outages, places
from actions.hearing import Hearing
from actions.store import case_values, region, transaction
from crm_store.queries.incidents import told_incident
from crm_store.services.cases import NewCase, open_case


def open_report(heard: Hearing, slots: Mapping[str, Any], dispatcher: CollectingDispatcher) -> None:
    """Opens the case; says the reference, who does it, and by when."""
    emergency = bool(slots["emergency"])
    with transaction() as session:
        case = open_case(
            session,
            region(),
            NewCase(
                case_class="complaint",
                category=slots["category"] or "general",
                description=slots["description"] or heard.text,
                conversation_id=heard.conversation_id,
                source_message_id=heard.message_id,
                source_ordinal=heard.ordinal,
                place=slots["place"],
                location_text=slots["location"],
                latitude=slots["latitude"],
                longitude=slots["longitude"],
                account_number=slots["account_number"],
                person=slots["person"],
                language=heard.language,
                emergency=emergency,
                channel=heard.channel,
            ),
            heard.now,
        )
        values = case_values(case)
        protected = anonymity.protect(session, case, heard, values)
        incident = told_incident(session, case.incident_id, heard.now)
        known = outages.known(incident, case.place or values["place"], heard.now) if incident else None
    if protected:
        response = protected
    elif emergency:
        response = "utter_emergency_opened"
    elif known:
        response, values = known[0], {**values, **known[1]}
    elif values["referred_to"]:
        response = "utter_complaint_referred"
    elif values["place"]:
        response = "utter_complaint_opened"
    else:
        response = "utter_complaint_opened_no_place"
    dispatcher.utter_message(response=response, **values)


def take_beside(
    heard: Hearing, intent: str, also: Any, dispatcher: CollectingDispatcher, answers: bool
) -> tuple[Hearing, list[EventType]]:
    """Takes another matter that came instead of an answer, or (`answers`) beside one; the question goes on.

    A report is logged at once where its place is known, so that it waits for nothing. Where a place was asked
    for it may be the trouble's own, told again: that, and any other matter, is kept, and offered once the one
    under way is done. Returns the answer that is left of the message, and the event that keeps the other.
    """
    answer = replace(heard, entities=tuple(e for e in heard.entities if e["entity"] == heard.asking))
    other = replace(heard, ordinal=1) if answers else heard
    slots: dict[str, Any] = {
        **dict.fromkeys(("place", "location", "latitude", "longitude", "emergency", "account_number")),
        "category": heard.likely_category,
        "description": heard.text,
        "person": heard.entity("person"),
    }
    places.take_in(other, slots, was_asked=False)
    if intent == "complaint" and heard.asking != "location" and (slots["place"] or also):
        open_report(other, slots, dispatcher)
        return answer, []
    own = [dict(e) for e in heard.entities if e["value"] != heard.text]  # the whole text was no place
    return answer, [SlotSet(matters.ALSO, heard.to_keep(intent=intent, turn=None, ordinal=1, entities=own))]
