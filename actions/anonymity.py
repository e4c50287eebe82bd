"""Reports whose writer nobody sees: the answer to 'Hide your name?'."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.hearing import Hearing
from actions.store import transaction
from crm_store.services.confidence import anonymous_of, make_anonymous


def answer(heard: Hearing, dispatcher: CollectingDispatcher) -> None:
    """Hides who wrote the newest report of this conversation, or leaves it confidential as it is."""
    with transaction() as session:
        case = anonymous_of(session, heard.conversation_id)
        hide = heard.intent == "affirm"
        if case is not None and hide:
            make_anonymous(session, case, heard.now)
        reference = case.reference if case is not None else None
    if reference is None:
        dispatcher.utter_message(response="utter_what_next")
    else:
        response = "utter_anonymous_kept" if hide else "utter_anonymous_declined"
        dispatcher.utter_message(response=response, reference=reference)
