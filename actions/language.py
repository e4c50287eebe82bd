"""Another language, at the person's word."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.hearing import Hearing
from actions.store import transaction
from crm_store.services import conversations

_NAMED = {
    "en": re.compile(r"engl|ngisi|\ben\b", re.IGNORECASE),
    "zu": re.compile(r"zulu|\bzu\b", re.IGNORECASE),
}


def wanted_language(text: str, current: str) -> str:
    """The language named in ``text``; when both or none is named, the one not spoken now."""
    named = [language for language, pattern in _NAMED.items() if pattern.search(text)]
    if len(named) == 1:
        return named[0]
    return "en" if current == "zu" else "zu"


def change_language(heard: Hearing, dispatcher: CollectingDispatcher) -> None:
    """Changes the conversation's language and says so in it."""
    with transaction() as session:
        conversations.set_language(
            session, heard.conversation_id, wanted_language(heard.text, heard.language), asked=True
        )
    dispatcher.utter_message(response="utter_language_changed")


class ActionChangeLanguage(Action):
    """Another language was asked for."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_change_language"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """See change_language."""
        change_language(Hearing.of(tracker), dispatcher)
        return []
