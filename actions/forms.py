"""What every form has in common.

A form asks one thing at a time (the slot ``requested_slot``). Its validation action reads the whole message
at once, so that nothing already said is asked again. What is no answer (help, status, another language, a
question) is answered on the spot and the form asks its question again; 'cancel' and 'bye' end it and leave no
half case. Doing this here, not by a rule for each form and intent, keeps the rules few and costs one call a
turn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import interruptions, matters, outages, places, reports
from actions.hearing import Hearing
from actions.query import find_answer
from crm_store.domain.decisions import is_gibberish

# Slots of a matter: emptied when it is opened, cancelled or begun anew.
MATTER_SLOTS = (
    "description", "category", "location", "place", "latitude", "longitude", "emergency",
    "account_number", "meter_number", "service", "register", "reading", "same_reading", "reading_again",
    "more_readings", "amount", "month", "person", "reason", "wants_agent", "problem", "cancelled", "answered",
    "matter", "choices", "unknown",
)  # fmt: skip
# Asked for in the person's own words: whatever they write is the answer.
OWN_WORDS = ("description", "reason")
# Another matter beside one of these leaves the question answered; a month in it may be the trouble's own.
ANSWERED_BESIDE = ("account_number", "amount", "location")
# 'Is it right?' means nothing without what is doubted.
ASKED_WITH_WHY = ("reading_again",)
# A complaint of one of these is of the account that was given.
OF_METERS = ("meter_reading", "prepaid", "billing")
# Ways to leave a form, and what is said then.
LEAVING = {"cancel": "utter_cancelled", "bye": "utter_left"}


def forget_matter(*, keep: tuple[str, ...] = ()) -> list[EventType]:
    """Events that empty the slots of a matter."""
    return [SlotSet(name, None) for name in MATTER_SLOTS if name not in keep]


def another_matter(tracker: Tracker) -> list[EventType] | None:
    """Events that go on with the form of another matter, when the last message was one; else None."""
    form = tracker.get_slot("next_form")
    if form is None:
        return None
    about_a_meter = Hearing.of(tracker).likely_category in OF_METERS
    keep = ("account_number",) if about_a_meter else ()
    return [*forget_matter(keep=keep), SlotSet("next_form", None), FollowupAction(form)]


class ValidateForm(Action, ABC):
    """Base of the forms' validation actions: a subclass names its ``form`` and reads the message."""

    form: str
    #: the class of its matter, which is kept when another one cannot wait; None: there is nothing to keep
    intent: str | None = None

    def name(self) -> str:
        """The name Rasa looks for."""
        return f"validate_{self.form}"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Fills slots from the message and says which is asked next (none: the form is complete)."""
        heard = Hearing.of(tracker)
        asked = tracker.get_slot("requested_slot")
        if asked and heard.intent in LEAVING:
            return [SlotSet("cancelled", True), SlotSet("requested_slot", None)]
        slots = {name: tracker.get_slot(name) for name in (*MATTER_SLOTS, matters.ALSO)}
        if asked and (another := self.turns_to(heard)):
            kept = matters.interrupted(heard, slots, self.intent) if self.intent else []
            return [*kept, SlotSet("next_form", another), SlotSet("requested_slot", None)]
        if asked and asked not in OWN_WORDS and (known := outages.answer(heard)):
            dispatcher.utter_message(response=known[0], **known[1])
            return [SlotSet("problem", None), SlotSet("requested_slot", asked)]
        if asked and self.accepts_interruption(heard, asked) and interruptions.answer(heard, dispatcher):
            why = slots["problem"] if asked in ASKED_WITH_WHY else None
            return [SlotSet("problem", why), SlotSet("requested_slot", asked)]
        if asked == "description" and not heard.entities and is_gibberish(heard.ranking):
            return self._ask_for_words(tracker)
        slots["problem"] = None
        before = dict(slots)
        events: list[EventType] = []
        if asked is None:
            heard, events = matters.first_of_two(heard, self.form)
        elif asked not in OWN_WORDS and (other := self.other_matter(heard, slots)):
            named = places.names_a_place(heard) if asked == "location" else heard.entity(asked) is not None
            answers = named and asked in ANSWERED_BESIDE
            heard, events = reports.take_beside(heard, other, slots[matters.ALSO], dispatcher, answers)
            if not answers:
                slots["problem"] = problem("noted") if events else None
                return [*events, SlotSet("problem", slots["problem"]), SlotSet("requested_slot", asked)]
        missing = self.take_in(heard, asked, slots, dispatcher)
        events.append(SlotSet("problem", slots["problem"]))
        events += [SlotSet(name, value) for name, value in slots.items() if value != before[name]]
        events.append(SlotSet("requested_slot", missing))
        return events

    def _ask_for_words(self, tracker: Tracker) -> list[EventType]:
        """Keys hit at random are no matter: asked again once, then a person is offered."""
        words = problem("words")
        if tracker.get_slot("problem") == words:
            return [SlotSet("next_form", "agent_form"), SlotSet("requested_slot", None)]
        return [SlotSet("problem", words), SlotSet("requested_slot", "description")]

    def accepts_interruption(self, heard: Hearing, asked: str) -> bool:
        """Whether the message may be something else than the answer.

        A question that we have no answer to may be the person's own words, where these were asked for.
        """
        if asked in OWN_WORDS and heard.intent == "query" and find_answer(heard) is None:
            return False
        return heard.intent in interruptions.INTENTS

    def turns_to(self, heard: Hearing) -> str | None:
        """The form of another matter that must not wait for this one: an emergency."""
        return "complaint_form" if heard.emergency and self.form != "complaint_form" else None

    def other_matter(self, heard: Hearing, slots: dict[str, Any]) -> str | None:
        """The class of what the message brings when it is none of this form's: taken beside it."""
        return None

    @abstractmethod
    def take_in(
        self, heard: Hearing, asked: str | None, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> str | None:
        """Puts what the message says into ``slots``; returns the slot to ask next, None when complete."""


class CompleteForm(Action, ABC):
    """Base of what is done once a form has ended: its deed, or nothing when the person broke it off."""

    action: str

    def name(self) -> str:
        """The name Rasa looks for."""
        return self.action

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Does the deed with what the form gathered; a form that was left leaves no half case."""
        if another := another_matter(tracker):
            return another
        if tracker.get_slot("answered"):
            return [*forget_matter(), *matters.second_of_two(tracker, Hearing.of(tracker), dispatcher)]
        heard = Hearing.of(tracker)
        if tracker.get_slot("cancelled"):
            dispatcher.utter_message(response=LEAVING.get(heard.intent, LEAVING["cancel"]))
            if heard.intent == "bye":
                return [*forget_matter(), SlotSet(matters.ALSO, None)]
            return [*forget_matter(), *matters.second_of_two(tracker, heard, dispatcher)]
        events = self.complete(heard, tracker, dispatcher)
        if any(event["event"] == "followup" for event in events):
            return events  # something about this matter comes first
        return [*events, *matters.second_of_two(tracker, heard, dispatcher)]

    @abstractmethod
    def complete(self, heard: Hearing, tracker: Tracker, dispatcher: CollectingDispatcher) -> list[EventType]:
        """Calls one service and chooses the reply; returns the slots to empty and what follows."""


def problem(key: str, **values: Any) -> dict[str, Any]:
    """Why a question comes again: a text that stands before it."""
    return {"response": f"utter_problem_{key}", "values": values}
