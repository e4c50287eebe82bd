"""Languages that we do not speak: told so once, and helped all the same."""

from __future__ import annotations

from tests.conversations.chat import Phones


def test_isixhosa_is_answered_in_isizulu_with_one_honest_line_and_the_job_is_done(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("Molweni, ndicela uncedo, amanzi akakho eSundumbili kutheni")
    chat.hears("Siphendula ngesiZulu nangesiNgisi", "IDM-")
    assert chat.only_case()["category"] == "water"
    chat.says("Enkosi kakhulu, ndiyabulela bethu")
    assert "Siphendula" not in "\n".join(heard.text for heard in chat.last)


def test_afrikaans_is_answered_in_english(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("Goeie dag, daar is geen water in Ballito nie, kan julle asseblief help")
    chat.hears("We answer in isiZulu and English")
    assert {heard.language for heard in chat.last} == {"en"}


def test_isizulu_and_english_hear_nothing_of_it(phones: Phones) -> None:
    for text in ("Awekho amanzi eSundumbili kusukela izolo", "No water in Sundumbili since yesterday"):
        chat = phones.sms()
        chat.says(text)
        whole = "\n".join(heard.text for heard in chat.last)
        assert "Siphendula ngesiZulu" not in whole
        assert "We answer in isiZulu" not in whole
