"""What counts as an answer to a question of ours about a case, and what is a matter of its own."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

import pytest

from engine.components.answers import read_answer
from engine.components.case_answers import read_case_answer
from engine.tests.test_answers import TODAY, entity, read

PLACE = [entity("location", "Groutville")]


def answer(
    text: str,
    asking: str,
    intent: str = "complaint",
    confidence: float = 0.7,
    entities: Optional[List[Dict[str, Any]]] = None,
) -> Optional[str]:
    found = read_case_answer(text, asking, intent, confidence, entities or [])
    return found[0]["value"] if found else None


YES = [
    "yes", "Yes.", "YEBO", "1", "ok", "yebo selilungile", "sekulungile", "kulungile manje", "it is fixed",
    "fixed now thank you", "water is back", "yes, no problem", "no problem", "no more leaks",
    "amanzi asebuyile",
    "ugesi usubuyile", "amanzi akhona", "isibani siyasebenza", "lilungile siyabonga", "yes it works again",
    "sorted", "impela kulungile", "silungisiwe", "the streetlight works", "baqedile", "yebo ngiyabonga",
]  # fmt: skip
NO = [
    "no", "No!", "2", "cha", "Cha akukalungi", "qha", "hayi", "ayi bo", "still no water", "still leaking",
    "not fixed", "not yet", "it is worse", "yes but still leaking", "yebo kodwa kusavuza", "kusenjalo",
    "namanje awekho amanzi", "akulungile", "amanzi awekabuyi", "ugesi awukabuyi", "nobody came",
    "nothing has been done", "isibani asisebenzi", "akukho okwenziwe", "they never came",
    "still no water in Groutville",
    "alikalungi", "no the hole is still there", "lutho", "the pipe isn't repaired",
]  # fmt: skip
SOMETHING_ELSE = [
    ("when will it be fixed?", "query", 0.8),
    ("status", "status", 0.95),
    ("a person please", "agent", 0.9),
    ("what are your office hours?", "query", 0.9),
    ("thank you", "thanks", 0.9),
    ("hello", "greet", 0.9),
]


@pytest.mark.parametrize("text", YES)
def test_yes_in_many_words(text: str) -> None:
    assert answer(text, "fixed") == "yes"


@pytest.mark.parametrize("text", NO)
def test_no_in_many_words(text: str) -> None:
    entities = PLACE if "Groutville" in text else []
    assert answer(text, "fixed", entities=entities) == "no"


@pytest.mark.parametrize(("text", "intent", "confidence"), SOMETHING_ELSE)
def test_something_else_is_left_alone(text: str, intent: str, confidence: float) -> None:
    assert answer(text, "fixed", intent, confidence) is None


def test_a_new_report_with_its_place_is_no_answer() -> None:
    assert answer("no water in Groutville since this morning", "fixed", "complaint", 0.9, PLACE) is None
    assert answer("the streetlight is off in Groutville", "rating", "complaint", 0.9, PLACE) is None


def test_another_trouble_is_no_answer_about_this_one() -> None:
    for category, intent in (("refuse", "complaint"), ("water", "case_answer"), (None, "case_answer")):
        found = read_answer(
            text="my bin was not collected this week",
            intent="complaint",
            confidence=0.6,
            entities=[],
            emergency=None,
            metadata={"asking": "fixed", "asking_about": "water"},
            today=TODAY,
            category=category,
        )
        assert found.intent == intent


@pytest.mark.parametrize(
    ("text", "stars"),
    [
        ("4", "4"), ("5!", "5"), ("4 good but slow", "4"), ("ngininika u-3", "3"), ("5/5", "5"),
        ("8/10", "4"),
        ("five", "5"), ("kuhlanu", "5"), ("I give 2, they were rude", "2"), ("6", "invalid"),
        ("10", "invalid"),
        ("very good service", "words"), ("kuhle kakhulu", "words"), ("0", "skip"),
    ],
)  # fmt: skip
def test_a_rating(text: str, stars: str) -> None:
    assert answer(text, "rating", "compliment", 0.5) == stars


@pytest.mark.parametrize("text", ["41006273 02214", "my account is 41006273", "call me on 0821234567"])
def test_other_numbers_are_no_rating(text: str) -> None:
    assert answer(text, "rating", "meter_reading", 0.9, [entity("account_number", "41006273")]) in (None,)


def test_staffs_question_takes_any_words_but_those_that_steer() -> None:
    assert answer("number 12, the green gate", "case_answer", "nlu_fallback", 0.2) == "words"
    assert answer("yebo", "case_answer", "affirm", 0.9) == "words"
    assert answer("0", "case_answer") == "skip"
    assert answer("status", "case_answer", "status", 0.9) is None
    assert answer("I want a person", "case_answer", "agent", 0.9) is None


def test_the_answer_becomes_an_intent_of_its_own() -> None:
    found = read("cha", "fixed", "deny", 0.6)
    assert (found.intent, found.confidence) == ("case_answer", 0.9)
    assert found.entities[-1]["value"] == "no"


def test_what_is_no_answer_keeps_its_own_meaning() -> None:
    assert read("what are your office hours?", "fixed", "query", 0.9).intent == "query"
    reference = entity("reference", "KDM-4821-7305")
    assert read("KDM-4821-7305", "rating", "nlu_fallback", 0.2, [reference]).intent == "status"


def test_an_emergency_comes_before_every_answer() -> None:
    assert read("no, the wire has fallen", "fixed", "deny", 0.9, emergency="live_wire").intent == "complaint"


def test_a_pin_answers_staffs_question_only() -> None:
    pin = {"latitude": -29.3, "longitude": 31.3}
    assert read("", "case_answer", **pin).intent == "case_answer"
    assert read("", "fixed", **pin).intent == "complaint"


@pytest.mark.parametrize("text", ["wrong", "that is wrong", "iphutha"])
def test_wrong_is_not_fixed(text: str) -> None:
    found = read_case_answer(text, "fixed", "deny", 0.9, [])
    assert found is not None
    assert found[0]["value"] == "no"


def test_a_question_about_something_else_is_no_answer() -> None:
    assert (
        read_case_answer("what are your hours", "case_answer", "query", 0.99, [], other_category=True) is None
    )
    assert read_case_answer("is it the blue shop", "case_answer", "query", 0.99, [], other_category=False)
