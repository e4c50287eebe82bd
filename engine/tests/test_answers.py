"""A message as the answer to what was asked, unless it clearly is something else."""

from __future__ import annotations

from datetime import date
from typing import Any, Dict, List, Optional

import pytest

from engine.components.answers import Answer, read_answer

TODAY = date(2026, 11, 22)
PIN = {"latitude": -29.3, "longitude": 31.3}


def read(
    text: str,
    asking: Optional[str] = None,
    intent: str = "complaint",
    confidence: float = 0.7,
    entities: Optional[List[Dict[str, Any]]] = None,
    emergency: Optional[str] = None,
    category: Optional[str] = None,
    **metadata: Any,
) -> Answer:
    return read_answer(
        text=text,
        intent=intent,
        confidence=confidence,
        entities=list(entities or []),
        emergency=emergency,
        metadata={"asking": asking, **metadata},
        today=TODAY,
        category=category,
    )


def entity(name: str, value: str, start: int = 0) -> Dict[str, Any]:
    return {"entity": name, "value": value, "start": start, "end": start + len(value)}


def values(answer: Answer) -> Dict[str, str]:
    return {one["entity"]: one["value"] for one in answer.entities}


def test_nothing_asked_nothing_changes() -> None:
    assert read("there is a leak") == Answer("complaint", 0.7, [])


@pytest.mark.parametrize("intent", ["affirm", "deny", "complaint", "query", "meter_reading", "nlu_fallback"])
def test_was_this_helpful_swallows_nothing(intent: str) -> None:
    assert read("there is a leak", "helpful", intent, 0.4) == Answer(intent, 0.4, [])


def test_an_open_answer_is_an_answer() -> None:
    assert read("by the big tree", "location", "out_of_scope", 0.4).intent == "inform"
    assert read("the meter was never read", "reason", "complaint", 0.95).intent == "inform"


def test_a_low_confidence_answer_is_no_fallback() -> None:
    assert read("kwaMagwaza phezulu", "location", "nlu_fallback", 0.2).intent == "inform"


@pytest.mark.parametrize(
    "intent",
    ["cancel", "stop", "help", "agent", "status", "change_language", "my_data", "greet", "thanks", "bye"],
)
def test_control_words_stay(intent: str) -> None:
    assert read("...", "location", intent, 0.8).intent == intent
    assert read("...", "location", intent, 0.5).intent == "inform"


def test_a_control_word_beside_the_answer_is_the_answer() -> None:
    assert (
        read("thanks, eMandeni", "location", "thanks", 0.9, [entity("location", "eMandeni", 8)]).intent
        == "inform"
    )


def test_a_question_in_between_stays_a_question() -> None:
    assert read("how long will it take?", "location", "query", 0.8).intent == "query"
    assert read("how long will it take?", "location", "query", 0.6).intent == "inform"
    assert read("how long will it take?", "description", "query", 0.9).intent == "inform"


def test_short_yes_and_no_stay() -> None:
    assert read("yebo", "wants_agent", "affirm", 0.9).intent == "affirm"
    assert read("cha", "location", "deny", 0.9).intent == "deny"
    assert read("no it is the road behind the old mill", "location", "deny", 0.9).intent == "inform"


@pytest.mark.parametrize("text", ["0", " 0 ", "0."])
def test_zero_leaves(text: str) -> None:
    assert read(text, "reading", "meter_reading", 0.9) == Answer("cancel", 1.0, [])


def test_zero_declines_what_is_offered() -> None:
    assert read("0", "also", "nlu_fallback", 0.2) == Answer("deny", 1.0, [])


def test_zero_says_nothing_when_nothing_was_asked() -> None:
    assert read("0", None, "nlu_fallback", 0.2).intent == "nlu_fallback"


def test_an_emergency_is_never_an_answer() -> None:
    assert read("the house is on fire", "amount", "inform", 0.9, emergency="fire").intent == "complaint"


