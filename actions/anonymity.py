"""Reports whose writer nobody sees: the answer to 'Hide your name?'."""

from __future__ import annotations

from typing import Any

from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.hearing import Hearing
from actions.store import region, transaction
from crm_store.domain.anonymity import wants_anonymity
from crm_store.services.confidence import anonymous_of, make_anonymous
from crm_store.tables import Case


def protect(session: Session, case: Case, heard: Hearing, values: dict[str, Any]) -> str | None:
    """The reply to a report whose writer may want to stay unknown, None to any other; adds to `values`.

    Who says so in the report itself is hidden at once; to others about corruption it is offered.
    """
    if not case.confidential:
        return None
    if case.anonymous or wants_anonymity(f"{case.description} {heard.text}"):
        make_anonymous(session, case, heard.now)
        return "utter_report_anonymous"
    if case.category != "corruption":
        return None
    values["hotline"] = region().corruption_hotline.phone
    return "utter_ask_anonymous"


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
