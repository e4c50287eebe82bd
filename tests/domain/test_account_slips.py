"""Slips of the fingers in an account number."""

from __future__ import annotations

from hypothesis import assume, given
from hypothesis import strategies as st

from crm_store.domain.account_slips import is_slip

NUMBERS = st.text("0123456789", min_size=2, max_size=11)


@given(NUMBERS, st.data())
def test_each_slip_is_known_both_ways(meant: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(meant) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    left_out = meant[:place] + meant[place + 1 :]
    one_more = meant[:place] + digit + meant[place:]
    assert is_slip(left_out, meant)
    assert is_slip(one_more, meant)
    assert is_slip(meant, left_out)


@given(NUMBERS, st.data())
def test_neighbours_changed_about_are_a_slip_and_others_none(meant: str, data: st.DataObject) -> None:
    first = data.draw(st.integers(0, len(meant) - 2))
    second = data.draw(st.integers(first + 1, len(meant) - 1))
    assume(meant[first] != meant[second])
    digits = list(meant)
    digits[first], digits[second] = digits[second], digits[first]
    assert is_slip("".join(digits), meant) == (second == first + 1)


@given(NUMBERS, st.data())
def test_the_number_itself_and_one_other_digit_are_none(meant: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(meant) - 1))
    digit = data.draw(st.sampled_from("0123456789"))
    assert not is_slip(meant, meant)
    assert not is_slip(meant[:place] + digit + meant[place + 1 :], meant)


@given(st.text(max_size=12), st.text(max_size=12))
def test_any_two_texts_are_compared(typed: str, meant: str) -> None:
    assert is_slip(typed, meant) == is_slip(meant, typed)