def test_the_whole_answer_is_the_place() -> None:
    answer = read(
        "  by the blue gate at Thabo's  ", "location", "inform", 0.4, [entity("person", "Thabo", 22)]
    )
    assert [(one["entity"], one["value"]) for one in answer.entities] == [
        ("location", "by the blue gate at Thabo's")
    ]
    assert (answer.entities[0]["start"], answer.entities[0]["end"]) == (2, 29)


def test_a_named_place_is_kept_as_found() -> None:
    found = [entity("location", "eMandeni", 9)]
    assert read("ngihlala eMandeni", "location", entities=found).entities == found


@pytest.mark.parametrize(
    ("text", "asking", "value"),
    [
        ("41006273", "account_number", "41006273"),
        ("4100 6273", "account_number", "41006273"),
        ("it is 512347", "account_number", "512347"),
        ("2214", "reading", "2214"),
        ("02214", "reading", "02214"),
        ("812", "reading", "812"),
        ("5120.7", "reading", "5120"),
        ("4560", "amount", "4560.00"),
        ("4560,50", "amount", "4560.50"),
        ("about 300", "amount", "300.00"),
        ("7", "month", "2026-07"),
        ("12", "month", "2025-12"),
        ("48217305", "reference", "48217305"),
    ],
)
def test_bare_numbers_answer(text: str, asking: str, value: str) -> None:
    answer = read(text, asking, "meter_reading", 0.9)
    assert answer.intent == "inform"
    assert values(answer) == {asking: value}


def test_a_reading_held_against_ours_is_left_to_the_classifier() -> None:
    two = [
        entity("reading", "08812", 8),
        entity("reading", "06612", 30),
        entity("account_number", "15590872"),
    ]
    held = "nibhale 08812 kodwa imitha ithi 06612, akhawunti 15590872"
    assert read(held, None, "nlu_fallback", 0.6, two).intent == "nlu_fallback"
    sent = "akhawunti 15590872: amanzi 08812, ugesi 06612"
    assert read(sent, None, "nlu_fallback", 0.6, two).intent == "meter_reading"


def test_the_same_reading_again() -> None:
    assert values(read("02214", "reading_again", "meter_reading", 0.9)) == {"reading": "02214"}


def test_digits_taken_for_something_else_become_the_answer() -> None:
    answer = read("41006273", "amount", "meter_reading", 0.9, [entity("account_number", "41006273")])
    assert values(answer) == {"amount": "41006273.00"}


@pytest.mark.parametrize(
    ("text", "asking"), [("13", "month"), ("I do not know", "amount"), ("12", "account_number")]
)
def test_no_number_that_fits(text: str, asking: str) -> None:
    assert read(text, asking, "inform", 0.5).entities == []


@pytest.mark.parametrize("text", ["register:1.8.2", "register:OFF-PEAK", "ebusuku", "the night one", "T1"])
def test_which_register_is_answered_by_its_name(text: str) -> None:
    assert read(text, "register", "query", 0.99) == Answer("inform", 1.0, [])


def test_which_register_lets_a_person_be_asked_for() -> None:
    assert read("agent", "register", "agent", 0.9).intent == "agent"
    assert read("0", "register").intent == "cancel"


def test_a_pin_answers_or_begins() -> None:
    assert read("", "location", "nlu_fallback", 0.0, **PIN).intent == "inform"
    assert read("", None, "nlu_fallback", 0.0, **PIN).intent == "complaint"
    assert read("thanks", "location", "thanks", 0.9, **PIN).intent == "inform"


@pytest.mark.parametrize("text", ["IDM23O92625", "KDM-4821-7305", " kdm 4821 7305. "])
def test_a_reference_alone_asks_for_its_status(text: str) -> None:
    written = text.strip(" .")
    found = entity("reference", written, text.index(written))
    assert read(text, intent="meter_reading", entities=[found]).intent == "status"


@pytest.mark.parametrize("text", ["41006273", "acc 41006273", "i-akhawunti ithi 41006273", "Yes: 41006273"])
@pytest.mark.parametrize("intent", ["meter_reading", "nlu_fallback"])
def test_the_number_of_a_bill_takes_the_matter_offered(text: str, intent: str) -> None:
    account = entity("account_number", "41006273", text.index("41006273"))
    answer = read(text, "also", intent, 0.8, [account])
    assert (answer.intent, values(answer)) == ("inform", {"account_number": "41006273"})
    assert read(text, "helpful", "meter_reading", 0.8, [account]).intent == "meter_reading"


