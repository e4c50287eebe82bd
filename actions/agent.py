"""A person, please."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import ValidateForm, another_matter, forget_matter, problem
from actions.handover import request_agent
from actions.hearing import Hearing
from actions.matters import STEPS

# The matter, said again so that it is understood.
SAID_ANEW, SURELY_SAID = ("complaint", "dispute", "meter_reading"), 0.8


class ActionRequestAgent(Action):
    """A person was asked for."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_request_agent"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """See request_agent."""
        request_agent(Hearing.of(tracker), dispatcher)
        return []


class ValidateAgentForm(ValidateForm):
    """'Shall a person help you?': yes, no, or the matter said again in other words."""

    form = "agent_form"

    def accepts_interruption(self, heard: Hearing, asked: str) -> bool:
        """'A person' answers the question; the rest may interrupt."""
        return heard.intent != "agent" and super().accepts_interruption(heard, asked)

    def turns_to(self, heard: Hearing) -> str | None:
        """A matter in other words is what we were waiting for."""
        top, sure = heard.ranking[0] if heard.ranking else ("", 0.0)
        plain = top in SAID_ANEW and sure >= SURELY_SAID
        return STEPS[top] if plain and len(heard.text.split()) > 1 else super().turns_to(heard)

    def take_in(
        self, heard: Hearing, asked: str | None, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> str | None:
        """See ValidateForm."""
        if asked is None:
            slots["problem"] = problem("not_understood_three_times")
            return "wants_agent"
        slots["wants_agent"] = heard.intent in ("affirm", "agent")
        return None


class ActionHandToAgent(Action):
    """The answer to the offer of a person."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_hand_to_agent"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Hands over, or goes on without."""
        if another := another_matter(tracker):
            return another
        if tracker.get_slot("wants_agent") and not tracker.get_slot("cancelled"):
            request_agent(Hearing.of(tracker), dispatcher, reason="not understood")
        else:
            dispatcher.utter_message(response="utter_agent_declined")
        return forget_matter()
