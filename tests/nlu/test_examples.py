"""What the engine learns from: enough of everything, nothing twice, and nothing of what it is measured on."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from rapidfuzz import fuzz, process

from crm_store.domain.municipality import load_region
from phendula.examples import Example, faults_in, read_examples
from phendula.places import ROOT

NLU_DATA = ROOT / "nlu_data"
HELDOUT = NLU_DATA / "heldout" / "messages.jsonl"
CLASSES = frozenset(
    """complaint query dispute compliment meter_reading status agent affirm deny greet thanks bye stop start
    cancel help change_language my_data bot_challenge out_of_scope""".split()
)
# 'Yebo' and 'stop' stand in every set of messages; from three words on a text is somebody's own.
WORDS_OF_ONES_OWN = 3
TOO_NEAR = 90


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    return list(read_examples(NLU_DATA))


@pytest.fixture(scope="module")
def heldout() -> list[dict[str, object]]:
    return [json.loads(line) for line in HELDOUT.read_text(encoding="utf-8").splitlines()]


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
    faults, _ = faults_in(NLU_DATA)
    assert not faults, "\n".join(faults)


def test_nothing_that_is_measured_is_learnt(
    examples: list[Example], heldout: list[dict[str, object]]
) -> None:
    learnt = sorted({example.plain for example in examples})
    measured = sorted(
        {
            " ".join(str(row["text"]).lower().split())
            for row in heldout
            if len(str(row["text"]).split()) >= WORDS_OF_ONES_OWN
        }
    )
    near = [
        f"{text!r} ~ {found[0]!r}"
        for text in measured
        if (found := process.extractOne(text, learnt, scorer=fuzz.token_sort_ratio, score_cutoff=TOO_NEAR))
    ]
    assert not near, "\n".join(near)


def test_the_held_out_messages_are_whole(heldout: list[dict[str, object]]) -> None:
    assert len(heldout) >= 400
    for row in heldout:
        assert row["class"] in CLASSES
        for entity in row["entities"]:  # type: ignore[attr-defined]
            assert str(row["text"])[entity["start"] : entity["end"]] == entity["value"]
