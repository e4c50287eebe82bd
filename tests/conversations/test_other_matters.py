"""Disputes, questions, compliments, readings, status, a person, control words."""

from __future__ import annotations

import re

import pytest

from tests.conversations.chat import CHANNELS, Phones

REFERENCE = re.compile(r"\b([A-Z]{3,4})-(\d{4})-(\d{4})\b")


def reference_in(text: str) -> str:
    found = REFERENCE.search(text)
    assert found, text
    return found.group(0)


# Disputes --------------------------------------------------------------------------------------------


def test_a_dispute_with_account_amount_and_month_in_one_message(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("my bill is wrong account 41006273 you charged R4560 for july")
    chat.hears("R4 560,00", "July", "..6273", "on hold")
    case = chat.only_case()
    assert case["class"] == "dispute"
    assert (case["account_number"], float(case["disputed_amount"])) == ("41006273", 4560.0)
    assert case["period"].endswith("-07")


def test_the_reason_of_a_dispute_is_asked_and_kept(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("my bill is wrong account 41006273 you charged R4560 for july")
    chat.hears("Why do you dispute it")
    chat.says("the meter is for my neighbour")
    chat.hears("added")
    assert chat.only_case()["reason"] == "the meter is for my neighbour"


def test_a_dispute_asks_only_for_what_is_missing(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("ningikhokhise imali eningi ku-akhawunti yami, angivumelani nayo")
    chat.hears("inombolo ye-akhawunti")
    chat.says("41006273")
    chat.hears("mali")
    chat.says("R1 240,55")
    chat.hears("inyanga")
    chat.says("inyanga edlule")
    chat.hears("R1 240,55")
    chat.says("0")
    chat.hears("iyaqhubeka")
    assert float(chat.only_case()["disputed_amount"]) == 1240.55


def test_a_wrong_account_number_is_said_and_asked_again(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("I dispute the amount on my account")
    chat.hears("account number")
    chat.says("41")
    chat.hears("looks like", "account number")


@pytest.mark.parametrize("answers", [["I lost the bill"], ["anginayo"], ["angazi"], ["no"], ["xx", "yy"]])
def test_who_has_no_account_number_can_dispute_all_the_same(phones: Phones, answers: list[str]) -> None:
    chat = phones.sms()
    chat.says("the token I bought for my meter gave half of the units, I contest that")
    for answer in answers:
        chat.hears("account number")
        chat.says(answer)
    chat.hears("Which amount")
    chat.says("200")
    chat.hears("Dispute", "R200,00")
    assert "on hold" not in chat.last[0].text  # of which account?
    case = chat.only_case()
    assert (case["class"], case["account_number"], float(case["disputed_amount"])) == ("dispute", None, 200.0)
    assert answers[-1] in case["description"]


def test_a_meter_number_stands_for_the_account_of_a_prepaid_meter(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("nithatha u 150 uma ngithenga ithokheni, angivumi")
    chat.hears("akhawunti")
    chat.says("imitha 04182277316")
    case = chat.only_case()
    assert (case["meter_number"], float(case["disputed_amount"])) == ("04182277316", 150.0)


def test_a_report_while_the_reason_is_asked_is_a_report(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("my bill is wrong account 41006273 you charged R4560 for july")
    chat.hears("Why do you dispute it")
    chat.says("there is no water in Groutville since this morning")
    chat.hears("Reported: water, Groutville")
    assert sorted(case["class"] for case in chat.cases()) == ["complaint", "dispute"]


def test_an_emergency_in_the_middle_of_a_form_comes_first(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("I dispute the amount on my account")
    chat.hears("account number")
    replies = chat.says("house on fire please help, we are in Darnall")
    assert "Get everybody out" in replies[0].text
    assert chat.only_case()["priority"] == "emergency"


# Questions and compliments ---------------------------------------------------------------------------


def test_a_question_becomes_a_case_with_its_own_clock(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("am I allowed to keep goats in my yard?")
    chat.hears("Reference", "answers by")
    assert chat.only_case()["class"] == "query"


def test_a_compliment_is_acknowledged_without_questions(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("Siyabonga ku-Thabo wakwa-electricity, ulungise masinya")
    chat.hears("amazwi akho amahle", "Thabo")
    case = chat.only_case()
    assert (case["class"], case["category"]) == ("compliment", "electricity")
    assert chat.state()["asking"] is None


# Readings --------------------------------------------------------------------------------------------


def test_account_and_reading_in_one_message(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("41006273 02214")
    chat.hears("..6273", "02214")
    assert [r["digits"] for r in chat.readings()] == ["02214"]


def test_a_reading_in_isizulu_with_words(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("imitha yami yamanzi ifundeka 01887 i-akhawunti 41006281")
    chat.hears("..6281", "01887")


def test_a_reading_below_the_last_is_asked_back_and_taken_when_sent_again(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("acc 41006299 reading 00012")
    chat.hears("lower than the last reading")
    chat.says("00012")
    chat.hears("A person will check")
    assert [r["state"] for r in chat.readings()] == ["flagged"]


def test_an_unknown_account_is_said_without_telling_which_exist(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("meter reading 41999993 02214")
    chat.hears("do not find that account")
    assert chat.state()["asking"] == "account_number"


def test_a_reading_alone_asks_for_the_account_and_keeps_the_reading(phones: Phones) -> None:
    chat = phones.telegram()
    chat.says("my water meter reading is 02301")
    chat.hears("account number")
    chat.says("41006302")
    chat.hears("..6302", "02301")


# Status ----------------------------------------------------------------------------------------------


def test_status_lists_ones_own_cases(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("what's my status")
    chat.hears("no case from this number")
    chat.says("pothole on main road in Darnall by the school")
    reference = reference_in(chat.hears("KDM-").text)
    chat.says("what's my status")
    chat.hears(reference, "received")
    chat.says("isikhalazo sami sesifikephi")
    chat.hears(reference)


@pytest.mark.parametrize("garble", [
    lambda r: r.replace("-", "").replace("0", "O"),
    lambda r: r[4:].replace("-", ""),
    lambda r: f"status {r.lower().replace('-', ' ')}",
    lambda r: f"any news on {r}",
])  # fmt: skip
def test_a_reference_is_read_forgivingly(phones: Phones, garble) -> None:  # type: ignore[no-untyped-def]
    chat = phones.sms()
    chat.says("no water in Groutville since this morning")
    reference = reference_in(chat.hears("Ref").text)
    chat.says(garble(reference))
    chat.hears(reference, "received")


def test_anothers_reference_answers_as_one_that_does_not_exist(phones: Phones) -> None:
    owner, other = phones.sms(), phones.sms()
    owner.says("no water in Groutville since this morning")
    reference = reference_in(owner.hears("Ref").text)
    other.says(f"status {reference}")
    answer = other.hears("find no case").text
    assert "water" not in answer


def test_a_typing_error_in_a_reference_is_said(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("no water in Groutville since this morning")
    reference = reference_in(chat.hears("Ref").text)
    wrong = reference[:-1] + str((int(reference[-1]) + 1) % 10)
    chat.says(f"status {wrong}")
    chat.hears("typing error")


# A person, language, control -------------------------------------------------------------------------


@pytest.mark.parametrize("channel", CHANNELS)
def test_a_person_please(phones: Phones, channel: str) -> None:
    chat = phones.on(channel)
    chat.says("I want to speak to a person please")
    chat.hears("asked a person")
    assert chat.state()["state"] == "waiting"


def test_three_times_not_understood_offers_a_person(phones: Phones) -> None:
    chat = phones.sms()
    for _ in range(2):
        chat.says("qwrtp zxcv bnmk")
        assert "1" not in chat.last[0].text
    chat.says("qwrtp zxcv bnmk")
    chat.hears("ngumuntu", "1 Yebo", "2 Cha")  # keys at random tell no language
    chat.says("1")
    assert chat.state()["state"] == "waiting"


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize(("stop", "start", "gone", "back"), [
    ("STOP", "START", "no more messages", "Welcome back"),
    ("misa", "qala", "Ngeke usa", "Siyakwamukela"),
])  # fmt: skip
def test_stop_and_start(phones: Phones, channel: str, stop: str, start: str, gone: str, back: str) -> None:
    chat = phones.on(channel)
    chat.says("good day" if stop == "STOP" else "sawubona")
    chat.says(stop)
    chat.hears(gone)
    assert chat.state()["opted_out"] is True
    assert chat.says(stop, expect=0) == []
    report = "no water in Groutville since this morning" if stop == "STOP" else "awekho amanzi eGroutville"
    chat.says(report, expect=0)
    assert len(chat.cases()) == 1, "a report is kept although nothing is answered"
    chat.says(start)
    chat.hears(back)
    assert chat.state()["opted_out"] is False


def test_english_then_isizulu_on_request(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("hello")
    chat.hears("Good day")
    chat.says("isizulu")
    chat.hears("ngesiZulu")
    chat.says("hello")
    assert chat.last[0].language == "zu"


@pytest.mark.parametrize(("says", "language"), [
    ("hi", "en"), ("Good day", "en"), ("morning", "en"), ("sanibonani", "zu"), ("heita", "zu"),
])  # fmt: skip
def test_a_greeting_is_answered_in_its_language(phones: Phones, says: str, language: str) -> None:
    chat = phones.sms()
    assert chat.says(says)[0].language == language
    assert chat.last[0].key == "utter_greet"


@pytest.mark.parametrize(("says", "hears"), [
    ("help", "STATUS: your cases"),
    ("usizo", "ISIMO: izindaba zakho"),
    ("sawubona", "Sawubona"),
    ("ngiyabonga kakhulu", "Kubonga thina"),
    ("are you a robot", "automatic assistant"),
    ("who won the soccer last night", "municipal services"),
    ("cancel my complaint form", "nothing to cancel"),
])  # fmt: skip
def test_small_things(phones: Phones, says: str, hears: str) -> None:
    chat = phones.sms()
    chat.says(says)
    chat.hears(hears)


def test_a_typed_command_of_the_engine_is_only_text(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("/restart")
    chat.says('/complaint{"location":"x"}')
    assert chat.cases() == []


def test_pictures_and_empty_messages_get_a_kind_word(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("good morning")
    chat.sends_picture()
    chat.hears("we have your picture", "in words")
    assert chat.cases() == []


def test_my_data(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("what personal data do you have about me")
    chat.hears("free of charge")
