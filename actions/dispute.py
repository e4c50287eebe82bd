"""Disputes: the account, the amount or reading, the period; a case with a hold on the amount; then why.

Systems Act s102(2): credit control does not apply to a *specific amount* in dispute, so the amount is
asked for.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import matters, places
from actions.forms import CompleteForm, ValidateForm, another_matter, forget_matter, problem
from actions.hearing import Hearing
from actions.not_known import has_none
from actions.store import case_values, region, transaction
from crm_store.domain.needs import missing
from crm_store.services.cases import NewCase, add_detail, open_case
from crm_store.services.holds import standing_hold

# A first message this long has said why already.
WORDS_WITH_A_REASON = 14
# A trouble with one of these is no reason to contest a sum.
NO_REASON, SURE_OF_CATEGORY = ("streetlights", "refuse", "roads", "sanitation"), 0.8


class ValidateDisputeForm(ValidateForm):
    """Reads a dispute: account, amount or reading, month."""

    form = "dispute_form"
    intent = "dispute"

    def other_matter(self, heard: Hearing, slots: dict[str, Any]) -> str | None:
        """A trouble somewhere is no number of a bill."""
        return "complaint" if matters.is_report(heard) else None

    def accepts_interruption(self, heard: Hearing, asked: str) -> bool:
        """See ValidateForm; who says 'angazi' to the number is not asking for help."""
        unknown = heard.intent == "help" and has_none(heard)
        return not unknown and super().accepts_interruption(heard, asked)

    def take_in(
        self, heard: Hearing, asked: str | None, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> str | None:
        """See ValidateForm."""
        if asked is None:
            slots["description"] = heard.text
            slots["category"] = heard.likely_category or "billing"
            if len(heard.text.split()) >= WORDS_WITH_A_REASON:
                slots["reason"] = heard.text
            if not heard.entity("account_number") and len(heard.known_accounts) == 1:
                slots["account_number"] = heard.known_accounts[0]
        # 'It went from R412 to R4 120': which of them is contested, and held, is asked.
        several = asked is None and len(set(heard.all_of("amount"))) > 1
        told = ["account_number", "meter_number", "month", "reading", "person"]
        for name in told if several else [*told, "amount"]:
            slots[name] = heard.entity(name) or slots[name]
        places.take_in(heard, slots, was_asked=False)
        to_ask = missing(region(), "dispute", slots["category"], slots)
        if asked in to_ask:
            wrong = _what_is_wrong(asked)
            if heard.problem == wrong or has_none(heard):
                # Staff find out what is asked for in vain; else the dispute of who has no paper is lost.
                slots["unknown"] = [*(slots["unknown"] or ()), asked]
                slots["description"] = f"{slots['description']}\n{heard.text}"
            else:
                slots["problem"] = wrong
        return next((name for name in to_ask if name not in (slots["unknown"] or ())), None)


def _what_is_wrong(asked: str) -> dict[str, Any]:
    if asked == "account_number":
        return problem("account_format", account_example=region().account_format.example)
    return problem("reading_format" if asked == "reading" else asked)


class ActionOpenDispute(CompleteForm):
    """Opens the dispute, then asks why unless it was said."""

    action = "action_open_dispute"

    def complete(self, heard: Hearing, tracker: Tracker, dispatcher: CollectingDispatcher) -> list[EventType]:
        """Says reference, amount, month and account, and by when it is answered."""
        with transaction() as session:
            case = open_case(
                session,
                region(),
                NewCase(
                    case_class="dispute",
                    category=tracker.get_slot("category") or "billing",
                    description=tracker.get_slot("description") or heard.text,
                    conversation_id=heard.conversation_id,
                    source_message_id=heard.message_id,
                    source_ordinal=heard.ordinal,
                    place=tracker.get_slot("place"),
                    location_text=tracker.get_slot("location"),
                    account_number=tracker.get_slot("account_number"),
                    meter_number=tracker.get_slot("meter_number"),
                    disputed_amount=tracker.get_slot("amount"),
                    reading=tracker.get_slot("reading"),
                    period=tracker.get_slot("month"),
                    person=tracker.get_slot("person"),
                    language=heard.language,
                    channel=heard.channel,
                ),
                heard.now,
            )
            values = case_values(case)
            on_hold = standing_hold(session, case) is not None
        facts = [_plain(values["amount"], "amount"), _plain(values["month"], "month")]
        if tracker.get_slot("reading"):
            facts.append(
                {"response": "utter_fact_reading", "values": {"reading": tracker.get_slot("reading")}}
            )
        if values["account_number"]:
            facts.append(
                {"response": "utter_fact_account", "values": {"account_number": values["account_number"]}}
            )
        known = [fact for fact in facts if fact] or [
            {"response": "utter_fact_category", "values": {"category": values["category"]}}
        ]
        dispatcher.utter_message(
            response="utter_dispute_opened" if on_hold else "utter_dispute_opened_without_hold",
            **{**values, "facts": known},
        )
        if tracker.get_slot("reason"):
            return forget_matter()
        return [
            *forget_matter(),
            SlotSet("case_reference", values["reference"]),
            FollowupAction("detail_form"),
        ]


def _plain(value: str | None, name: str) -> dict[str, Any] | None:
    return {"response": f"utter_fact_{name}", "values": {name: value}} if value else None


def _may_be_another(heard: Hearing) -> bool:
    """'The streetlight is off': hardly a reason. No water may be one, so it is left to who reads it."""
    sure = heard.category_confidence >= SURE_OF_CATEGORY
    return matters.is_report(heard) and heard.category in NO_REASON and sure


class ValidateDetailForm(ValidateForm):
    """Reads why a bill is contested; 0 skips."""

    form = "detail_form"

    def turns_to(self, heard: Hearing) -> str | None:
        """The dispute stands already; a trouble at a named place is a report of its own and no reason."""
        return "complaint_form" if matters.reports_a_place(heard) else super().turns_to(heard)

    def take_in(
        self, heard: Hearing, asked: str | None, slots: dict[str, Any], dispatcher: CollectingDispatcher
    ) -> str | None:
        """See ValidateForm. On activation the latest message is the dispute itself, not its reason."""
        if asked is None:
            return "reason"
        slots["reason"] = heard.text or None
        return None if slots["reason"] else "reason"


class ActionAddDetail(Action):
    """Adds the reason to the dispute."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_add_detail"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Says that it was added, or that the dispute stands without it."""
        if another := another_matter(tracker):
            return [SlotSet("case_reference", None), *another]
        reference, reason = tracker.get_slot("case_reference"), tracker.get_slot("reason")
        heard = Hearing.of(tracker)
        if reason and not tracker.get_slot("cancelled"):
            with transaction() as session:
                add_detail(
                    session,
                    reference,
                    reason,
                    message_id=heard.message_id,
                    account_number=heard.entity("account_number"),
                    disputed_amount=heard.entity("amount"),
                    period=heard.entity("month"),
                )
            dispatcher.utter_message(response="utter_detail_added", reference=reference)
        else:
            dispatcher.utter_message(response="utter_detail_skipped", reference=reference)
        if reason and not tracker.get_slot(matters.ALSO) and _may_be_another(heard):
            kept = heard.to_keep(intent="complaint", turn=None, ordinal=1)
            also = matters.offered(kept, dispatcher)
        else:
            also = matters.second_of_two(tracker, heard, dispatcher)
        return [*forget_matter(), SlotSet("case_reference", None), *also]
