"""What is worth a look, what is alike, and what the figures say."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.training import (
    SAMPLE_A_WEEK,
    WORTH,
    Signs,
    alike,
    is_drawn,
    kappa,
    kappa_of,
    kappa_range,
    likeness,
    sample_rate,
    share_of_new_words,
    share_right,
    wilson,
    worth,
)

SIGNS = st.builds(
    Signs,
    confidence=st.floats(0, 1),
    new_words=st.floats(0, 1),
    **{name: st.booleans() for name in WORTH if name not in ("unsure", "new_words")},
)


@given(SIGNS)
def test_what_is_worth_something_says_why(signs):
    value, reasons = worth(signs)
    assert (value > 0) == bool(reasons)
    assert set(reasons) <= set(WORTH)
    assert value <= sum(WORTH.values())


def test_a_correction_by_an_agent_weighs_most_and_certainty_nothing():
    assert worth(Signs(confidence=0.99)) == (0, ())
    assert worth(Signs(confidence=0.4, corrected=True))[1] == ("corrected", "unsure")
    assert worth(Signs(confidence=0.99, corrected=True))[0] > worth(Signs(confidence=0.0, asked_back=True))[0]


def test_new_words_are_a_share_of_a_text_of_several():
    known = frozenset({"water", "the", "pipe"})
    assert share_of_new_words("the water pipe", known) == 0
    assert share_of_new_words("the geyser", known) == 0.5
    assert share_of_new_words("Geyser", known) == 0


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("No water since 3 days!", "no water since 12 days", True),
        ("water no since", "no water since", True),
        ("awekho amanzi eTete", "awekho amanzi eTeteni", True),
        ("no water in Tete", "no lights in Tete", False),
        ("", "", False),
    ],
)
def test_likeness(one, other, same):
    number = UUID(int=7)
    assert (alike(likeness(one), {number: likeness(other)}) == number) is same


@given(st.integers(0, 10**7))
def test_the_sample_stays_small(messages):
    rate = sample_rate(messages)
    assert rate * messages <= SAMPLE_A_WEEK * 1.5
    assert rate == 1 or rate * messages > SAMPLE_A_WEEK * 0.7


@given(st.uuids(), st.sampled_from([1.0, 0.5, 0.25, 0.125]))
def test_who_is_drawn_seldom_is_drawn_often_too(one, rate):
    assert is_drawn(one, 1.0)
    assert not is_drawn(one, rate / 2) or is_drawn(one, rate)


def test_wilson_as_the_books_have_it():
    assert wilson(0.8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)  # Newcombe 1998, by hand
    assert wilson(0.0, 10) == pytest.approx((0.0, 0.2775), abs=1e-3)


@given(st.lists(st.tuples(st.booleans(), st.sampled_from([1.0, 0.5, 0.125])), min_size=1, max_size=50))
def test_a_share_lies_in_its_interval(answers):
    found = share_right(answers)
    assert 0 <= found.low <= found.right + 1e-9
    assert found.right <= found.high + 1e-9
    assert found.high <= 1
    assert found.messages == len(answers)


def test_a_seldom_drawn_message_stands_for_many():
    assert share_right([(True, 0.1), (False, 1.0)]).right == pytest.approx(10 / 11)
    unweighted, weighted = (
        share_right([(True, 1.0)] * 9 + [(False, 1.0)]),
        share_right([(True, 1.0)] * 9 + [(False, 0.01)]),
    )
    assert weighted.high - weighted.low > unweighted.high - unweighted.low


def test_agreement_beyond_chance():
    assert kappa([]) is None
    assert kappa([("a", "a")]) is None
    assert kappa([("a", "a"), ("b", "b")]) == 1
    assert kappa([("a", "a"), ("a", "b"), ("b", "a"), ("b", "b")]) == pytest.approx(0)
    pairs = [("yes", "yes")] * 20 + [("yes", "no")] * 5 + [("no", "yes")] * 10 + [("no", "no")] * 15
    assert kappa(pairs) == pytest.approx(0.4)  # the example of Cohen's kappa in the textbooks
    assert kappa_of("yes", pairs) == pytest.approx(0.4)


def test_the_range_of_kappa_narrows_with_answers_and_is_no_point_where_all_agree():
    assert kappa_range([]) is None
    assert kappa_range([("a", "a")]) is None
    few, many = (kappa_range([("a", "a"), ("b", "b")] * number) for number in (3, 300))
    assert few[1] == many[1] == 1
    assert few[0] < 0.8 < many[0] < 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=40))
def test_kappa_lies_within_its_range(pairs):
    found = kappa(pairs)
    if found is None:
        assert kappa_range(pairs) is None
    else:
        low, high = kappa_range(pairs)
        assert low - 1e-9 <= found <= high + 1e-9 <= 1 + 2e-9
