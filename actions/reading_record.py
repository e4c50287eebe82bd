"""Records the readings that the form has gathered, and asks back about what looks wrong."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.forms import CompleteForm, forget_matter
from actions.hearing import Hearing
from actions.reading_slots import ITEM, NEW_METER
from actions.reading_words import answer_to, doubt_of, which_of_two
from actions.store import case_values, region, transaction
from crm_store.domain.reading_messages import drops_red_digits
from crm_store.services.cases import NewCase, open_case
from crm_store.services.reading_outcomes import ReadingOutcome
from crm_store.services.readings import record_reading


class ActionRecordReading(CompleteForm):
    """Records the readings of the message one by one, and asks back once about what looks wrong."""

    action = "action_record_reading"

    def complete(self, heard: Hearing, tracker: Tracker, dispatcher: CollectingDispatcher) -> list[EventType]:
        """Says what was taken and how to correct it; a doubt keeps what comes after it for later."""
        items: list[dict[str, Any]] = [
            {name: tracker.get_slot(name) for name in ITEM},
            *(tracker.get_slot("more_readings") or []),
        ]
        if tracker.get_slot("reading_again") == NEW_METER:
            return _open_new_meter(heard, items[0], dispatcher)
        taken: list[ReadingOutcome] = []
        with transaction() as session:
            for ordinal, item in enumerate(items):
                doubt, outcome = _record(session, heard, item, ordinal)
                if doubt is not None or outcome is None:
                    break
                taken.append(outcome)
        if taken:
            response, values = answer_to(taken, drops_red_digits(heard.text))
            dispatcher.utter_message(response=response, **values)
        if doubt is None:
            return forget_matter()
        kept = {name: item.get(name) for name in ITEM}
        if outcome is not None and (outcome.register or outcome.kind == "which_register"):
            kept.update(
                account_number=outcome.account_number,
                meter_number=outcome.meter_number,
                service=outcome.service,
                register=outcome.register or None,
            )
        if doubt["ask"] == "reading":
            kept["reading"] = None
        if doubt["ask"] == "account_number":
            kept.update(account_number=None, meter_number=None)
        if doubt["ask"] == "meter_number":
            kept["meter_number"] = None
        return [
            *forget_matter(keep=(*ITEM, "more_readings")),
            *(SlotSet(name, value) for name, value in kept.items()),
            SlotSet("more_readings", items[ordinal + 1 :] or None),
            SlotSet("reading_again", doubt),
            FollowupAction("reading_form"),
        ]


def _record(
    session: Session, heard: Hearing, item: dict[str, Any], ordinal: int
) -> tuple[dict[str, Any] | None, ReadingOutcome | None]:
    """The question that the item leaves open, or what became of it."""
    if not item["reading"]:
        return {**(which_of_two(item) or {"response": None}), "ask": "reading"}, None
    if not item["account_number"] and not item["meter_number"]:
        return {"response": None, "ask": "account_number"}, None
    outcome = record_reading(
        session,
        region(),
        account_number=item["account_number"],
        meter_number=item["meter_number"],
        digits=item["reading"],
        service=item["service"],
        register=item.get("register"),
        conversation_id=heard.conversation_id,
        message_id=heard.message_id,
        source_ordinal=ordinal,
        now=heard.now,
    )
    return doubt_of(outcome), outcome


def _open_new_meter(
    heard: Hearing, item: dict[str, Any], dispatcher: CollectingDispatcher
) -> list[EventType]:
    """The dials are of a meter that we do not know: a person enters it."""
    with transaction() as session:
        case = open_case(
            session,
            region(),
            NewCase(
                case_class="query",
                category="meter_reading",
                description=f"New meter. It shows {item['reading']}. {heard.text}",
                conversation_id=heard.conversation_id,
                source_message_id=heard.message_id,
                account_number=item["account_number"],
                meter_number=item["meter_number"],
                reading=item["reading"],
                language=heard.language,
                channel=heard.channel,
            ),
            heard.now,
        )
        values = case_values(case)
    dispatcher.utter_message(response="utter_reading_new_meter", **values)
    return forget_matter()
