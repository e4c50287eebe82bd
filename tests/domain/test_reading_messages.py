"""Readings in one message: whatever the order of the numbers, and whatever the text."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.reading_groups import KnownMeter, Mention
from crm_store.domain.reading_messages import (
    drops_red_digits,
    is_of_the_bill,
    read_message,
    says_the_same,
    speaks_of_new_meter,
)
from crm_store.domain.readings import MeterFacts
from crm_store.domain.region import ReadingRules
from tests.readings.table import ACCOUNTS, METERS, MONTH_AGO, TODAY

KINDS = ("account_number", "meter_number", "reading", "service")
VALUES = st.one_of(
    st.sampled_from([*ACCOUNTS.values(), *(meter.meter_number for meter in METERS), "water", "electricity"]),
    st.from_regex(r"[0-9]{1,11}", fullmatch=True),
)


@st.composite
def messages(draw: st.DrawFn) -> tuple[str, list[Mention]]:
    """A text of words and numbers, and what the engine may have found in it."""
    pieces = draw(st.lists(st.tuples(st.sampled_from(KINDS), VALUES, st.text(max_size=12)), max_size=8))
    text, mentions = "", []
    for kind, value, words in pieces:
        text += words
        mentions.append(Mention(kind, value, len(text), len(text) + len(value)))
        text += value
    return text, mentions


@given(messages(), st.lists(st.sampled_from(METERS), unique=True))
def test_any_message_is_read_and_no_digits_are_invented(given_message, meters) -> None:
    text, mentions = given_message
    message = read_message(text, mentions, meters, TODAY, ReadingRules())
    written = {one.value for one in mentions}
    for sent in message.sent:
        assert sent.digits is None or sent.digits in written
        if sent.account_number and sent.account_number not in written:
            assert sent.account_number in {meter.account_number for meter in meters}
    assert len(message.sent) <= max(len(mentions), 1)


@given(
    st.sampled_from(METERS),
    st.integers(0, 40),
    st.permutations(["account", "reading", "words"]),
    st.booleans(),
)
def test_account_and_reading_in_any_order(meter, use, order, by_meter) -> None:
    digits = str((meter.facts.last_reading or 0) + use).zfill(meter.facts.dials)
    key = meter.meter_number if by_meter else meter.account_number
    parts = {"account": ("account_number", key), "reading": ("reading", digits), "words": ("", "thank you")}
    text, mentions = "", []
    for name in order:
        kind, value = parts[name]
        if kind:
            mentions.append(Mention(kind, value, len(text), len(text) + len(value)))
        text += value + " "
    named = [one for one in METERS if key in (one.account_number, one.meter_number)]
    (sent,) = read_message(text, mentions, named, TODAY, ReadingRules()).sent
    assert sent.digits == digits
    assert key in (sent.account_number, sent.meter_number)


def test_a_meter_of_nobody_known_leaves_the_message_as_the_engine_read_it() -> None:
    mentions = [Mention("account_number", "41999993", 0, 8), Mention("reading", "02214", 9, 14)]
    (sent,) = read_message("41999993 02214", mentions, [], TODAY, ReadingRules()).sent
    assert (sent.account_number, sent.digits) == ("41999993", "02214")


def test_new_meters_are_heard_in_both_languages() -> None:
    assert all(
        speaks_of_new_meter(text)
        for text in ("new meter", "It is a new water meter", "the meter was replaced", "imitha entsha")
    )
    assert not any(speaks_of_new_meter(text) for text in ("02214", "my meter is right", "imitha ithi 02214"))


OWN = KnownMeter("41006273", "W1", MeterFacts("water", 5, 2196, MONTH_AGO, 20), own=True)


def account_read_in(typed: str, digits: str, *meters: KnownMeter) -> str | None:
    mentions = [Mention("account_number", typed, 0, len(typed)), Mention("reading", digits, 20, 25)]
    (sent,) = read_message(f"{typed:<20}{digits}", mentions, meters, TODAY, ReadingRules()).sent
    return sent.account_number


@given(st.integers(0, 7), st.sampled_from(["left out", "doubled", "changed about"]))
def test_a_slip_in_ones_own_account_is_mended(place: int, slip: str) -> None:
    own = OWN.account_number
    typed = {
        "left out": own[:place] + own[place + 1 :],
        "doubled": own[: place + 1] + own[place:],
        "changed about": own[: place - 1] + own[place] + own[place - 1] + own[place + 1 :] if place else own,
    }[slip]
    assert account_read_in(typed, "02214", OWN) == own


@given(st.integers(0, 7), st.sampled_from("0123456789"))
def test_a_digit_for_another_may_be_the_account_next_door(place: int, digit: str) -> None:
    own = OWN.account_number
    typed = own[:place] + digit + own[place + 1 :]
    assert account_read_in(typed, "02214", OWN) == typed


def test_a_slip_is_left_alone_where_it_may_be_none() -> None:
    slip = "41006723"
    assert account_read_in(slip, "90000", OWN) == slip  # no reading of that meter
    assert account_read_in(slip, "02214", replace(OWN, own=False)) == slip  # of somebody else
    other = replace(OWN, account_number=slip)  # it exists
    assert account_read_in(slip, "02214", OWN, other) == slip
    two = replace(OWN, account_number="41007623")
    assert account_read_in(slip, "02214", OWN, two) == slip


@given(st.text(max_size=120))
def test_any_text_is_asked_what_it_says_of_meters(text: str) -> None:
    """No text is too odd for the words that are looked for, in whatever case they come."""
    assert says_the_same(text) == says_the_same(f"  {text}  ")
    assert isinstance(speaks_of_new_meter(text), bool)
    assert not drops_red_digits(text) or any(mark in text for mark in ".,")


@given(
    st.sampled_from(
        ["same as last month", "no change", "iyafana nenyanga edlule", "ayishintshanga", "it has not moved"]
    ),
    st.sampled_from(["{}", "my meter: {}", "imitha {}", "Hello, {} thank you"]),
    st.booleans(),
)
def test_the_same_is_heard_with_other_words_and_not_beside_digits(
    words: str, around: str, digits: bool
) -> None:
    text = around.format(words) + (" 02214" if digits else "")
    mentions = [Mention("reading", "02214", len(text) - 5, len(text))] if digits else []
    assert says_the_same(text)
    assert read_message(text, mentions, [OWN], TODAY, ReadingRules()).same_as_last != digits


@given(
    st.text("0123456789", min_size=4, max_size=6),
    st.text("0123456789", min_size=1, max_size=3),
    st.sampled_from(".,"),
)
def test_red_digits_are_noticed(black: str, red: str, mark: str) -> None:
    assert drops_red_digits(f"reading {black}{mark}{red} today")
    assert not drops_red_digits(f"reading {black} today")


@given(
    st.integers(2197, 2235),
    st.integers(2197, 2235),
    st.sampled_from(["sorry", "I meant", "oops", "uxolo", "bengiqonde"]),
)
def test_of_two_numbers_the_one_behind_the_excuse_is_meant(first: int, second: int, excuse: str) -> None:
    text = f"{first:05} {excuse} {second:05}"
    mentions = [
        Mention("reading", f"{first:05}", 0, 5),
        Mention("reading", f"{second:05}", len(text) - 5, len(text)),
    ]
    (sent,) = read_message(text, mentions, [OWN], TODAY, ReadingRules()).sent
    assert sent.digits == f"{second:05}"


@given(st.integers(2197, 2235), st.integers(2197, 2235))
def test_two_numbers_for_one_meter_are_one_or_a_question(first: int, second: int) -> None:
    text = f"41006273 {first:05} 41006273 {second:05}"
    mentions = [
        Mention("account_number", "41006273", 0, 8),
        Mention("reading", f"{first:05}", 9, 14),
        Mention("account_number", "41006273", 15, 23),
        Mention("reading", f"{second:05}", 24, 29),
    ]
    (sent,) = read_message(text, mentions, [OWN], TODAY, ReadingRules()).sent
    assert (sent.digits, sent.either) == (
        (f"{first:05}", ()) if first == second else (None, (f"{first:05}", f"{second:05}"))
    )


@pytest.mark.parametrize(
    ("text", "of_the_bill"),
    [
        ("its 2214, bill says account 41006273", False),
        ("my bill says 8812 which is wrong", True),
        ("you wrote 8812 but the meter shows 6612", True),
        ("nibhale 08812 kodwa imitha ithi 06612", True),
        ("my bill is wrong, the meter shows 2214", False),
        ("i-bill inkulu kodwa imitha ithi 06612", False),
    ],
)
def test_a_number_of_the_bill_is_told_from_one_of_the_meter(text: str, of_the_bill: bool) -> None:
    first = re.search(r"\d+", text)
    assert first is not None
    assert is_of_the_bill(text, first.start()) is of_the_bill