@pytest.mark.parametrize(
    ("text", "intent", "kinds"),
    [
        ("no 41006273", "deny", ["account_number"]),
        ("what is owed on 41006273", "query", ["account_number"]),
        ("balance of 41006273?", "nlu_fallback", ["account_number"]),
        ("41006273 02214", "meter_reading", ["account_number", "reading"]),
        ("the pipe at the gate of 41006273 burst again", "complaint", ["account_number"]),
        ("Shakaville", "complaint", ["location"]),
    ],
)
def test_another_message_to_an_offer_finds_its_own_way(text: str, intent: str, kinds: List[str]) -> None:
    found = [entity(kind, "41006273", max(text.find("41006273"), 0)) for kind in kinds]
    assert read(text, "also", intent, 0.9, found).intent == intent


@pytest.mark.parametrize("asking", ["reading", "reading_again", "own_meter", "register"])
@pytest.mark.parametrize("digits", ["", " meter 02214"])
def test_a_complaint_is_no_answer_to_a_question_about_a_reading(asking: str, digits: str) -> None:
    text = f"there is no water in Groutville since Monday{digits}"
    said = [entity("reading", "02214", text.index("02214"))] if digits else []
    common: Dict[str, Any] = {
        "text": text,
        "entities": said,
        "emergency": None,
        "metadata": {"asking": asking},
        "today": TODAY,
    }
    assert read_answer(intent="complaint", confidence=0.9, category="water", **common).intent == "complaint"
    assert read_answer(intent="complaint", confidence=0.6, category="water", **common).intent == "inform"
    assert (
        read_answer(intent="complaint", confidence=0.9, category="meter_reading", **common).intent == "inform"
    )
    assert read_answer(intent="complaint", confidence=0.9, category=None, **common).intent == "inform"
    common["entities"] = [*said, entity("location", "Groutville", text.index("Groutville"))]
    of_a_place = read_answer(intent="complaint", confidence=0.9, category="meter_reading", **common)
    assert of_a_place.intent == "complaint"


def test_a_complaint_in_few_words_may_be_the_answer() -> None:
    assert (
        read("02214 no water", "reading", "complaint", 0.95, [entity("reading", "02214")]).intent == "inform"
    )


@pytest.mark.parametrize(
    ("text", "known", "intent"),
    [
        ("nobody was home all month so its the same as last month", ["41006273"], "meter_reading"),
        ("the numbers didn't move since last month", ["41006273"], "meter_reading"),
        ("imitha imi endaweni eyodwa kusukela ngenyanga edlule", [], "meter_reading"),
        ("nobody was home all month so its the same as last month", [], "nlu_fallback"),
    ],
)
def test_what_is_not_understood_may_be_the_same_as_last_month(
    text: str, known: List[str], intent: str
) -> None:
    assert read(text, None, "nlu_fallback", 0.9, known_accounts=known).intent == intent
    assert read(text, None, "complaint", 0.9, known_accounts=known).intent == "complaint"


def test_an_account_and_another_long_number_are_a_reading() -> None:
    both = [entity("account_number", "42000012"), entity("meter_number", "0221456", 14)]
    assert read("42000012 peak 0221456", None, "status", 0.5, both).intent == "meter_reading"
    assert (
        read("my meter 0221456 of account 42000012 is broken", None, "complaint", 0.9, both).intent
        == "complaint"
    )


@pytest.mark.parametrize(
    ("text", "intent", "kind", "value"),
    [
        ("no I meant Stanger", "deny", "location", "Stanger"),
        ("sorry, I meant R2400", "out_of_scope", "amount", "R2400"),
        ("hhayi, ngisho eGroutville", "deny", "location", "eGroutville"),
        ("uxolo bengisho uJuni", "out_of_scope", "month", "uJuni"),
        ("wrong, it was july", "nlu_fallback", "month", "july"),
    ],
)
def test_what_is_put_right_belongs_to_what_was_told(text: str, intent: str, kind: str, value: str) -> None:
    found = [entity(kind, value, text.index(value))]
    assert read(text, None, intent, 0.85, found).intent == "inform"


