"""Complaints: what and where, then a case. Emergencies: advice and the number before any question."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import anonymity, emergencies, matters, outages, places
from actions.forms import CompleteForm, ValidateForm, forget_matter
from actions.hearing import Hearing
from actions.store import case_values, region, transaction
from crm_store.domain.decisions import OTHER, decide_category
from crm_store.domain.needs import missing
from crm_store.queries.incidents import told_incident
from crm_store.services.cases import NewCase, open_case

# Words enough for a matter that the learner cannot place; 'I want to complain' is fewer, and we ask.
WORDS_OF_A_MATTER = 8


class ValidateComplaintForm(ValidateForm):
    """Reads a complaint: description, category, place."""

    form = "complaint_form"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """See ValidateForm; who asks again about a known trouble gets the answer, not a second case."""
        if tracker.get_slot("requested_slot") is None:
            heard, also = matters.first_of_two(Hearing.of(tracker))
            known = outages.answer(heard, instead_of_report=True)
            if known:
                dispatcher.utter_message(response=known[0], **known[1])
                return [*also, SlotSet("answered", True), SlotSet("requested_slot", None)]
        return super().run(dispatcher, tracker, domain)

    def take_in(
        self, heard: Hearing, asked: str | None, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> str | None:
        """See ValidateForm."""
        if heard.emergency and not slots["emergency"]:
            slots["emergency"] = heard.emergency
        if asked is None or asked == "description":
            self._take_in_what(heard, asked, slots)
        elif asked == "category":
            self._take_in_category(heard, slots)
        if asked is None and heard.latitude is not None and slots["category"] is None:
            slots["description"] = None  # a pin alone says where, not what
        slots["person"] = slots["person"] or heard.entity("person")
        slots["account_number"] = slots["account_number"] or heard.entity("account_number")
        places.take_in(heard, slots, asked == "location")
        if asked is None and slots["emergency"]:
            emergencies.advise(slots["emergency"], slots["place"], dispatcher)
        if slots["description"] and slots["category"] is None:
            return "category"
        known = dict(slots)
        if asked != "location" and not slots["place"] and slots["latitude"] is None:
            known["location"] = None  # a landmark alone does not say which municipality
        needed = missing(region(), "complaint", slots["category"] or "", known)
        return needed[0] if needed else None

    def _take_in_what(self, heard: Hearing, asked: str | None, slots: dict[str, Any]) -> None:
        category, two = decide_category(region(), heard.text, heard.categories)
        category = emergencies.category(slots["emergency"]) or category
        if category or two or asked or len(heard.text.split()) >= WORDS_OF_A_MATTER:
            slots["description"] = heard.text or None
            slots["category"] = category or (None if two else "general")
            slots["choices"] = (
                [f"category:{name}" for name in (*two, OTHER) if name != "general"] if two else None
            )

    def _take_in_category(self, heard: Hearing, slots: dict[str, Any]) -> None:
        """One of the choices; else what the answer's own words are about; else the likelier of the two."""
        if heard.choice:
            slots["category"] = heard.choice if heard.choice in region().categories else "general"
            return
        slots["category"] = heard.likely_category or str(slots["choices"][0]).partition(":")[2]
        slots["description"] = f"{slots['description']}\n{heard.text}"


class ActionOpenComplaint(CompleteForm):
    """Opens the case, once the form is complete."""

    action = "action_open_complaint"

    def complete(self, heard: Hearing, tracker: Tracker, dispatcher: CollectingDispatcher) -> list[EventType]:
        """Says the reference, who does it, and by when."""
        emergency = bool(tracker.get_slot("emergency"))
        with transaction() as session:
            case = open_case(
                session,
                region(),
                NewCase(
                    case_class="complaint",
                    category=tracker.get_slot("category") or "general",
                    description=tracker.get_slot("description") or heard.text,
                    conversation_id=heard.conversation_id,
                    source_message_id=heard.message_id,
                    source_ordinal=heard.ordinal,
                    place=tracker.get_slot("place"),
                    location_text=tracker.get_slot("location"),
                    latitude=tracker.get_slot("latitude"),
                    longitude=tracker.get_slot("longitude"),
                    account_number=tracker.get_slot("account_number"),
                    person=tracker.get_slot("person"),
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
        return forget_matter()
