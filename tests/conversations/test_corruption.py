"""Corruption: confidential, the hotline named, and nobody sees who wrote when they do not want that."""

from __future__ import annotations

import pytest

from tests.conversations.chat import Phones

REPORTS = {
    "en": "An official at the Ballito office demanded a bribe of R500 from me",
    "zu": "Kunenkohlakalo ehhovisi laseBallito, isisebenzi sithathe imali yami",
}


@pytest.mark.parametrize(
    ("language", "wish", "done"),
    [
        ("en", "1", "no name or number"),
        ("en", "I want to stay anonymous", "no name or number"),
        ("zu", "angifuni ukuveza igama lami", "abaliboni igama"),
        ("zu", "yebo", "abaliboni igama"),
    ],
)
def test_the_name_is_hidden_at_a_word(phones: Phones, language: str, wish: str, done: str) -> None:
    phone = phones.sms()
    phone.says(REPORTS[language])
    offer = phone.hears("0800 701 701")
    assert offer.segments <= 2
    case = phone.only_case()
    assert (case["category"], case["confidential"], case["anonymous"]) == ("corruption", True, False)
    phone.says(wish)
    phone.hears(done, case["reference"])
    assert phone.only_case()["anonymous"] is True
    phone.says("STATUS" if language == "en" else "ISIMO")
    phone.hears(case["reference"])


def test_without_the_wish_it_stays_confidential_only(phones: Phones) -> None:
    phone = phones.sms()
    phone.says(REPORTS["en"])
    phone.says("no")
    phone.hears("stays confidential")
    assert phone.only_case()["anonymous"] is False


@pytest.mark.parametrize(
    ("language", "wish", "done"),
    [
        ("en", "please I want to stay anonymous", "no name or number"),
        ("zu", "angifuni ukuveza igama lami", "abaliboni igama"),
    ],
)
def test_the_name_is_hidden_at_a_later_word_too(phones: Phones, language: str, wish: str, done: str) -> None:
    phone = phones.sms()
    phone.says(REPORTS[language])
    phone.says("no" if language == "en" else "cha")
    assert phone.only_case()["anonymous"] is False
    phone.says(wish)
    phone.hears(done)
    assert phone.only_case()["anonymous"] is True


def test_said_at_once_it_is_not_asked(phones: Phones) -> None:
    phone = phones.sms()
    phone.says(f"{REPORTS['en']}. I want to stay anonymous.")
    phone.hears("Anonymous report")
    assert phone.only_case()["anonymous"] is True


def test_another_matter_goes_its_own_way(phones: Phones) -> None:
    phone = phones.sms()
    phone.says(REPORTS["en"])
    phone.says("No water in Sundumbili since yesterday")
    assert [case["category"] for case in phone.cases()] == ["corruption", "water"]
