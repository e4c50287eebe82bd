"""isiZulu in rough English, and the lexicon it is made from."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.components import encoder, features, glosses
from engine.components.normaliser import for_classifier

FORM = re.compile(r"-?[a-zêéô][a-zêéô'0-9]*(?:-[a-z0-9']+)*")


def english(text: str) -> str:
    return " ".join(glosses.in_english(for_classifier(text).split()))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("amanzi awekho eStanger", "water are not there is kwadukuza"),
        ("ipayipi liqhumile", "pipe explode"),
        ("asinawo ugesi", "we don't have electricity"),
        ("ngicela ukukhokha ibhili yami", "please payment bill my"),
        ("iloli likadoti alifikanga", "truck rubbish not arrive"),
        ("amalambu omgwaqo awakhanyi", "lamp road not shine"),
        ("ama-bins agcwele", "bins full"),
        ("nge-existing cable", "existing cable"),
    ],
)
def test_isizulu_is_told_in_english(text: str, told: str) -> None:
    assert english(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "no water in Ballito since this morning",
        "the lights are off again, wiring is burnt and it is unsafe",
        "I use the hall, what size is it",
        "qwrtp zxcvb",
        "",
    ],
)
def test_english_and_what_nobody_knows_stay_as_they_are(text: str) -> None:
    assert english(text) == for_classifier(text)


def test_can_is_not_denied_and_cannot_is() -> None:
    assert "not" not in english("ungakwazi ukuza").split()
    assert english("angikhokhi").startswith("not ")
    assert english("abafikanga").startswith("not ")


def test_a_word_of_both_languages_is_of_the_language_of_the_others() -> None:
    assert english("leyo into ayisebenzi").split().count("thing") == 2
    assert "into" in english("water runs into my house").split()


@given(st.text(max_size=80))
def test_any_text_is_told_in_words(text: str) -> None:
    words = for_classifier(text).split()
    told = glosses.in_english(words)
    assert all(word and not word.isspace() for word in told)
    assert len(told) >= len(words)


def test_every_line_of_the_lexicon_has_its_form_and_no_form_two_lines() -> None:
    seen = {}
    for number, line in enumerate(glosses.SOURCE.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("#"):
            continue
        forms, bar, senses = line.partition(" | ")
        assert bar, f"line {number}: {line}"
        assert senses.strip(), f"line {number}: {line}"
        for form in forms.split():
            assert FORM.fullmatch(form), f"line {number}: {form}"
            assert form not in seen, f"line {number}: {form} stands in line {seen[form]} already"
            seen[form] = number
    assert len(seen) > 15_000


def test_isizulu_and_english_share_what_a_text_is_made_of() -> None:
    def parts(text: str) -> "set[str]":
        words = for_classifier(text).split()
        return set(features.features_of(" ".join(words), (), glosses.in_english(words))["g"][0])

    assert {"truck", "rubbish"} <= parts("iloli likadoti") & parts("the rubbish trucks")
    assert features.stem_of("leaking") == features.stem_of("leaks") == "leak"


def test_the_encoder_reads_english_besides_what_is_written() -> None:
    encode = encoder.encoder()
    if encode is None:
        pytest.skip("the encoder is not installed here")

    def alike(one: str, other: str) -> float:
        return float(encode(one) @ encode(other))

    # Two words that mean the same are nearer to each other than words of two matters.
    assert alike("ipayipi liqhumile", "burst pipe") > alike("ipayipi liqhumile", "office hours")
