"""The ideas of a text, and the spelling they are looked up in."""

from __future__ import annotations

import pytest

from engine.components import concepts, features
from engine.components.normaliser import for_classifier


def ideas(text: str) -> "set[str]":
    return set(concepts.ideas_in(for_classifier(text)))


@pytest.mark.parametrize(
    ("text", "idea"),
    [
        ("The pipes are leaking, please come", "leak"),
        ("ipayipi liyavuza la", "leak"),
        ("ibin yami", "bin"),
        ("ama-bins egcwele", "bin"),
        ("imigqomo yethu", "bin"),
        ("the street lights are off", "streetlight"),
        ("KUKHONA UMGODI EMGWAQWENI!!", "pothole"),
        ("who do I ask?", "kind asks"),
    ],
)
def test_both_languages_name_the_same_ideas(text: str, idea: str) -> None:
    assert idea in ideas(text)


@pytest.mark.parametrize("text", ["", "!?", "qwrtp", "12345"])
def test_nothing_said_names_nothing(text: str) -> None:
    assert not {idea for idea in ideas(text) if not idea.startswith("kind")}


def test_every_line_of_the_list_is_used() -> None:
    english, zulu = concepts.read_concepts(concepts.SOURCE)
    lines = [line for line in concepts.SOURCE.read_text(encoding="utf-8").splitlines() if ":" in line]
    names = {line.split(":")[0] for line in lines if not line.startswith("#")}
    assert len(names) == sum(not line.startswith("#") for line in lines), "an idea stands in two lines"
    assert names == {name for known in (english, zulu) for found in known.values() for name in found}
    short = [stem for stem in zulu if len(stem) < concepts.SHORTEST_STEM]
    assert not short, short


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("No water, AGAIN!!", "no water again ! !"),
        ("i-bill yami (R450,20) isn't right?", "i-bill yami xmoneyx isn't right ?"),
        ("KDM-4821-7305 - 02214", "xreferencex x5dx"),
    ],
)
def test_punctuation_does_not_stick_to_words(text: str, normal: str) -> None:
    assert for_classifier(text) == normal


def test_a_dropped_vowel_leaves_the_skeleton() -> None:
    whole, short = features.features_of("ngicela usizo"), features.features_of("ngcla usiz")
    assert whole["s"] == short["s"]


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("izingane sezidlala ngaphandle", True),
        ("umgwaqo usuvuliwe", True),
        ("isibani isikhanya kahle", True),
        ("amanzi asephuma", True),
        ("sekuphele isonto singenawo", False),
        ("sekumele sihlale emnyameni", False),
        ("sesikhathele yini", False),
        ("ngilinde usuku lonke", False),
        ("send a senior person", False),
    ],
)
def test_what_is_so_by_now_is_told_from_how_long_it_has_lasted(text: str, known: bool) -> None:
    assert ("kind by_now" in ideas(text)) is known
