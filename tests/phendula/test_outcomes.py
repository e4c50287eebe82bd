"""What a message would come to, told from what the engine heard of it."""

from typing import Any

import pytest

from crm_store.domain.knowledge import Knowledge
from crm_store.domain.region import Region
from phendula.outcomes import KINDS, outcome_of


def said(
    intent: str, sure: float = 0.95, category: str = "water", about: float = 0.9, **more: Any
) -> dict[str, Any]:
    return {
        "intent": {"name": intent, "confidence": sure},
        "intent_ranking": more.pop("ranking", [{"name": intent, "confidence": sure}]),
        "category": category,
        "category_ranking": more.pop("categories", [{"name": category, "confidence": about}]),
        "entities": [],
        "matters": [],
        **more,
    }


def two(*categories: str, certain: bool = False) -> list[dict[str, Any]]:
    return [{"intent": "complaint", "category": one, "certain": certain} for one in categories]


TWO = [{"name": "refuse", "confidence": 0.5}, {"name": "roads", "confidence": 0.4}]
NEAR = [{"name": "query", "confidence": 0.45}, {"name": "complaint", "confidence": 0.4}]


@pytest.mark.parametrize(
    ("kind", "truth", "category", "heard"),
    [
        ("right", "complaint", "water", said("complaint")),
        ("wrong_class", "compliment", "water", said("complaint")),
        ("wrong_category", "complaint", "roads", said("complaint")),
        ("asked_category", "complaint", "roads", said("complaint", categories=TWO)),
        ("asked_class", "query", "water", said("nlu_fallback", 0.45, ranking=NEAR)),
        ("not_understood", "complaint", "water", said("nlu_fallback", 0.1, ranking=[])),
        ("wrong_form", "complaint", "billing", said("dispute", category="billing")),
        ("right", "dispute", "billing", said("dispute", category="billing")),
        ("wrong_courtesy", "bye", None, said("greet")),
        ("right", "bye", None, said("bye")),
        (
            "cut_in_two",
            "complaint",
            "water",
            said("complaint", matters=two("water", "roads", certain=True)),
        ),
        ("offered", "complaint", "water", said("complaint", matters=two("water", "roads"))),
        ("offered", "complaint", "water", said("complaint", matters=two("roads", "water"))),
        ("wrong_category", "complaint", "safety", said("complaint", matters=two("roads", "water"))),
        ("wrong_class", "compliment", "water", said("complaint", matters=two("water", "roads"))),
    ],
)
def test_what_comes_of_a_message(
    region: Region, kind: str, truth: str, category: str | None, heard: dict[str, Any]
) -> None:
    row = {"text": "something about it", "class": truth, "category": category}
    assert outcome_of(region, Knowledge.of(region), row, heard).kind == kind
    assert kind in KINDS


def test_a_question_with_its_answer_ready_is_answered(region: Region) -> None:
    row = {"text": "what are your office hours", "class": "query", "category": "general"}
    heard = said("query", category="general", language="en")
    assert outcome_of(region, Knowledge.of(region), row, heard).kind == "answered"
