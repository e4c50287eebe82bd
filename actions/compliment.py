"""Compliments: thanked for, passed on, no questions."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from actions import matters, places
from actions.hearing import Hearing
from actions.store import case_values, region, transaction
from crm_store.services.cases import NewCase, open_case
from crm_store.services.compliments import share_compliment


class ActionRecordCompliment(Action):
    """Somebody praised a person, a team or a service."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_record_compliment"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Records it for the department and the person named."""
        heard = Hearing.of(tracker)
        where: dict[str, Any] = {"place": None, "location": None, "latitude": None, "longitude": None}
        places.take_in(heard, where, was_asked=False)
        person = heard.entity("person")
        with transaction() as session:
            case = open_case(
                session,
                region(),
                NewCase(
                    case_class="compliment",
                    category=heard.likely_category or "staff",
                    description=heard.text,
                    conversation_id=heard.conversation_id,
                    source_message_id=heard.message_id,
                    source_ordinal=heard.ordinal,
                    place=where["place"],
                    location_text=where["location"],
                    person=person,
                    language=heard.language,
                    channel=heard.channel,
                ),
                heard.now,
            )
            share_compliment(session, region(), case, heard.now)
            values = case_values(case)
        response = "utter_compliment_recorded_person" if person else "utter_compliment_recorded"
        dispatcher.utter_message(response=response, **{**values, "person": person})
        return [matters.END_OF_TURN]
