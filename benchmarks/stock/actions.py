"""The stock assistant's custom actions, on plain rasa-sdk 3.6. Its case store is a dictionary."""

import itertools
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

CASES: dict[str, list[str]] = {}
NUMBERS = itertools.count(10000001)
Events = list[dict[str, Any]]


def forget(*slots: str) -> Events:
    """The next matter starts with empty slots."""
    return [SlotSet(slot, None) for slot in slots]


class ActionOpenCase(Action):
    """A complaint or a dispute becomes a case."""

    def name(self) -> str:
        return "action_open_case"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]) -> Events:
        digits = str(next(NUMBERS))
        reference = f"STK-{digits[:4]}-{digits[4:]}"
        CASES.setdefault(tracker.sender_id, []).append(reference)
        amount, month, location = map(tracker.get_slot, ("amount", "month", "location"))
        what = f"Dispute: {amount}, {month}" if amount else f"Reported: {location}"
        dispatcher.utter_message(text=f"Thank you. {what}. Reference {reference}. Send STATUS any time.")
        return forget("location", "account_number", "amount", "month")


class ActionRecordReading(Action):
    """A meter reading is taken as it is."""

    def name(self) -> str:
        return "action_record_reading"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]) -> Events:
        account, reading = tracker.get_slot("account_number"), tracker.get_slot("reading")
        dispatcher.utter_message(text=f"Thank you. Account {account}: {reading}.")
        return forget("account_number", "reading")


class ActionTellStatus(Action):
    """The newest five cases of the sender."""

    def name(self) -> str:
        return "action_tell_status"

    def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _domain: dict[str, Any]) -> Events:
        newest = CASES.get(tracker.sender_id, [])[:-6:-1]
        text = f"{', '.join(newest)}: new." if newest else "We have no case from this number."
        dispatcher.utter_message(text=text)
        return []
