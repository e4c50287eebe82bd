"""Handing a chat to a person."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.hearing import Hearing
from actions.store import region, transaction
from crm_store.services import conversations
from crm_store.services.chats import when_answered


def request_agent(heard: Hearing, dispatcher: CollectingDispatcher, reason: str = "asked") -> None:
    """Puts the chat into the waiting list and says when a person will write."""
    with transaction() as session:
        conversations.request_agent(session, heard.conversation_id, reason)
        answered = when_answered(session, region(), heard.conversation_id, heard.now)
    dispatcher.utter_message(response=answered.key, **answered.values)
