"""Cancel with nothing open, and what was not understood."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import forget_matter
from actions.hearing import Hearing
from actions.store import transaction
from crm_store.services.conversations import count_not_understood

# After this many in a row a person is offered.
OFFER_A_PERSON_AFTER = 3


class ActionCancel(Action):
    """'cancel' while nothing is asked."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_cancel"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Says that nothing is open."""
        dispatcher.utter_message(response="utter_nothing_to_cancel")
        return forget_matter()


class ActionNotUnderstood(Action):
    """The message was not understood; the third time in a row a person is offered."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_not_understood"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Asks for other words, or offers a person."""
        with transaction() as session:
            times = count_not_understood(session, Hearing.of(tracker).conversation_id)
        if times >= OFFER_A_PERSON_AFTER:
            return [FollowupAction("agent_form")]
        dispatcher.utter_message(response="utter_not_understood")
        return []
