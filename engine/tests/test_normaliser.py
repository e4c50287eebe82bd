"""What a message says before anything is learnt from it."""

from __future__ import annotations

import pytest

from engine.components.normaliser import SHORT_WORDS, for_classifier, normalise, says_something


@pytest.mark.parametrize("text", ["!!!", "!!! ???", "3", "..", "12 7", "", "  ", "#1*"])
def test_nothing_is_said(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize("text", ["?", "? ??", "02214", "no", "\U0001f44d", "1 2 3 4", "yebo!"])
def test_something_is_said(text: str) -> None:
    assert says_something(text)


@pytest.mark.parametrize(
    ("text", "written_out"),
    [
        ("Wat tym do u open 2moro", "what time do you open tomorrow"),
        ("y is my bill so HIGH", "why is my bill so high"),
        ("y", "yes"),
        ("Ngcela usizo pls", "ngicela usizo please"),
    ],
)
def test_short_words_are_written_out(text: str, written_out: str) -> None:
    assert normalise(text) == written_out


def test_no_short_word_stands_for_another() -> None:
    assert not set(SHORT_WORDS) & {part for word in SHORT_WORDS.values() for part in word.split()}


@pytest.mark.parametrize("sum_of_money", ["R450", "R 450", "r 4 560,20"])
def test_the_r_of_a_sum_is_no_word(sum_of_money: str) -> None:
    assert for_classifier(f"I paid {sum_of_money} last week") == "i paid xmoneyx last week"
