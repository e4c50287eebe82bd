"""Cancel with nothing open."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import forget_matter


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
