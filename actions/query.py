"""Questions: answered at once where the knowledge has the answer, else a case with its own clock."""

from __future__ import annotations

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, FollowupAction, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions import anonymity, matters, outages, places
from actions.corrections import asked_what_is_right
from actions.hearing import Hearing
from actions.store import case_values, knowledge, region, transaction
from crm_store.domain.knowledge import Match
from crm_store.services.cases import NewCase, open_case
from crm_store.services.knowledge import note_unanswered

# What is asked about a case stands for days: a 'wrong' that is no answer to it is of what was said last.
NOTHING_ELSE = (None, "fixed", "rating", "case_answer")
# A 'no' of more words says why: they go to the case too.
WORDS_OF_A_NO = 4


def find_answer(heard: Hearing) -> Match | None:
    """What the knowledge says to the question, or None."""
    return knowledge().find(heard.text, heard.language, heard.likely_category)


def answer_query(heard: Hearing, dispatcher: CollectingDispatcher) -> None:
    """Answers inside a form, which then asks its own question again: so nothing is asked here."""
    if known := outages.answer(heard):
        dispatcher.utter_message(response=known[0], **known[1])
        return
    found = find_answer(heard)
    if found:
        dispatcher.utter_message(response="utter_answer", answer=found.entry.id)
    else:
        log_query(heard, dispatcher, question_of(heard))


def question_of(heard: Hearing) -> dict[str, Any]:
    """What a case about the question needs, kept in a slot until we know whether the answer helped."""
    where: dict[str, Any] = {"place": None, "location": None, "latitude": None, "longitude": None}
    places.take_in(heard, where, was_asked=False)
    return {
        "text": heard.text,
        "category": heard.likely_category or "general",
        "place": where["place"],
        "location": where["location"],
        "account_number": heard.entity("account_number"),
    }


def log_query(
    heard: Hearing, dispatcher: CollectingDispatcher, question: dict[str, Any], answer: str | None = None
) -> None:
    """Opens a case for the question and says who answers by when; ``answer`` is the one that did not help."""
    with transaction() as session:
        case = open_case(
            session,
            region(),
            NewCase(
                case_class="query",
                category=question["category"],
                description=question["text"],
                conversation_id=heard.conversation_id,
                source_message_id=heard.message_id,
                source_ordinal=heard.ordinal,
                place=question["place"],
                location_text=question["location"],
                account_number=question["account_number"],
                language=heard.language,
                channel=heard.channel,
            ),
            heard.now,
        )
        note_unanswered(session, case, answer)
        values = case_values(case)
        protected = anonymity.protect(session, case, heard, values)
    dispatcher.utter_message(response=protected or "utter_query_logged", **values)


def _then(also: list[EventType], heard: Hearing, dispatcher: CollectingDispatcher) -> list[EventType]:
    """The other matter at once, or offered where that there are two is not certain; else the turn ends."""
    kept = also[0]["value"] if also else None
    if kept and kept["turn"]:
        return matters.go_on_with(kept, heard, kept["intent"])
    return [*(matters.offered(kept, dispatcher) if kept else []), matters.END_OF_TURN]


class ActionAnswerQuery(Action):
    """A question was asked."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_answer_query"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """Answers and asks whether that helped, or opens a case."""
        heard, also = matters.first_of_two(Hearing.of(tracker))
        if known := outages.answer(heard):
            dispatcher.utter_message(response=known[0], **known[1])
            return [SlotSet("question", None), *_then(also, heard, dispatcher)]
        found = find_answer(heard)
        if found is None and outages.is_report(heard):
            return [SlotSet("question", None), FollowupAction("complaint_form")]
        if found is None:
            log_query(heard, dispatcher, question_of(heard))
            return [SlotSet("question", None), *_then(also, heard, dispatcher)]
        if also:
            # The other matter comes next: one question at a time.
            dispatcher.utter_message(response="utter_answer", answer=found.entry.id)
            return [SlotSet("question", None), *_then(also, heard, dispatcher)]
        dispatcher.utter_message(response="utter_ask_helpful", answer=found.entry.id)
        question = {**question_of(heard), "answer": found.entry.id}
        return [SlotSet("question", question), matters.END_OF_TURN]


class ActionAnswerYesNo(Action):
    """Yes or no outside a form: to 'Was this helpful?', to a second matter offered, or to nothing we asked.

    No form asks these questions: people owe us no answer to them, and whatever else they write next is a
    matter of its own that finds its own way.
    """

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_answer_yes_no"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """'No' opens the case that the answer was to spare."""
        heard = Hearing.of(tracker)
        also = tracker.get_slot(matters.ALSO)
        if heard.asking == matters.ALSO and also:
            if heard.intent == "affirm":
                return matters.take_up_offered(also, heard)
            dispatcher.utter_message(response="utter_what_next")
            return [SlotSet(matters.ALSO, None)]
        question = tracker.get_slot("question")
        if heard.asking == "anonymous":
            anonymity.answer(heard, dispatcher)
        elif heard.asking in NOTHING_ELSE and asked_what_is_right(heard, dispatcher):
            pass
        elif heard.asking != "helpful" or not question:
            dispatcher.utter_message(response="utter_what_next")
        elif heard.intent == "affirm":
            dispatcher.utter_message(response="utter_welcome")
        else:
            if len(heard.text.split()) > WORDS_OF_A_NO:
                question = {**question, "text": f"{question['text']}\n{heard.text}"}
            log_query(heard, dispatcher, question, question["answer"])
        return [SlotSet("question", None)]