def test_a_matter_of_its_own_puts_nothing_right() -> None:
    place = [entity("location", "Stanger", 0)]
    assert read("no water in Stanger", None, "complaint", 0.99, place, category="water").intent == "complaint"
    assert read("sorry, is it open in Stanger?", None, "nlu_fallback", 0.4, place).intent == "nlu_fallback"
    reading = [entity("reading", "02241", 13)]
    assert read("sorry I meant 02241", None, "nlu_fallback", 0.4, reading).intent == "meter_reading"


def test_digits_alone_are_no_yes() -> None:
    answer = read("1 200", "amount", "affirm", 0.55)
    assert (answer.intent, values(answer)) == ("inform", {"amount": "1200.00"})


@pytest.mark.parametrize("text", ["Stanger", "eStanger", "in Groutville"])
def test_a_place_takes_the_matter_offered(text: str) -> None:
    assert read(text, "also", "nlu_fallback", 0.4, [entity("location", text)]).intent == "inform"
    sure = read("pothole in Stanger", "also", "complaint", 0.99, [entity("location", "Stanger", 11)])
    assert sure.intent == "complaint"


def test_a_protest_or_a_reading_is_no_place() -> None:
    assert read("my bill is too high", "location", "dispute", 0.99).intent == "dispute"
    numbers = [entity("account_number", "41006273"), entity("reading", "02214", 9)]
    answer = read("41006273 02214", "location", "meter_reading", 0.99, numbers)
    assert (answer.intent, len(answer.entities)) == ("meter_reading", 2)
    # 'stand 4523' looks like a reading to the classifier
    assert read("stand 4523", "location", "meter_reading", 0.99).intent == "inform"


@pytest.mark.parametrize(
    "text",
    ["maybe", "not sure", "I'm not sure.", "mhlawumbe", "angiqiniseki", "I don't know", "angazi", "idk"],
)
@pytest.mark.parametrize("asking", ["location", "amount", "category", "matter"])
def test_who_is_unsure_does_not_break_off(text: str, asking: str) -> None:
    assert read(text, asking, "cancel", 0.99).intent == "inform"


def test_a_question_is_no_reason_unless_it_is_of_the_bill() -> None:
    assert read("what are your hours", "reason", "query", 0.99, category="general").intent == "query"
    assert read("why is it so high", "reason", "query", 0.99, category="billing").intent == "inform"
    assert read("what are your hours", "description", "query", 0.99, category="general").intent == "query"
    assert read("what are your hours", "description", "query", 0.9, category="general").intent == "inform"


@pytest.mark.parametrize("text", ["its electricity not water", "Sorry, I meant water not electricity"])
def test_not_that_but_this_is_put_right(text: str) -> None:
    assert read(text, None, "complaint", 0.95, category="electricity").intent == "inform"
    assert read(text, "amount", "complaint", 0.95, category="electricity").intent == "inform"


def test_a_no_with_its_reason_is_a_no_to_was_this_helpful() -> None:
    assert read("cha, bengifuna isikhathi sangomgqibelo", "helpful", "out_of_scope", 0.5).intent == "deny"
    report = read("no water in Stanger", "helpful", "complaint", 0.99, category="water")
    assert report.intent == "complaint"


def test_what_is_right_is_whatever_is_no_matter_of_its_own() -> None:
    assert read("Stanger", "right", "nlu_fallback", 0.3).intent == "inform"
    assert read("it is near the school", "right", "complaint", 0.95, category="general").intent == "inform"
    assert read("0", "right", "nlu_fallback", 0.3).intent == "deny"
    assert read("status", "right", "status", 0.99).intent == "status"
    assert read("no water in Stanger", "right", "complaint", 0.99, category="water").intent == "complaint"
