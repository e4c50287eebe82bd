"""Two matters in one message: two cases, or the second offered."""

from __future__ import annotations

import pytest

from tests.conversations.chat import Phones


def test_two_clear_matters_are_two_cases_at_once_in_isizulu(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("Amanzi awekho futhi nogesi uhambile eSundumbili")
    whole = "\n".join(message.text for message in chat.last)
    cases = chat.cases()
    assert [case["category"] for case in cases] == ["water", "electricity"]
    assert {case["place"] for case in cases} == {"Sundumbili"}
    assert all(case["reference"] in whole for case in cases)
    assert chat.state()["asking"] is None


def test_two_clear_matters_are_two_cases_at_once_in_english(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("No water in Shakaville since Monday and the streetlights in Stanger are also off")
    cases = chat.cases()
    assert [(case["category"], case["place"]) for case in cases] == [
        ("water", "Shakaville"),
        ("streetlights", "KwaDukuza"),
    ]


def test_the_second_is_offered_when_the_first_had_to_be_asked_about(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("No water since Monday and the streetlight in Mvoti street is also off")
    assert chat.state()["asking"] == "location"
    chat.says("Stanger")
    chat.hears("water", "You also wrote about another matter: streetlights")
    chat.says("1")
    cases = chat.cases()
    assert [case["category"] for case in cases] == ["water", "streetlights"]
    assert cases[1]["place"] == "KwaDukuza"
    assert "Mvoti street" in cases[1]["location_text"]


@pytest.mark.parametrize("no", ["2", "0"])
def test_the_offer_can_be_declined_in_isizulu(phones: Phones, no: str) -> None:
    chat = phones.sms()
    chat.says("Asinagesi kusukela izolo ebusuku, kanti namanzi awaphumi emapayipini")
    chat.says("eMandeni")
    chat.hears("Ubhale nangolunye udaba", "1 Yebo 2 Cha")
    chat.says(no)
    assert chat.only_case()["category"] == "electricity"
    assert chat.state()["asking"] is None


def test_another_matter_instead_of_an_answer_to_the_offer_is_heard(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("No water since Monday and the streetlight in Mvoti street is also off")
    chat.says("Stanger")
    chat.says("what are your office hours?")
    chat.hears("07:30 to 16:00")
    assert [case["category"] for case in chat.cases()] == ["water"]


def test_one_matter_told_at_length_stays_one(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("No water in Shakaville since Monday and nobody comes to fix it")
    assert len(chat.cases()) == 1
    assert chat.state()["asking"] is None


@pytest.mark.parametrize(
    ("both", "place", "number", "month"),
    [
        (
            "The streetlight is off in our street and my bill is far too high",
            "Shakaville",
            "41006273",
            "last month",
        ),
        (
            "Isibani somgwaqo sicimile kanti nebhili yami inkulu kakhulu",
            "eSundumbili",
            "i-akhawunti 41006273",
            "inyanga edlule",
        ),
    ],
    ids=["en", "zu"],
)
def test_an_account_number_takes_up_the_bill_that_was_offered(
    phones: Phones, both: str, place: str, number: str, month: str
) -> None:
    chat = phones.sms()
    chat.says(both)
    chat.says(place)
    assert chat.state()["asking"] == "also"
    chat.says(number)
    assert chat.state()["asking"] == "amount"
    chat.says("R2400")
    chat.says(month)
    streetlight, bill = chat.cases()
    assert (streetlight["category"], bill["class"]) == ("streetlights", "dispute")
    assert (bill["account_number"], float(bill["disputed_amount"])) == ("41006273", 2400.0)


@pytest.mark.parametrize(
    ("protest", "report", "logged", "number", "asked"),
    [
        (
            "I dispute the amount on my account",
            "Robots are broken in Stanger",
            "Reported: roads, KwaDukuza",
            "my account is 41006273",
            "Which amount do you dispute?",
        ),
        (
            "angivumelani nemali eku-akhawunti yami",
            "amarobhothi awasebenzi eStanger",
            "Sesibikele uMnyango Wemigwaqo: imigwaqo KwaDukuza",
            "i-akhawunti 41006273",
            "Yimalini ongavumelani nayo?",
        ),
    ],
    ids=["en", "zu"],
)
def test_a_report_while_a_dispute_asks_for_its_numbers_is_logged_at_once(
    phones: Phones, protest: str, report: str, logged: str, number: str, asked: str
) -> None:
    chat = phones.sms()
    chat.says(protest)
    chat.says(report)
    chat.hears(logged, "41006273")
    assert chat.state()["asking"] == "account_number"
    chat.says(number)
    chat.hears(asked)
    chat.says("R2300")
    chat.says("7")
    report_case, dispute = chat.cases()
    assert (report_case["class"], dispute["class"]) == ("complaint", "dispute")
    assert (dispute["account_number"], dispute["place"], dispute["location_text"]) == ("41006273", None, None)
    assert dispute["period"].endswith("-07")


def test_a_report_with_the_number_asked_for_is_both(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("I dispute the amount on my account")
    chat.says("the streetlights in Groutville are off since June, and my account is 41006273")
    chat.hears("Reported: streetlights, Groutville", "Which amount do you dispute?")
    chat.says("R2300")
    chat.hears("Which month's bill is it?")  # June was the streetlights'


@pytest.mark.parametrize(
    ("protest", "report", "noted", "offered"),
    [
        (
            "my bill is wrong account 41006273 for july",
            "the bin was not collected",
            "We have noted that",
            "another matter: refuse",
        ),
        (
            "angivumelani nemali eku-akhawunti yami 41006273 kaJulayi",
            "udoti awulandwanga",
            "Sikubhalile lokho",
            "nangolunye udaba: udoti",
        ),
    ],
    ids=["en", "zu"],
)
@pytest.mark.parametrize("answers", [("R2300", "0"), ("0",)], ids=["opened", "cancelled"])
def test_a_report_without_a_place_is_offered_whatever_comes_of_the_dispute(
    phones: Phones, protest: str, report: str, noted: str, offered: str, answers: tuple[str, ...]
) -> None:
    chat = phones.sms()
    chat.says(protest)
    assert chat.state()["asking"] == "amount"
    chat.says(report)
    chat.hears(noted)
    for answer in answers:
        chat.says(answer)
    chat.hears(offered)
    chat.says("1")
    assert chat.state()["asking"] == "location"
    chat.says("Groutville")
    assert chat.cases()[-1]["category"] == "refuse"
    assert len(chat.cases()) == len(answers)


def test_a_reading_beside_what_the_bill_says_is_offered(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("its 1885, bill says account 41006281")
    chat.says("june")
    chat.says("0")
    chat.hears("You also sent a meter reading")
    chat.says("1")
    assert [reading["account_number"] for reading in chat.readings()] == ["41006281"]


@pytest.mark.parametrize(
    ("both", "offered"),
    [
        ("bill for June R2300 is too much, and the bin was not collected", "another matter: refuse"),
        ("i-bill kaJuni R2300 inkulu kakhulu, futhi udoti awulandwanga", "nangolunye udaba: udoti"),
    ],
    ids=["en", "zu"],
)
def test_what_stands_beside_a_contested_sum_is_offered(phones: Phones, both: str, offered: str) -> None:
    chat = phones.sms()
    chat.says(both)
    chat.says("41006273")
    chat.says("0")
    chat.hears(offered)
