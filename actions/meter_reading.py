"""Meter readings: account or meter number and the reading, in one message where it can be."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.forms import CompleteForm, ValidateForm, forget_matter, problem
from actions.hearing import Hearing
from actions.store import region, transaction
from crm_store.services.readings import ReadingOutcome, record_reading

_ASKED_IN_DOUBT = {
    "utter_problem_unknown_account": "account_number",
    "utter_problem_which_meter": "meter_number",
}


class ValidateReadingForm(ValidateForm):
    """Reads account, meter and reading. Asked again after a doubt, the message is the answer to the doubt."""

    form = "reading_form"

    def take_in(
        self, heard: Hearing, asked: str | None, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> str | None:
        """See ValidateForm."""
        doubt = slots["reading_again"]
        if asked is None and isinstance(doubt, dict):
            # action_record_reading came back with a doubt about this very message.
            slots["problem"] = doubt
            slots["reading_again"] = None
            return _ASKED_IN_DOUBT.get(doubt["response"], "reading_again")
        for name in ("account_number", "meter_number", "reading", "service"):
            slots[name] = heard.entity(name) or slots[name]
        if asked is None and not slots["account_number"] and not slots["meter_number"]:
            slots["account_number"] = heard.known_accounts[0] if len(heard.known_accounts) == 1 else None
        if not slots["account_number"] and not slots["meter_number"]:
            if asked == "account_number":
                slots["problem"] = problem("account_format", account_example=region().account_format.example)
            return "account_number"
        if not slots["reading"]:
            if asked in ("reading", "reading_again"):
                slots["problem"] = problem("reading_format")
            return "reading"
        return None


class ActionRecordReading(CompleteForm):
    """Records the reading, or asks back once about what looks wrong."""

    action = "action_record_reading"

    def complete(self, heard: Hearing, tracker: Tracker, dispatcher: CollectingDispatcher) -> list[EventType]:
        """Says what was taken and how to correct it."""
        with transaction() as session:
            outcome = record_reading(
                session,
                region(),
                account_number=tracker.get_slot("account_number"),
                meter_number=tracker.get_slot("meter_number"),
                digits=tracker.get_slot("reading"),
                service=tracker.get_slot("service"),
                conversation_id=heard.conversation_id,
                message_id=heard.message_id,
                now=heard.now,
            )
        doubt = _doubt(outcome)
        if doubt is None:
            dispatcher.utter_message(response=_answer(outcome), **_values(outcome))
            return forget_matter()
        keep: tuple[str, ...] = ("account_number", "meter_number", "service")
        if outcome.kind == "unknown_account":
            keep = ("reading",)
        elif outcome.kind == "which_meter":
            keep = ("account_number", "reading")
        return [
            *forget_matter(keep=keep),
            SlotSet("reading_again", doubt),
            FollowupAction("reading_form"),
        ]


def _answer(outcome: ReadingOutcome) -> str:
    if outcome.kind == "repeated":
        return "utter_reading_repeated"
    if outcome.flagged:
        return "utter_reading_taken_for_review"
    if outcome.corrected and outcome.use is not None:
        return "utter_reading_corrected"
    return "utter_reading_taken" if outcome.use is not None else "utter_reading_taken_first"


def _doubt(outcome: ReadingOutcome) -> dict[str, Any] | None:
    values = _values(outcome)
    match outcome.kind:
        case "taken" | "repeated":
            return None
        case "implausible":
            return problem(f"implausible_{outcome.direction}", **values)
        case kind:
            return problem(kind, **values)


def _values(outcome: ReadingOutcome) -> dict[str, Any]:
    return {
        name: value
        for name, value in {
            "account_number": outcome.account_number,
            "meter_number": outcome.meter_number,
            "service": outcome.service,
            "reading": outcome.digits,
            "taken_on": outcome.taken_on.isoformat() if outcome.taken_on else None,
            "use": outcome.use,
            "unit": outcome.unit,
            "usual": outcome.usual,
            "last_reading": outcome.last_reading,
            "dials": outcome.dials,
            "sent": outcome.sent_digits,
        }.items()
        if value is not None
    }
