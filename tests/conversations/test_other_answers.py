"""Something else instead of the answer: nothing is lost, and nothing is taken for what it is not."""

from __future__ import annotations

import pytest

from tests.conversations.chat import Phones


@pytest.mark.parametrize(
    ("report", "other", "noted", "place", "offered"),
    [
        ("no water", "my bill is too high", "We have noted that", "Groutville", "another matter: accounts"),
        ("no water", "the bin was not collected", "We have noted that", "Stanger", "another matter: refuse"),
        ("amanzi awekho", "i-bill yami inkulu kakhulu", "Sikubhalile lokho", "eStanger", "nangolunye udaba"),
        ("amanzi awekho", "41006273 02214", "Sikubhalile lokho", "eStanger", "nesibalo semitha"),
    ],
)
def test_another_matter_is_no_place(
    phones: Phones, report: str, other: str, noted: str, place: str, offered: str
) -> None:
    chat = phones.sms()
    chat.says(report)
    chat.says(other)
    chat.hears(noted)
    assert chat.state()["asking"] == "location"
    chat.says(place)
    chat.hears(offered)
    case = chat.only_case()
    assert case["category"] == "water"
    assert other not in (case["location_text"] or "")
    assert chat.state()["asking"] == "also"


def test_a_second_trouble_with_its_place_is_offered(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("no water")
    chat.says("there is a pothole in Groutville")
    chat.hears("Reported: water, Groutville", "another matter: roads")
    chat.says("1")
    assert [case["category"] for case in chat.cases()] == ["water", "roads"]


@pytest.mark.parametrize("place", ["near the robots in Stanger", "Mvoti street", "ngasezindlini eMandeni"])
def test_a_landmark_is_no_second_matter(phones: Phones, place: str) -> None:
    chat = phones.sms()
    chat.says("no water since yesterday")
    chat.says(place)
    assert chat.only_case()["category"] == "water"
    assert chat.state()["asking"] is None


def test_a_place_takes_up_what_is_offered_and_a_slip_asks_again(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("bill for June R2300 is too much, and the bin was not collected")
    chat.says("41006273")
    chat.says("0")
    assert chat.state()["asking"] == "also"
    chat.says("qwrtp zxcv")
    chat.hears("another matter: refuse")
    chat.says("Stanger")
    chat.hears("Reported: refuse, KwaDukuza")


@pytest.mark.parametrize(
    ("protest", "fire", "offered"),
    [
        ("my bill is wrong account 41006273 R2300", "house on fire in Darnall please help", "Shall we open"),
        ("angivumelani ne-akhawunti yami 41006273 R2300", "kusha umuzi eDarnall sicela usizo", "Silubhalise"),
    ],
    ids=["en", "zu"],
)
def test_what_an_emergency_interrupts_is_offered_afterwards(
    phones: Phones, protest: str, fire: str, offered: str
) -> None:
    chat = phones.sms()
    chat.says(protest)
    assert chat.state()["asking"] == "month"
    chat.says(fire)
    chat.hears(offered)
    chat.says("1")
    assert chat.state()["asking"] == "month"
    chat.says("7")
    fire_case, dispute = chat.cases()
    assert fire_case["priority"] == "emergency"
    assert (dispute["account_number"], float(dispute["disputed_amount"])) == ("41006273", 2300.0)


def test_a_reading_interrupted_by_a_report_is_offered_afterwards(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("my reading is 1886")
    chat.says("Robots are broken in Stanger")
    chat.hears("Reported: roads, KwaDukuza", "You also sent a meter reading")
    chat.says("1")
    assert chat.state()["asking"] == "account_number"
    chat.says("41006281")
    chat.hears("..6281", "1886")


@pytest.mark.parametrize(
    ("wish", "broken", "logged"),
    [
        ("I want to send my reading 41006273", "the meter is broken", "Thank you. Reported"),
        ("ngifuna ukuthumela ukufundwa kwemitha 41006273", "imitha ifile", "Siyabonga. Sesibikele"),
    ],
    ids=["en", "zu"],
)
def test_a_broken_meter_is_reported_with_its_account(
    phones: Phones, wish: str, broken: str, logged: str
) -> None:
    chat = phones.sms()
    chat.says(wish)
    assert chat.state()["asking"] == "reading"
    chat.says(broken)
    chat.hears(logged)
    case = chat.only_case()
    assert (case["category"], case["account_number"]) == ("meter_reading", "41006273")


def test_a_doubted_reading_that_is_not_confirmed_is_never_taken(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("acc 41006299 reading 99999")
    chat.says("no")
    chat.says("it is what the thing shows")
    chat.hears("digits only")
    assert chat.readings() == []


def test_what_is_doubted_is_said_again_after_an_interruption(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("acc 41006302 reading 98765")
    chat.hears("98765 is much more")
    chat.says("what are your office hours?")
    chat.hears("07:30", "98765 is much more", "Is it right?")


@pytest.mark.parametrize(
    ("report", "right", "added"),
    [
        ("no water in Groutville", "no I meant Stanger", "We have added that"),
        ("awekho amanzi eGroutville", "hhayi, ngisho eStanger", "Lokho sikwengezile"),
    ],
    ids=["en", "zu"],
)
def test_what_is_put_right_is_added_to_the_case(phones: Phones, report: str, right: str, added: str) -> None:
    chat = phones.sms()
    chat.says(report)
    chat.says(right)
    chat.hears(added)
    assert chat.only_case()["reason"] == right


def test_a_matter_told_instead_of_yes_to_a_person_is_taken_up(phones: Phones) -> None:
    chat = phones.sms()
    for _ in range(3):
        chat.says("qwrtp zxcv bnmk")
    assert chat.state()["asking"] == "wants_agent"
    chat.says("no water in Groutville")
    assert chat.only_case()["category"] == "water"


def test_a_loan_word_beside_digits_changes_no_language(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("angivumelani ne-akhawunti yami 41006273")
    assert chat.says("sorry 1300")[0].language == "zu"


@pytest.mark.parametrize(
    ("report", "wrong", "asked", "right", "added"),
    [
        ("no water in Groutville", "wrong", "write what is right", "it is Stanger", "We have added that"),
        ("awekho amanzi eGroutville", "iphutha", "ubhale okulungile", "kuseStanger", "Lokho sikwengezile"),
    ],
    ids=["en", "zu"],
)
def test_wrong_is_asked_what_is_right(
    phones: Phones, report: str, wrong: str, asked: str, right: str, added: str
) -> None:
    chat = phones.sms()
    chat.says(report)
    chat.says(wrong)
    chat.hears(asked)
    assert chat.state()["asking"] == "right"
    chat.says(right)
    chat.hears(added)
    assert chat.only_case()["reason"] == right


def test_wrong_after_a_reading_asks_for_it_again(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("41006302 02290")
    chat.says("wrong")
    chat.hears("write it again")
    chat.says("02291")
    chat.hears("Corrected", "02291")


def test_the_hours_are_no_reason_and_a_streetlight_is_offered(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("my bill is wrong account 41006273 R2300 june")
    chat.says("what are your office hours?")
    chat.hears("07:30", "Why do you dispute it?")
    chat.says("the streetlight is off")
    chat.hears("We have added that", "another matter: streetlights")


def test_maybe_cancels_nothing(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("my bill is wrong account 41006273")
    chat.says("maybe")
    chat.hears("We need an amount in rand")


@pytest.mark.parametrize(
    ("asks", "no", "logged"),
    [
        ("ihhovisi livulwa nini", "cha, bengifuna isikhathi sangomgqibelo", "Sizobuza"),
        ("what are your office hours?", "no, I meant on Christmas", "We will find that out"),
    ],
    ids=["zu", "en"],
)
def test_a_no_that_says_why_goes_on_with_the_question(
    phones: Phones, asks: str, no: str, logged: str
) -> None:
    chat = phones.sms()
    chat.says(asks)
    chat.hears("07:30")
    chat.says(no)
    chat.hears(logged)


@pytest.mark.parametrize("text", ["wrong", "cha", "\U0001f44d"])
def test_what_names_nothing_is_no_place(phones: Phones, text: str) -> None:
    chat = phones.telegram()
    chat.says("no water")
    chat.says(text)
    chat.hears("did not understand", "Where is it?")
    chat.says("Groutville")
    assert chat.only_case()["place"] == "Groutville"


def test_the_hours_are_no_complaint(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("I want to complain")
    chat.says("what are your office hours?")
    chat.hears("07:30", "What is wrong?")
    assert chat.cases() == []


def test_another_account_may_be_named_before_the_digits(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("I want to send my reading 41006273")
    answer = chat.says("sorry i meant account 41006302")
    assert "digits only, e.g." in answer[0].text
    assert "A reading is digits only" not in answer[0].text
    chat.says("02292")
    chat.hears("..6302")


def test_a_thumb_alone_is_asked_for_words(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("\U0001f44d")
    assert chat.state()["asking"] is None


@pytest.mark.parametrize(
    ("report", "unsure", "hint", "still_unsure", "opened", "place"),
    [
        (
            "big water leak next to the road",
            "I don't know",
            "nearest town or school",
            "no idea where it is",
            "Reported: water, next to the road. Ref",
            "next to the road",
        ),
        (
            "ipayipi liqhumile",
            "angazi kahle",
            "Kwanele idolobha",
            "angazi nje",
            "Sesibikele uMnyango Wezamanzi: amanzi. Inombolo",
            None,
        ),
    ],
)
def test_who_does_not_know_where_hears_once_what_would_do(
    phones: Phones, report: str, unsure: str, hint: str, still_unsure: str, opened: str, place: str | None
) -> None:
    chat = phones.sms()
    chat.says(report)
    chat.says(unsure)
    chat.hears(hint)
    assert chat.state()["asking"] == "location"
    chat.says(still_unsure)
    chat.hears(opened)
    case = chat.only_case()
    assert case["location_text"] == place
    assert still_unsure in case["description"]


@pytest.mark.parametrize(
    ("place", "asked", "matter"),
    [
        ("near the clinic in Groutville", "What is wrong", "the pipe has burst"),
        ("eduze kwekliniki eGroutville", "Yini", "ipayipi liqhumile"),
    ],
)
def test_a_place_alone_is_no_matter(phones: Phones, place: str, asked: str, matter: str) -> None:
    chat = phones.sms()
    chat.says(place)
    chat.hears(asked)
    assert chat.cases() == []
    chat.says(matter)
    case = chat.only_case()
    assert (case["category"], case["place"]) == ("water", "Groutville")


@pytest.mark.parametrize(
    ("protest", "answers"),
    [
        ("my bill jumped from R412 to R4 120, I do not accept it", ("R4 120", "3")),
        ("ngangikweleta 412 ngoMashi manje sekuthiwa 4 120, angivumi", ("4 120",)),
    ],
)
def test_of_two_sums_the_contested_one_is_asked_for(
    phones: Phones, protest: str, answers: tuple[str, ...]
) -> None:
    chat = phones.sms()
    chat.says(protest)
    chat.says("41006273")
    assert chat.state()["asking"] == "amount"
    for answer in answers:
        chat.says(answer)
    assert chat.only_case()["disputed_amount"] == 4120
