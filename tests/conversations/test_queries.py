"""Questions as chats: answered at once, or a case; 'Was this helpful?' never stands in the way."""

from __future__ import annotations

import json

from tests.conversations.chat import Phones


def test_a_known_question_is_answered_at_once_in_english(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("what are your office hours?")
    answer = chat.hears("07:30 to 16:00", "Was this helpful?", "1 Yes 2 No")
    assert answer.segments <= 2
    assert chat.cases() == []
    assert chat.state()["asking"] == "helpful"


def test_a_known_question_is_answered_at_once_in_isizulu(phones: Phones) -> None:
    chat = phones.whatsapp()
    chat.says("ngikhokha kuphi i-akhawunti yamanzi?")
    chat.hears("Khokha kumakheshiya", "Kukusizile lokhu?")
    assert chat.cases() == []


def test_yes_it_was_helpful(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("how do I apply for indigent support?")
    chat.hears("Was this helpful?")
    chat.says("1")
    chat.hears("You are welcome")
    assert chat.state()["asking"] is None
    assert chat.cases() == []


def test_no_opens_the_case_with_the_first_question(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("how do I apply for indigent support?")
    chat.hears("Was this helpful?")
    chat.says("2")
    chat.hears("Reference", "answers by")
    case = chat.only_case()
    assert (case["class"], case["description"]) == ("query", "how do I apply for indigent support?")
    assert chat.state()["asking"] is None


def test_another_matter_instead_of_yes_or_no_is_not_swallowed(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("what are your office hours?")
    chat.hears("Was this helpful?")
    chat.says("no water in Groutville since this morning")
    chat.hears("Ref ", "Groutville")
    case = chat.only_case()
    assert (case["class"], case["category"]) == ("complaint", "water")


def test_a_second_question_instead_of_yes_or_no_is_answered(phones: Phones) -> None:
    chat = phones.telegram()
    chat.says("what are your office hours?")
    chat.says("how do I read my water meter?")
    chat.hears("black digits", "Was this helpful?")
    chat.says("thank you")
    chat.hears("You are welcome")
    assert chat.cases() == []


def test_a_late_no_after_something_else_means_nothing(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("what are your office hours?")
    chat.says("help")
    chat.says("no")
    chat.hears("All right")
    assert chat.cases() == []


def test_a_question_inside_a_form_is_answered_and_the_form_goes_on(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("the bin was not collected this week")
    chat.hears("Where is it")
    chat.says("what are your office hours?")
    heard = chat.hears("07:30 to 16:00", "Where is it")
    assert "helpful" not in heard.text
    chat.says("Groutville")
    chat.hears("KDM-", "Groutville")
    assert chat.only_case()["class"] == "complaint"


def test_an_unknown_question_is_a_case_and_stands_on_the_to_do_list(phones: Phones) -> None:
    chat = phones.sms()
    question = "how long does the municipality keep lost property?"
    chat.says(question)
    chat.hears("Reference", "answers by")
    reference = chat.only_case()["reference"]
    listed = phones.system.command("nlu", "questions", "--json")
    lines = [json.loads(line) for line in listed.stdout.splitlines() if line.startswith("{")]
    assert [(one["question"], one["answer"]) for one in lines if one["reference"] == reference] == [
        (question, None)
    ]
