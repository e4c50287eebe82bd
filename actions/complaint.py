"""Complaints: what and where, then a case. Emergencies: advice and the number before any question."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import emergencies, matters, outages, places
from actions.forms import MATTER_SLOTS, CompleteForm, ValidateForm, forget_matter, problem
from actions.hearing import Hearing
from actions.not_known import place_not_known
from actions.reports import open_report
from actions.store import region
from crm_store.domain.decisions import OTHER, decide_category
from crm_store.domain.needs import missing

# Words enough for a matter that the learner cannot place; 'I want to complain' is fewer, and we ask.
WORDS_OF_A_MATTER = 8
# A trouble told instead of a place.
SURELY_TOLD, SURE_OF_CATEGORY, WORDS_OF_ANOTHER = 0.95, 0.8, 2


class ValidateComplaintForm(ValidateForm):
    """Reads a complaint: description, category, place."""

    form = "complaint_form"

    def other_matter(self, heard: Hearing, slots: dict[str, Any]) -> str | None:
        """What is told where a place was asked for, unless it may be the place; one such matter is kept."""
        if heard.asking != "location" or slots[matters.ALSO]:
            return None
        if heard.intent in ("dispute", "meter_reading"):
            return heard.intent
        top, sure = heard.ranking[0] if heard.ranking else ("", 0.0)
        another = heard.likely_category != slots["category"] and heard.category_confidence >= SURE_OF_CATEGORY
        told = len(heard.text.split()) >= WORDS_OF_ANOTHER and not places.reads_like_a_place(heard)
        return "complaint" if top == "complaint" and sure >= SURELY_TOLD and another and told else None

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """See ValidateForm; who asks again about a known trouble gets the answer, not a second case.

        Who does not know where it is hears once what would do; after that the case is opened without a place.
        """
        heard, asked = Hearing.of(tracker), tracker.get_slot("requested_slot")
        if asked == "location" and place_not_known(heard):
            hint = problem("place_unknown")
            if heard.problem != hint:
                return [SlotSet("problem", hint), SlotSet("requested_slot", "location")]
            told = f"{tracker.get_slot('description')}\n{heard.text}"
            return [SlotSet("description", told), SlotSet("problem", None), SlotSet("requested_slot", None)]
        if asked is None:
            heard, also = matters.first_of_two(heard, self.form)
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
        if asked is None and places.is_all(heard):
            slots["description"] = slots["category"] = None  # so does 'near the clinic in Groutville'
        slots["person"] = slots["person"] or heard.entity("person")
        slots["account_number"] = slots["account_number"] or heard.entity("account_number")
        if asked == "location" and _names_nothing(heard):
            slots["problem"] = problem("words")
            return "location"
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
        few_words = len(heard.text.split()) < WORDS_OF_A_MATTER
        if "general" in two and few_words and not asked:
            two = ()  # 'I told you already': what is wrong is still to be told
        if category or two or asked or len(heard.text.split()) >= WORDS_OF_A_MATTER:
            slots["description"] = heard.text or None
            slots["category"] = category or (None if two else "general")
            slots["choices"] = (
                [f"category:{name}" for name in (*two, OTHER) if name != "general"] if two else None
            )

    def _take_in_category(self, heard: Hearing, slots: dict[str, Any]) -> None:
        """One of the choices; else what the answer's own words are about; else the likelier of the two.

        An answer that has nothing to do with us leaves it to the desk of general matters.
        """
        if heard.choice:
            slots["category"] = heard.choice if heard.choice in region().categories else "general"
            return
        asked = [str(choice).partition(":")[2] for choice in slots["choices"]]
        sure = heard.category_confidence >= SURE_OF_CATEGORY or heard.category in asked
        unsaid = "general" if heard.ranking and heard.ranking[0][0] == "out_of_scope" else asked[0]
        slots["category"] = heard.likely_category if heard.likely_category and sure else unsaid
        slots["description"] = f"{slots['description']}\n{heard.text}"


def _names_nothing(heard: Hearing) -> bool:
    """'wrong', 'yes', a thumb: no words of a place, however few they may be; nor a pin."""
    no_words = not any(map(str.isalnum, heard.text)) or heard.intent in ("affirm", "deny")
    return no_words and heard.latitude is None and heard.entity("location") in (None, heard.text)


class ActionOpenComplaint(CompleteForm):
    """Opens the case, once the form is complete."""

    action = "action_open_complaint"

    def complete(self, heard: Hearing, tracker: Tracker, dispatcher: CollectingDispatcher) -> list[EventType]:
        """See open_report."""
        open_report(heard, {name: tracker.get_slot(name) for name in MATTER_SLOTS}, dispatcher)
        return forget_matter()
