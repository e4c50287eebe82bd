"""The language of short texts, by the really written examples; no text here is one of them."""

from __future__ import annotations

from typing import Iterator

import pytest

from engine.components.gazetteer import Gazetteer
from engine.components.language_model import LanguageModel
from engine.examples import read_examples
from engine.training import nlu_files


@pytest.fixture(scope="module")
def model() -> Iterator[LanguageModel]:
    examples = [one for one in read_examples(nlu_files()) if one.language]
    places = Gazetteer([{"name": name} for name in ("Sundumbili", "Ballito", "Ndwedwe")])
    return LanguageModel.fit(
        [one.text for one in examples], [str(one.language) for one in examples], places.neutral_words()
    )


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hello there", "en"),
        ("my tap is dry", "en"),
        ("water", "en"),
        ("please help us", "en"),
        ("what's my status", "en"),
        ("the toilet is overflowing at Sundumbili", "en"),
        ("Thabo Dlamini fixed it", "en"),
        ("sawubona", "zu"),
        ("amanzi", "zu"),
        ("isimo", "zu"),
        ("ngicela usizo", "zu"),
        ("awekho amanzi eSundumbili", "zu"),
        ("imitha yami ayisebenzi", "zu"),
        ("ngithanda ukuxoxa nothile lapho", "zu"),
        ("yebo", "zu"),
        ("cha", "zu"),
        ("i-streetlight is not working next to my house sicela nizoyilungisa", "mixed"),
        ("my water bill iphezulu kakhulu this month kodwa angiyisebenzisi", "mixed"),
    ],
)
def test_short_texts(model: LanguageModel, text: str, language: str) -> None:
    assert model.judge(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "41006273 02214",
        "KDM-4821-7305",
        "Ballito",
        "eNdwedwe",
        "R4560",
        "0825550143",
        "ok",
        "status",
        "asdf qwer",
        "zxcv hjkl",
        "",
        "?!",
        "\U0001f44d",
        "\u0645\u0631\u062d\u0628\u0627 1",
    ],
)
def test_names_and_numbers_tell_nothing(model: LanguageModel, text: str) -> None:
    verdict = model.judge(text)
    assert verdict.confidence == 0.0 or text.startswith("\u0645")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my account 41006273 KDM-4821-7305 eNdwedwe is wrong", "en"),
        ("i-akhawunti yami 41006273 inephutha eBallito", "zu"),
    ],
)
def test_names_and_numbers_do_not_flip_it(model: LanguageModel, text: str, language: str) -> None:
    assert model.judge(text).language == language


@pytest.mark.parametrize(
    "text",
    [
        "is the hall still free on 13 Dec for our nikah, we are 150 people and there is lunch",
        "please send somebody to Mr Qwabeni at the pool, the guard was asleep",
        "eish it took so long but now we have electricity, thank you",
    ],
)
def test_an_odd_word_in_an_english_sentence_is_no_isizulu(model: LanguageModel, text: str) -> None:
    assert model.judge(text).language == "en"


def test_a_model_read_back_judges_the_same(model: LanguageModel) -> None:
    again = LanguageModel.from_json(model.as_json())
    for text in ("no water here", "awekho amanzi lapha", "i-bill yami is too much nge-rate"):
        assert again.judge(text).language == model.judge(text).language


@pytest.mark.parametrize(
    ("text", "leaning"),
    [
        ("hi", "en"),
        ("Hey!", "en"),
        ("Hi Thabo", "en"),
        ("help", "en"),
        ("heita", "zu"),
        ("hola", "zu"),
        ("yo", "zu"),
        ("\U0001f44d", "zu"),
        ("02214", "zu"),
    ],
)
def test_what_proves_nothing_leans(model: LanguageModel, text: str, leaning: str) -> None:
    assert model.judge(text) == (leaning, 0.0, leaning)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("hello", "en"),
        ("good day", "en"),
        ("sawubona", "zu"),
        ("sanibonani", "zu"),
        ("yebo", "zu"),
        ("hi, amanzi awekho", "zu"),
        ("heita, no water here", "en"),
    ],
)
def test_greetings_tell_their_language(model: LanguageModel, text: str, language: str) -> None:
    assert model.judge(text).dominant == language
