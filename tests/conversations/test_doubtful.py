"""Messages in doubt: decided by the safe side, or asked about once; nothing said is asked again."""

from __future__ import annotations

import pytest

from tests.conversations.chat import Chat, Phones


@pytest.mark.parametrize(
    "text",
    [
        "my bill is wrong",
        "My statement is far too high this time, please look at it",
        "I-akhawunti yami inkulu kakhulu kule nyanga",
    ],
)
def test_a_bill_called_wrong_is_a_dispute_and_asks_for_what_it_needs(phones: Phones, text: str) -> None:
    chat = phones.sms()
    chat.says(text)
    assert chat.state()["asking"] == "account_number"
    chat.says("41006273")
    assert chat.state()["asking"] == "amount"
    chat.says("R4560")
    if chat.state()["asking"] == "month":
        chat.says("july")
    assert chat.state()["asking"] == "reason"
    chat.says("the house stood empty")
    case = chat.only_case()
    assert (case["class"], case["category"], case["account_number"]) == ("dispute", "billing", "41006273")
    assert case["reason"] == "the house stood empty"


def test_numbers_sent_after_a_case_about_a_bill_belong_to_it(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("i have not received my account for three months")
    chat.hears("Thank you")
    chat.says("41006281")
    chat.hears("We have added that")
    case = chat.only_case()
    assert (case["class"], case["account_number"]) == ("complaint", "41006281")
    assert chat.state()["asking"] is None


def test_an_account_number_alone_still_begins_a_reading(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("41006299")
    assert chat.state()["asking"] == "reading"


def test_a_question_with_its_answer_is_answered_though_it_looks_like_a_report(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("emergency number?")
    assert len(chat.last) == 2  # the answer and, at first contact, the privacy notice
    chat.hears("112", "Was this helpful?")
    assert chat.cases() == []


# The engine is not sure of these; should a better model be, choose others (`phendula nlu decisions --show`).
PRAISE_OR_REPORT = (
    "ngiyabonga for fixing i-street light, only ithathe two weeks though lol",
    "ipaki elisha eSteve Biko lihle, abantwana bajabule. Sicela nje nifake umpompi.",
    "the indigent registration day at Doringkop was so well organised, in and out in half an hr",
    "i-security yenu e-gate ine-attitude, it made me wait outside in the rain ngiphethe ingane",
)
BETWEEN_TWO_DESKS = (
    "The water pipe burst in Shakaville and now the whole road is flooded and the tar is breaking up",
    "litter in the culvert in Stanger",
    "izindlu zangasese zomphakathi eMaqumbi azinazo izicabha kanti futhi zigcwele zonke",
    "ibhuloho likhukhulekile eCibane, sesiwela ngezinyawo emanzini",
    "rubbish and branches in the park by the clinic in Stanger",
)


def asked_about(phones: Phones, channel: str = "sms") -> tuple[Chat, str]:
    """The chat of somebody whose message was asked about, and the message."""
    for text in PRAISE_OR_REPORT:
        chat = getattr(phones, channel)()
        chat.says(text)
        if chat.state()["asking"] == "matter":
            return chat, text
    pytest.skip("the model is sure of all of these: write others")


def test_a_doubtful_class_is_asked_once_and_the_message_is_kept(phones: Phones) -> None:
    chat, text = asked_about(phones)
    choices = {choice["payload"]: choice["number"] for choice in chat.state()["choices"]}
    assert {"matter:compliment", "matter:complaint", "matter:other"} <= set(choices)
    chat.says(str(choices["matter:compliment"]))
    case = chat.only_case()
    assert (case["class"], case["description"]) == ("compliment", text)


def test_the_choice_may_be_made_in_words(phones: Phones) -> None:
    chat, _text = asked_about(phones, "whatsapp")
    titles = {choice["payload"]: choice["title"] for choice in chat.state()["choices"]}
    chat.says(titles["matter:compliment"])
    assert chat.only_case()["class"] == "compliment"


def test_something_else_is_read_by_a_person(phones: Phones) -> None:
    chat, text = asked_about(phones)
    other = next(c["number"] for c in chat.state()["choices"] if c["payload"] == "matter:other")
    chat.says(str(other))
    assert chat.state()["state"] == "waiting"
    # Nobody is at the desk in this test: a case keeps what was asked, whatever the hour.
    assert chat.only_case()["description"].startswith(text)


@pytest.mark.parametrize("answer", ["who won the soccer", "angazi", "maybe"])
def test_an_answer_that_is_none_of_the_choices_opens_no_case_of_the_likeliest(
    phones: Phones, answer: str
) -> None:
    chat, text = asked_about(phones)
    chat.says(answer)
    assert chat.state()["state"] == "waiting"
    case = chat.only_case()
    assert case["class"] == "query"
    assert case["description"].startswith(text)


def test_the_choice_can_be_left(phones: Phones) -> None:
    chat, _text = asked_about(phones)
    chat.says("0")
    assert chat.cases() == []
    assert chat.state()["asking"] is None


def test_a_doubtful_category_is_asked_between_the_two_best(phones: Phones) -> None:
    for text in BETWEEN_TWO_DESKS:
        chat = phones.sms()
        chat.says(text)
        if chat.state()["asking"] == "category":
            break
    else:
        pytest.skip("the model is sure of all of these: write others")
    heard = chat.last[0]
    assert heard.segments == 1
    choices = {choice["payload"]: choice["number"] for choice in chat.state()["choices"]}
    assert 2 <= len(choices) <= 3
    assert "category:other" in choices
    payload = next(payload for payload in choices if payload != "category:other")
    chat.says(str(choices[payload]))
    if chat.state()["asking"] == "location":
        chat.says("Stanger")
    case = chat.only_case()
    assert (case["class"], case["category"]) == ("complaint", payload.removeprefix("category:"))
    assert case["description"] == text


def test_gibberish_is_not_asked_about(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("asdfgh qwrtyp zxcvb")
    assert chat.state()["asking"] is None
    assert chat.cases() == []


@pytest.mark.parametrize("text", ["!!!", "3", "..", "12"])
def test_what_says_nothing_opens_nothing(phones: Phones, text: str) -> None:
    chat = phones.sms()
    chat.says(text)
    chat.hears("did not understand" if chat.last[0].language == "en" else "asizwanga")
    assert (chat.state()["asking"], chat.cases()) == (None, [])


@pytest.mark.parametrize(
    ("begin", "sorry", "real"),
    [
        ("I want to complain", "did not understand that", "the street light in our road is out"),
        ("ngifuna ukukhononda", "asizwanga kahle", "isibani somgwaqo asikhanyi"),
    ],
)
def test_keys_hit_at_random_are_no_description(phones: Phones, begin: str, sorry: str, real: str) -> None:
    chat = phones.sms()
    chat.says(begin)
    assert chat.state()["asking"] == "description"
    chat.says("qwrtp zxcv bnmk")
    chat.hears(sorry)
    assert (chat.state()["asking"], chat.cases()) == ("description", [])
    chat.says(real)
    assert chat.state()["asking"] == "location"
    chat.says("Stanger")
    assert chat.only_case()["description"] == real


def test_a_person_is_offered_when_it_stays_gibberish(phones: Phones) -> None:
    chat = phones.sms()
    chat.says("I want to complain")
    chat.says("qwrtp zxcv bnmk")
    chat.says("zxcvb qwrtyp")
    assert (chat.state()["asking"], chat.cases()) == ("wants_agent", [])
