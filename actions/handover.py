"""Handing a chat to a person."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.hearing import Hearing
from actions.store import region, transaction
from crm_store.domain.clocks import Calendar
from crm_store.domain.region import ServiceLevel
from crm_store.services import conversations

_OFFICE_TIME = ServiceLevel(office_hours=1)


def request_agent(heard: Hearing, dispatcher: CollectingDispatcher, reason: str = "asked") -> None:
    """Puts the chat into the waiting list and says when a person will write."""
    with transaction() as session:
        conversations.request_agent(session, heard.conversation_id, reason)
    calendar = Calendar.of(region())
    if calendar.open_at(heard.now):
        dispatcher.utter_message(response="utter_agent_requested")
    else:
        opens_at, _ = next(calendar.intervals(_OFFICE_TIME, heard.now))
        dispatcher.utter_message(response="utter_agent_requested_closed", opens_at=opens_at.isoformat())
