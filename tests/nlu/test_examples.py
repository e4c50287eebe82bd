"""What the engine learns from: enough of everything, nothing twice, and nothing of what it is measured on."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest
from rapidfuzz import fuzz, process

from crm_store.domain.examples import ENTITIES, TOO_NEAR, WORDS_OF_ONES_OWN, Example, faults_of, in_order
from crm_store.domain.municipality import load_region
from crm_store.example_files import read_examples
from phendula.places import ROOT

NLU_DATA = ROOT / "nlu_data"
HELDOUT = NLU_DATA / "heldout"
TEST_SETS = ("messages", "fresh")
HELDOUT_SETS = (*TEST_SETS, "development")
CLASSES = frozenset(
    """complaint query dispute compliment meter_reading status agent affirm deny greet thanks bye stop start
    cancel help change_language my_data bot_challenge out_of_scope""".split()
)
WITH_CATEGORY = frozenset({"complaint", "query", "dispute", "compliment", "meter_reading"})


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return list(read_examples(NLU_DATA))


def heldout(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (HELDOUT / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def plain(row: dict[str, Any]) -> str:
    return " ".join(str(row["text"]).lower().split())


def own_words(name: str) -> set[str]:
    """The texts that are somebody's own, their words in order of the alphabet."""
    return {in_order(text) for text in map(plain, heldout(name)) if len(text.split()) >= WORDS_OF_ONES_OWN}


def test_there_are_enough_in_each_language(examples: list[Example]) -> None:
    distinct = {example.plain: example.language for example in examples}
    count = Counter(distinct.values())
    assert len(distinct) >= 1500
    assert count["zu"] >= 650
    assert count["mixed"] >= 200


def test_every_class_and_category_has_examples_in_both_languages(examples: list[Example]) -> None:
    region = load_region(ROOT / "municipalities" / "ilembe.yml")
    classes = {(example.intent, example.language) for example in examples}
    cells = {(example.category, example.language, example.intent) for example in examples}
    for language in ("en", "zu"):
        assert not {name for name in CLASSES if (name, language) not in classes}
        for intent in ("complaint", "query", "compliment"):
            assert not {name for name in region.categories if (name, language, intent) not in cells}


def test_nothing_stands_there_twice_or_with_two_meanings() -> None:
    faults, _ = faults_of(read_examples(NLU_DATA))
    assert not faults, "\n".join(faults)


def test_nothing_that_is_measured_is_learnt(examples: list[Example]) -> None:
    learnt = {in_order(example.plain): example.plain for example in examples}
    near = set()
    for text in {text for name in HELDOUT_SETS for text in own_words(name)}:
        if found := process.extractOne(text, learnt.keys(), scorer=fuzz.ratio, score_cutoff=TOO_NEAR):
            near.add(learnt[found[0]])
    # Only the examples are named: who writes them does not read what they are measured on.
    assert not near, "examples too near to a held-out message, write them anew:\n" + "\n".join(sorted(near))


def test_no_test_set_is_another_set_nor_twice_the_same() -> None:
    others = sorted(own_words("development"))
    for name in TEST_SETS:
        for text in sorted(own_words(name)):
            found = process.extractOne(text, others, scorer=fuzz.ratio, score_cutoff=TOO_NEAR)
            assert not found, f"two held-out messages are nearly the same, one of {name}"
            others.append(text)
        assert len({plain(row) for row in heldout(name)}) == len(heldout(name))


def test_the_test_set_has_enough_of_everything() -> None:
    rows = heldout("messages")
    assert len(rows) >= 640
    languages = Counter(row["language"] for row in rows)
    assert languages["zu"] >= 250
    assert languages["en"] >= 230
    assert languages["mixed"] >= 160
    assert {row["class"] for row in rows} == CLASSES
    region = load_region(ROOT / "municipalities" / "ilembe.yml")
    for language in ("en", "zu"):
        told = {row["category"] for row in rows if row["language"] == language}
        assert told - {None} == set(region.categories)


@pytest.mark.parametrize("name", HELDOUT_SETS)
def test_the_held_out_messages_are_whole(name: str) -> None:
    for row in heldout(name):
        assert row["class"] in CLASSES
        assert row["language"] in ("en", "zu", "mixed")
        assert (row["category"] is not None) == (row["class"] in WITH_CATEGORY)
        for entity in row["entities"]:
            assert entity["name"] in ENTITIES
            assert row["text"][entity["start"] : entity["end"]] == entity["value"]
