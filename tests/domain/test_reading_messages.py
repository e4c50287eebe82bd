"""Readings in one message: whatever the order of the numbers, and whatever the text."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.reading_messages import Mention, read_message, speaks_of_new_meter
from crm_store.domain.region import ReadingRules
from tests.readings.table import ACCOUNTS, METERS, TODAY

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
