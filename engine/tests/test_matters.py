"""Two matters in a message: where it is cut, and when that there are two is certain."""

from __future__ import annotations

from typing import Dict, List, Optional, Tuple

import pytest

from engine.components.matters import Guess, Whole, two_matters

WATER, REFUSE = Guess("complaint", 0.99, "water", 0.99), Guess("complaint", 0.98, "refuse", 0.99)
TEXT = "no water since Sunday and the bins were not collected"
BOTH: List[Tuple[str, float]] = [("water", 0.7), ("refuse", 0.29), ("roads", 0.01)]


def found(
    text: str, halves: Dict[str, Guess], intent: str, categories: List[Tuple[str, float]]
) -> Optional[Tuple[bool, List[Optional[str]]]]:
    """Whether it is certain, and the categories; None for one matter."""

    def guess(half: str) -> Guess:
        return next(guess for word, guess in halves.items() if word in half)

    two = two_matters(text, guess, Whole(intent, categories))
    return (two[0].certain and two[1].certain, [one.guess.category for one in two]) if two else None


def test_two_that_the_whole_is_about_are_certain() -> None:
    assert found(TEXT, {"water": WATER, "bins": REFUSE}, "complaint", BOTH) == (True, ["water", "refuse"])


@pytest.mark.parametrize(
    ("bins", "categories"),
    [
        (REFUSE, [("water", 0.99), ("refuse", 0.01)]),
        (REFUSE, [("water", 0.7), ("environment", 0.2), ("refuse", 0.1)]),
        (REFUSE._replace(confidence=0.85), BOTH),
        (REFUSE._replace(category_confidence=0.85), BOTH),
    ],
    ids=[
        "hardly heard in the whole",
        "the whole is about a third",
        "a doubtful class",
        "a doubtful category",
    ],
)
def test_else_the_second_is_no_more_than_likely(bins: Guess, categories: List[Tuple[str, float]]) -> None:
    halves = {"water": WATER, "bins": bins}
    assert found(TEXT, halves, "complaint", categories) == (False, ["water", "refuse"])


def test_reasons_of_a_protest_are_no_certain_matter() -> None:
    halves = {"water": WATER._replace(intent="dispute"), "bins": REFUSE}
    assert found(TEXT, halves, "dispute", BOTH) == (False, ["water", "refuse"])


def test_a_whole_of_another_class_than_both_halves_is_one_matter() -> None:
    halves = {"water": WATER._replace(confidence=0.8), "bins": REFUSE}
    assert found(TEXT, halves, "compliment", BOTH) is None


@pytest.mark.parametrize(
    "text",
    [
        "the road is full of potholes, taxis refuse to come in",
        "the pipe burst at the shop. Such a waste of our water",
        "the library is closed. Abafundi baya kuphi",
    ],
)
def test_words_that_only_look_like_a_topic_cut_nothing(text: str) -> None:
    assert found(text, {"": REFUSE}, "complaint", BOTH) is None
