"""Requests about one's own personal data (POPIA s23, s24), logged for the information officer."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions.hearing import Hearing
from actions.matters import END_OF_TURN
from actions.store import case_values, region, transaction
from crm_store.services.cases import NewCase, open_case


def log_my_data(heard: Hearing, dispatcher: CollectingDispatcher) -> None:
    """Opens the request as a query with its clock."""
    with transaction() as session:
        case = open_case(
            session,
            region(),
            NewCase(
                case_class="query",
                category="general",
                description=heard.text,
                conversation_id=heard.conversation_id,
                source_message_id=heard.message_id,
                language=heard.language,
                channel=heard.channel,
            ),
            heard.now,
        )
        values = case_values(case)
    dispatcher.utter_message(response="utter_my_data_logged", **values)


class ActionLogMyData(Action):
    """One's own data was asked for, or its deletion."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_log_my_data"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """See log_my_data."""
        log_my_data(Hearing.of(tracker), dispatcher)
        return [END_OF_TURN]
