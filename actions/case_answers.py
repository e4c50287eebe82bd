"""Answers to what we asked about a case: is it fixed, how was it, and what staff wanted to know.

What was asked stands in the case store, not in the engine's memory: the question was sent on our own
initiative, perhaps days ago, and the engine never saw it.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher
from sqlalchemy.orm import Session

from actions.hearing import Hearing
from actions.store import case_values, region, transaction
from crm_store.queries.case_values import promise_values
from crm_store.queries.standing import answered_before, standing_question
from crm_store.services.confidence import seal_anonymous
from crm_store.services.follow_ups import answer_follow_up
from crm_store.services.stages import take_answer as take_case_answer
from crm_store.tables import Case, Delay

#: What staff read in the case when the person would rather not answer.
SKIPPED = "(no answer)"
_GLAD = {"response": "utter_problem_glad", "values": {}}
_A_NUMBER = {"response": "utter_problem_rating", "values": {}}


def take_answer(heard: Hearing, dispatcher: CollectingDispatcher) -> None:
    """Takes the answer to the question that stands open, and says what follows from it."""
    said = heard.entity("answer")
    with transaction() as session:
        question = answered_before(session, heard.conversation_id, heard.message_id) or standing_question(
            session, heard.conversation_id, heard.now, heard.asking
        )
        if question is None or said is None:
            response: str = "utter_what_next"
            values: dict[str, Any] = {}
        elif said == "invalid":
            response, values = "utter_ask_rating", {"problem": _A_NUMBER}
        else:
            case_id = question.case_id
            take = _take_words if question.asking == "case_answer" else _take_follow_up
            response = take(session, heard, case_id, said)
            case = session.get_one(Case, case_id)
            seal_anonymous(session, [case], heard.message_id)
            delay = session.get(Delay, case_id)
            when = promise_values(case.due_at, delay.expected_at if delay else None, heard.now)
            values = {**case_values(case), "when": when, "problem": _GLAD}
    dispatcher.utter_message(response=response, **values)


def _take_follow_up(session: Session, heard: Hearing, case_id: UUID, said: str) -> str:
    fixed = {"yes": True, "no": False}.get(said)
    rating = int(said) if said.isdigit() else None
    kind = answer_follow_up(
        session,
        region(),
        case_id,
        heard.message_id,
        heard.now,
        fixed=fixed,
        rating=rating,
        comment=_words_beside(heard) if said != "skip" else None,
    )
    return {
        "fixed": "utter_ask_rating",
        "not_fixed": "utter_follow_up_reopened",
        "rated": "utter_rating_thanks",
        "skipped": "utter_what_next",
    }[kind]


def _take_words(session: Session, heard: Hearing, case_id: UUID, said: str) -> str:
    reference = session.get_one(Case, case_id).reference
    if said == "skip":
        take_case_answer(session, region(), reference, SKIPPED, heard.message_id, heard.now)
        return "utter_case_answer_skipped"
    text = heard.text
    if heard.latitude is not None and heard.longitude is not None:
        text = f"{text} ({heard.latitude:.5f}, {heard.longitude:.5f})".strip()
    take_case_answer(session, region(), reference, text, heard.message_id, heard.now)
    return "utter_case_answer_added"


def _words_beside(heard: Hearing) -> str | None:
    """What the person wrote beside 1-5; a bare yes, no or number is no comment."""
    answer = next(entity for entity in heard.entities if entity["entity"] == "answer")
    rest = heard.text
    if answer["value"].isdigit():
        rest = f"{rest[: answer['start']]} {rest[answer['end'] :]}"
    rest = " ".join(rest.split()).strip(" ,.:;-!")
    bare = answer["value"] in ("yes", "no") and len(rest.split()) == 1
    return None if bare or not rest else rest


class ActionTakeAnswer(Action):
    """An answer to what we asked about a case."""

    def name(self) -> str:
        """The name Rasa looks for."""
        return "action_take_answer"

    def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> list[EventType]:
        """See take_answer."""
        take_answer(Hearing.of(tracker), dispatcher)
        return []
