"""Complaints as chats: what a person writes and what their phone shows."""

from __future__ import annotations

import re

from tests.conversations.chat import Chat, Phones

REFERENCE = re.compile(r"\b[A-Z]{3,4}-\d{4}-\d{4}\b")


def test_one_message_one_reply_in_isizulu(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("Awekho amanzi eSundumbili kusukela izolo")
    reply = chat.hears("Siyabonga", "amanzi eSundumbili", "ISIMO")
    assert re.search(r"\bIDM-\d{4}-\d{4}\b", reply.text)
    assert reply.segments == 1
    assert reply.language == "zu"
    case = chat.only_case()
    assert (case["category"], case["municipality"], case["place"]) == ("water", "IDM", "Sundumbili")


def test_one_message_one_reply_in_english(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("robots not working corner king shaka and hulett stanger")
    reply = chat.hears("Thank you", "KDM-")
    assert reply.language == "en"
    case = chat.only_case()
    assert (case["class"], case["category"], case["municipality"]) == ("complaint", "roads", "KDM")


def test_the_privacy_notice_comes_once_after_the_first_reply(phones: Phones) -> None:
    chat = phones.sms()
    first = chat.says("there is a burst water pipe in Mandeni near the taxi rank")
    assert [bool(REFERENCE.search(m.text)) for m in first] == [True, False]
    assert "MY DATA" in first[1].text
    assert all("MY DATA" not in m.text for m in chat.says("thank you"))


def test_only_the_place_is_asked_when_the_matter_is_clear(phones: Phones) -> None:
    chat = phones.telegram()
    chat.says("akukho gesi kusukela ekuseni")
    chat.hears("kukuphi")
    assert chat.state()["asking"] == "location"
    chat.says("eNkobongo")
    chat.hears("KDM-", "eNkobongo")
    assert chat.only_case()["category"] == "electricity"


def test_only_the_matter_is_asked_when_nothing_is_said(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("I want to complain")
    chat.hears("What is wrong")
    chat.says("streetlights are off the whole week in Shakaville")
    chat.hears("KDM-", "streetlights")


def test_a_question_in_the_middle_is_answered_and_the_form_goes_on(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("the bin was not collected this week")
    chat.hears("Where is it")
    chat.says("help")
    chat.hears("STATUS: your cases", "Where is it")
    chat.says("Groutville")
    chat.hears("KDM-", "Groutville")


def test_another_language_in_the_middle_loses_nothing(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("the public toilets are overflowing since monday")
    chat.hears("Where is it")
    chat.says("ngicela ukhulume isizulu")
    chat.hears("ngesiZulu", "kukuphi")
    chat.says("eMandeni")
    chat.hears("Siyabonga", "IDM-")
    assert chat.only_case()["category"] == "sanitation"


def test_cancel_leaves_no_half_case(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("udoti awulandwanga")
    chat.hears("kukuphi")
    chat.says("khansela")
    chat.hears("Kuyekiwe")
    assert chat.cases() == []
    assert chat.state()["asking"] is None


def test_zero_cancels_too(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("potholes everywhere")
    chat.hears("Where is it")
    chat.says("0")
    chat.hears("Cancelled")
    assert chat.cases() == []


def test_a_pin_answers_where(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("no water since last night")
    chat.hears("Where is it")
    chat.sends_pin(-29.1330, 31.4010)
    chat.hears("IDM-")
    assert chat.only_case()["latitude"] is not None


def test_an_emergency_gets_advice_and_the_number_first(phones: Phones) -> None:
    chat = phones.sms()
    replies = chat.says("kunentambo kagesi ewele phansi emgwaqweni eShakaville, iyaqhuma")
    assert "INGOZI" in replies[0].text
    assert re.search(r"\d{3}", replies[0].text)
    case = chat.only_case()
    assert (case["priority"], case["category"]) == ("emergency", "electricity")


def test_an_emergency_without_a_place_gets_advice_before_the_question(phones: Phones) -> None:
    chat = phones.telegram()
    replies = chat.says("house on fire please help")
    assert "Get everybody out" in replies[0].text
    assert any("Where is it" in m.text for m in replies)
    chat.says("Ndwedwe near the clinic")
    assert chat.only_case()["priority"] == "emergency"


def test_work_of_others_is_passed_on_with_the_same_reference(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("no electricity in Ndwedwe since yesterday morning")
    chat.hears("NLM-", "Eskom")


def test_a_landmark_alone_asks_for_the_place_and_keeps_the_landmark(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("water pipe leaking next to the primary school")
    chat.hears("Where is it")
    chat.says("Otimati")
    chat.hears("IDM-")
    case = chat.only_case()
    assert case["place"] == "Otimati"
    assert "school" in case["location_text"]


def test_mixed_language_is_answered_in_isizulu(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("sawubona, i-streetlight yangakithi eGlenhills ayisebenzi kusukela ngeSonto, please fix it")
    chat.hears("Siyabonga", "KDM-")
    assert chat.only_case()["category"] == "streetlights"


def test_the_same_chat_goes_on_in_the_language_of_the_person(phones: Phones) -> None:
    chat: Chat = phones.sms()
    chat.says("Kunobhobho ophukile eMaphumulo, amanzi ayachitheka")
    chat.hears("Siyabonga")
    chat.says("ok")
    assert all(m.language == "zu" for m in chat.last)
