"""What's my status: from the case store, and only the sender's own."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.hearing import Hearing
from actions.matters import END_OF_TURN
from actions.store import case_values, region, transaction
from crm_store.domain.cases import Stage, is_open
from crm_store.queries.cases import cases_of, find_own_case, standing_of
from crm_store.queries.incidents import told_incident
from crm_store.services.confidence import seal_anonymous
from crm_store.services.conversations import citizen_of
from crm_store.tables import Case, Delay

# Three lines are two SMS segments; a person with more cases names the reference.
NEWEST = 3


def tell_status(heard: Hearing, dispatcher: CollectingDispatcher) -> None:
    """One case by its reference, else the newest of the sender's own."""
    with transaction() as session:
        citizen_id = citizen_of(session, heard.conversation_id)
        asked = heard.entity("reference")
        if asked is None:
            newest = cases_of(session, citizen_id, NEWEST)
            seal_anonymous(session, newest, heard.message_id)
            cases = [case_text(session, case, heard.now) for case in newest]
            if cases:
                dispatcher.utter_message(response="utter_status_list", cases=cases)
            else:
                dispatcher.utter_message(response="utter_status_none")
            return
        found = find_own_case(session, region(), citizen_id, asked)
        seal_anonymous(session, [found.case] if found.case else [], heard.message_id)
        if found.kind == "found" and found.case:
            text = case_text(session, found.case, heard.now)
            dispatcher.utter_message(response=text["response"], **text["values"])
        elif found.kind == "suggestion" and found.case:
            dispatcher.utter_message(
                response="utter_status_suggestion",
                asked=asked,
                case=case_text(session, found.case, heard.now),
            )
        elif found.kind == "typing_error":
            dispatcher.utter_message(response="utter_status_typing_error", reference=asked)
        else:
            dispatcher.utter_message(response="utter_status_not_found", reference=asked)


def case_text(session: Session, case: Case, now: datetime) -> dict[str, Any]:
    """How far the case is: the `response` and its `values`."""
    values = {**case_values(case), "stage": case.stage}
    if case.merged_into_id is not None:  # its own reference and words, the progress of the one that is kept
        case = standing_of(session, case)
        progress = case_values(case)
        values |= {name: progress[name] for name in ("due_at", "department", "referred_to")}
        values["stage"] = case.stage
    if not is_open(cast(Stage, case.stage)):
        ended = case.resolved_at or case.closed_at or case.updated_at
        return {
            "response": "utter_status_case_done",
            "values": {**values, "resolved_on": ended.date().isoformat()},
        }
    delay = session.get(Delay, case.id)
    if delay is not None and delay.expected_at > now:
        expected = {"expected_at": delay.expected_at.isoformat()}
        return {"response": "utter_status_delayed", "values": {**values, **expected}}
    incident = told_incident(session, case.incident_id, now)
    if incident is not None and incident.expected_end_at is not None and incident.expected_end_at > now:
        expected = {"expected_at": incident.expected_end_at.isoformat()}
        return {"response": "utter_status_incident", "values": {**values, **expected}}
    late = case.due_at is not None and case.due_at < now
    return {"response": "utter_status_late" if late else "utter_status_case", "values": values}


class ActionTellStatus(Action):
    """How far is it?"""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_tell_status"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """See tell_status."""
        tell_status(Hearing.of(tracker), dispatcher)
        return [END_OF_TURN]
