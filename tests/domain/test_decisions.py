"""What is done about a doubtful message, and what is asked."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.decisions import (
    CHOICES,
    Decision,
    begins,
    decide_category,
    decide_class,
    is_of_bills,
    speaks_of_a_wrong_sum,
)
from crm_store.domain.region import Region

NAMES = st.sampled_from([*sorted(CHOICES), "thanks", "agent", "out_of_scope", "my_data"])
RANKINGS = st.dictionaries(NAMES, st.floats(0, 1), max_size=5).map(
    lambda found: sorted(found.items(), key=lambda item: -item[1])
)


def decide(
    region: Region, text: str, *ranking: tuple[str, float], about: str = "water", **more: bool
) -> Decision:
    return decide_class(region, text, ranking, [(about, 0.9)], set(), answered=more.get("answered", False))


@pytest.mark.parametrize(
    "text",
    [
        "My statement is far too high this time, please look at it",
        "I-akhawunti yami inkulu kakhulu",
        "my bill is wrong",
        "i-bill yami iphezulu kule nyanga",
        "the account is incorrect",
        "you overcharged me",
        "angikweleti lutho kumasipala",
        "the amount cannot be right",
        "le mali ayilungile",
        "double what I paid last month, this is excessive",
        "i-akhawunti yami i-wrong",
        "ngiyaphikisana nalesi sikweletu",
    ],
)
def test_a_wrong_sum_is_heard(text: str) -> None:
    assert speaks_of_a_wrong_sum(text)


@pytest.mark.parametrize(
    "text",
    [
        "my surname is wrong on the statement",
        "igama lami lingenaphutha ebhilini",
        "I never get my statement in time",
        "the queue at the pay point is slow",
        "angiyitholi i-akhawunti",
    ],
)
def test_other_troubles_with_a_bill_are_none(text: str) -> None:
    assert not speaks_of_a_wrong_sum(text)


def test_a_wrong_bill_is_a_dispute_however_sure_of_a_complaint(ilembe: Region) -> None:
    """Only a dispute holds the amount (Systems Act s102(2)), and it asks for what it needs."""
    for ranking in ([("complaint", 0.97)], [("complaint", 0.5), ("dispute", 0.3)], [("dispute", 0.55)]):
        assert decide(ilembe, "my bill is far too high", *ranking, about="billing") == Decision("dispute")


def test_too_much_of_something_else_is_a_complaint(ilembe: Region) -> None:
    assert (
        decide(ilembe, "the grass is too high", ("complaint", 0.88), about="environment").act == "complaint"
    )


def test_a_question_with_its_answer_ready_is_answered(ilembe: Region) -> None:
    ranking = [("complaint", 0.86), ("query", 0.07)]
    assert decide(ilembe, "emergency number?", *ranking, answered=True).act == "query"
    assert decide(ilembe, "emergency number?", *ranking).act == "complaint"


@pytest.mark.parametrize(
    "text",
    [
        "the jojo is empty again, the truck was promised for Wednesday",
        "thank you for the jojo, the truck came on Wednesday",
        "umgodi owawudla amasondo usuvaliwe",
    ],
)
def test_doubtful_praise_is_asked_about_with_or_without_a_word_of_praise(ilembe: Region, text: str) -> None:
    asked = Decision(ask=("compliment", "complaint"))
    assert decide(ilembe, text, ("compliment", 0.67), ("complaint", 0.23)) == asked
    assert decide(ilembe, text, ("compliment", 0.89), ("complaint", 0.09)) == asked
    assert decide(ilembe, text, ("compliment", 0.91), ("complaint", 0.07)).act == "compliment"


def test_a_complaint_where_praise_is_possible_is_asked_about(ilembe: Region) -> None:
    text = "the truck came at five and took the bags"
    asked = decide(ilembe, text, ("complaint", 0.82), ("compliment", 0.15))
    assert asked == Decision(ask=("complaint", "compliment"))
    assert decide(ilembe, text, ("complaint", 0.86), ("compliment", 0.05)).act == "complaint"


def test_corruption_is_heard_at_once_where_praise_would_be_asked_about(ilembe: Region) -> None:
    guesses = (("complaint", 0.63), ("compliment", 0.3))
    text = "isisebenzi sithathe imali yami"
    assert decide(ilembe, text, *guesses, about="corruption") == Decision("complaint")
    assert decide(ilembe, text, *guesses, about="staff").ask
    assert decide(ilembe, "thank you for arresting him", *guesses, about="corruption").ask
    question = (("complaint", 0.6), ("query", 0.3))
    assert decide(ilembe, "who takes reports of bribes", *question, about="corruption").ask


def test_a_likely_dispute_asks_for_its_numbers_at_once(ilembe: Region) -> None:
    assert (
        decide(ilembe, "not our bin", ("dispute", 0.62), ("complaint", 0.3), about="refuse").act == "dispute"
    )
    asked = decide(ilembe, "not our bin", ("dispute", 0.55), ("complaint", 0.3), about="refuse")
    assert asked.ask[:2] == ("dispute", "complaint")


def test_a_short_thank_you_is_no_case(ilembe: Region) -> None:
    thanks = [("compliment", 0.62), ("thanks", 0.36)]
    assert decide(ilembe, "ngiyabonga mfowethu, usungisizile", *thanks).act == "thanks"


def test_near_classes_are_asked_the_likeliest_first(ilembe: Region) -> None:
    asked = decide(
        ilembe, "the water at the new stand", ("query", 0.45), ("complaint", 0.4), ("status", 0.02)
    )
    assert asked == Decision(ask=("query", "complaint"))


def test_what_is_likely_enough_is_a_choice_too(ilembe: Region) -> None:
    ranking = [("query", 0.45), ("complaint", 0.4), ("thanks", 0.06), ("status", 0.05), ("dispute", 0.01)]
    assert decide(ilembe, "the water at the new stand", *ranking).ask == ("query", "complaint", "status")


@pytest.mark.parametrize(
    ("certain", "intent", "category", "first"),
    [
        (True, "complaint", "roads", 0),
        (False, "complaint", "roads", 1),
        (False, "complaint", "water", 0),
        (False, "complaint", "refuse", 0),
        (False, "dispute", "water", 0),
    ],
)
def test_the_matter_that_the_whole_speaks_of_begins_where_two_are_not_certain(
    certain: bool, intent: str, category: str, first: int
) -> None:
    two = [
        {"intent": "complaint", "category": category, "certain": certain} for category in ("water", "roads")
    ]
    assert begins(two, intent, category) == first


def test_where_the_guesses_say_nothing_the_usual_three_are_asked(ilembe: Region) -> None:
    asked = decide(ilembe, "good day municipality", ("greet", 0.29), ("agent", 0.25), ("help", 0.2))
    assert asked == Decision(ask=("complaint", "query", "dispute"))


def test_gibberish_is_not_understood(ilembe: Region) -> None:
    assert decide(ilembe, "asdf qwer", ("complaint", 0.1), ("query", 0.1)) == Decision()
    assert decide(ilembe, "") == Decision()


@given(ranking=RANKINGS, answered=st.booleans(), text=st.text(max_size=80))
def test_there_is_always_one_way_out(
    ilembe: Region, ranking: list[tuple[str, float]], answered: bool, text: str
) -> None:
    decision = decide_class(ilembe, text, ranking, [("billing", 0.5)], {"amount"}, answered=answered)
    assert not (decision.act and decision.ask)
    assert set(decision.ask) <= CHOICES
    assert len(decision.ask) in (0, 2, 3, 4)
    assert len(set(decision.ask)) == len(decision.ask)


def test_a_sure_category_is_not_asked(ilembe: Region) -> None:
    assert decide_category(ilembe, "", [("water", 0.8), ("roads", 0.1)]) == ("water", ())
    assert decide_category(ilembe, "", [("water", 0.5), ("roads", 0.06)]) == ("water", ())


def test_two_near_categories_are_asked(ilembe: Region) -> None:
    assert decide_category(ilembe, "storm drain", [("refuse", 0.5), ("roads", 0.4)]) == (
        None,
        ("refuse", "roads"),
    )


def test_the_same_desk_is_not_asked_about(ilembe: Region) -> None:
    """Accounts and prepaid go to the same people in every municipality that has both."""
    same = [
        (one, other)
        for one in ilembe.categories
        for other in ilembe.categories
        if one < other and decide_category(ilembe, "", [(one, 0.45), (other, 0.44)])[0] == one
    ]
    assert same
    assert ("roads", "water") not in same


def test_what_was_not_said_is_not_guessed(ilembe: Region) -> None:
    assert decide_category(ilembe, "", [("unsaid", 0.4), ("water", 0.2)]) == (None, ())
    assert decide_category(ilembe, "", [("general", 0.08), ("water", 0.05)]) == (None, ())
    assert decide_category(ilembe, "", [("unsaid", 0.8), ("water", 0.1)]) == (None, ())
    assert decide_category(ilembe, "", []) == (None, ())


def test_bills_are_papers_not_places(ilembe: Region) -> None:
    of_bills = {name for name, category in ilembe.categories.items() if is_of_bills(category)}
    assert "billing" in of_bills
    assert not of_bills & {"water", "roads", "electricity", "safety"}
