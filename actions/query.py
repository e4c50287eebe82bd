"""Questions."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import places
from actions.hearing import Hearing
from actions.store import case_values, region, transaction
from crm_store.services.cases import NewCase, open_case


def answer_query(heard: Hearing, dispatcher: CollectingDispatcher) -> None:
    """Opens a case for the question, with its own clock, and says who answers by when."""
    where: dict[str, Any] = {"place": None, "location": None, "latitude": None, "longitude": None}
    places.take_in(heard, where, was_asked=False)
    with transaction() as session:
        case = open_case(
            session,
            region(),
            NewCase(
                case_class="query",
                category=heard.likely_category or "general",
                description=heard.text,
                conversation_id=heard.conversation_id,
                source_message_id=heard.message_id,
                place=where["place"],
                location_text=where["location"],
                account_number=heard.entity("account_number"),
                language=heard.language,
                channel=heard.channel,
            ),
            heard.now,
        )
        values = case_values(case)
    dispatcher.utter_message(response="utter_query_logged", **values)


class ActionAnswerQuery(Action):
    """A question was asked."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_answer_query"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """See answer_query."""
        answer_query(Hearing.of(tracker), dispatcher)
        return []
