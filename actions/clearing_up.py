"""A message whose class is in doubt: acted on by the safe side, or asked about once, with choices."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import outages
from actions.corrections import added_to_last_case
from actions.forms import CompleteForm, ValidateForm, forget_matter
from actions.handover import request_agent
from actions.hearing import KEPT, Hearing
from actions.matters import ALSO, STEPS, go_on_with, offered, take_up_offered, wants_numbers
from actions.query import find_answer
from actions.store import region, transaction
from crm_store.domain.decisions import CHOICES, OTHER, Decision, decide_class
from crm_store.services.conversations import count_not_understood

# After this many in a row a person is offered.
OFFER_A_PERSON_AFTER = 3
# An answer in other words is believed from here on.
OWN_WORDS_BAR = 0.4
# More words than these say something of the matter too.
WORDS_OF_A_CHOICE = 4


def decide(heard: Hearing) -> Decision:
    """What is to be done about the message; see crm_store.domain.decisions."""
    named = {str(entity["entity"]) for entity in heard.entities}
    return decide_class(
        region(),
        heard.text,
        heard.ranking,
        heard.categories,
        named,
        answered=find_answer(heard) is not None,
    )


class ActionNotUnderstood(Action):
    """The engine was not sure of the class: the municipality's rules decide, or the person is asked."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_not_understood"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Acts, asks with choices, asks for other words, or (the third time in a row) offers a person."""
        heard = Hearing.of(tracker)
        if known := outages.answer(heard):
            dispatcher.utter_message(response=known[0], **known[1])
            return []
        if heard.intent == "inform":
            also = tracker.get_slot(ALSO)
            if heard.asking == ALSO and also and (wants_numbers(also) or heard.entity("location")):
                return take_up_offered(also, heard)
            if added_to_last_case(heard, dispatcher):
                return []
        else:
            decision = decide(heard)
            if decision.ask and outages.is_report(heard):
                return [FollowupAction("complaint_form")]
            if decision.act == "thanks":
                dispatcher.utter_message(response="utter_welcome")
                return []
            if decision.act in STEPS:
                return [FollowupAction(STEPS[decision.act])]
            if decision.ask:
                choices = [f"matter:{name}" for name in (*decision.ask, OTHER)]
                return [
                    SlotSet(KEPT, heard.to_keep()),
                    SlotSet("choices", choices),
                    FollowupAction("matter_form"),
                ]
        with transaction() as session:
            times = count_not_understood(session, heard.conversation_id)
        if times >= OFFER_A_PERSON_AFTER:
            return [FollowupAction("agent_form")]
        if heard.asking == ALSO and tracker.get_slot(ALSO):
            return offered(tracker.get_slot(ALSO), dispatcher)  # a slip of the thumb is no 'no'
        dispatcher.utter_message(response="utter_not_understood")
        return []


class ValidateMatterForm(ValidateForm):
    """'Do you want to: 1 report a problem 2 …': one of the choices, or other words that tell."""

    form = "matter_form"

    def accepts_interruption(self, heard: Hearing, asked: str) -> bool:
        """A question, or a status, may be the very answer."""
        return heard.intent not in ("query", "status", "my_data", *CHOICES) and super().accepts_interruption(
            heard, asked
        )

    def take_in(
        self, heard: Hearing, asked: str | None, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> str | None:
        """See ValidateForm."""
        if asked is None:
            return "matter"
        slots["matter"] = heard.choice or self._in_own_words(heard)
        if heard.choice is None and len(heard.text.split()) > WORDS_OF_A_CHOICE:
            slots["reason"] = heard.text
        return None

    def _in_own_words(self, heard: Hearing) -> str:
        """The class that the answer speaks of; 'maybe' (`inform`) tells none, and a person reads it."""
        if heard.intent in ("deny", "inform"):
            return OTHER
        top, sure = heard.ranking[0] if heard.ranking else ("", 0.0)
        return top if top in CHOICES and sure >= OWN_WORDS_BAR else OTHER


class ActionTakeMatter(CompleteForm):
    """Goes on with the message that was asked about, as what the person said it is."""

    action = "action_take_matter"

    def complete(self, heard: Hearing, tracker: Tracker, dispatcher: CollectingDispatcher) -> list[EventType]:
        """The form of the matter; a person reads what is something else."""
        kept, matter = tracker.get_slot(KEPT), tracker.get_slot("matter")
        more = tracker.get_slot("reason")
        if not kept or matter not in STEPS:
            request_agent(heard, dispatcher, reason="something else")
            return [*forget_matter(), SlotSet(KEPT, None)]
        if more:
            kept = {
                **kept,
                "text": f"{kept['text']}\n{more}",
                "entities": [*kept["entities"], *(dict(entity) for entity in heard.entities)],
            }
        return [*forget_matter(), *go_on_with(kept, heard, matter)]
