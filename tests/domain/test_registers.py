"""Registers by code and by word, and which number of a text is of which."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.reading_groups import KnownMeter, Mention
from crm_store.domain.reading_messages import read_message
from crm_store.domain.readings import MeterFacts
from crm_store.domain.region import ReadingRules
from crm_store.domain.registers import (
    example_of,
    labelled,
    labels_in,
    name_of,
    register_code,
    register_said,
    says,
    typed_readings,
)
from tests.readings.table import MONTH_AGO, TODAY

DIGITS = st.text("0123456789", min_size=4, max_size=5)

_ONE = ["T1", "t1", "1.8.1", "rate 1", "first register", "eyokuqala"]
_TWO = ["T2", "1.8.2", "tariff 2", "register two", "eyesibili"]
_DAY = ["peak", "on-peak", "i-peak", "emini", "wasemini", "day"]
_NIGHT = ["off peak", "off-peak", "offpeak", "night", "ebusuku", "yasebusuku"]
PAIRS = [
    ("T1", "T2", _ONE, _TWO),
    ("1.8.1", "1.8.2", _ONE, _TWO),
    ("PEAK", "OFF-PEAK", _DAY, _NIGHT),
    ("DAY", "NIGHT", _DAY, _NIGHT),
]


@pytest.mark.parametrize(
    ("written", "code", "name"),
    [
        (" t1 ", "T1", "1"),
        ("1.8.2", "1.8.2", "2"),
        ("Off-Peak", "OFF-PEAK", "off_peak"),
        ("off_peak", "OFFPEAK", "off_peak"),
        ("op", "OP", "off_peak"),
        ("Night", "NIGHT", "night"),
        ("2", "2", "2"),
    ],
)
def test_billings_codes(written: str, code: str, name: str) -> None:
    assert register_code(written) == code
    assert name_of(code) == name


@pytest.mark.parametrize("written", ["T9", "1.8.0", "total", "x", "T1/T2", "T1#", "first register please"])
def test_a_code_that_nobody_could_say_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no register"):
        register_code(written)


@given(st.text(max_size=20))
def test_any_code_is_kept_by_a_name_or_refused(written: str) -> None:
    try:
        code = register_code(written)
    except ValueError:
        return
    assert name_of(code)
    assert register_code(code) == code
    assert not set("#:/") & set(code)


@pytest.mark.parametrize(
    ("word", "code", "told"),
    [
        ("day", "PEAK", "this"),
        ("night", "PEAK", "another"),
        ("1", "T1", "this"),
        ("2", "T1", "another"),
        ("peak", "T1", "nothing"),
        ("1", "DAY", "nothing"),
        ("standard", "PEAK", "another"),
        ("peak", "", "this"),
    ],
)
def test_what_a_word_tells_of_a_register(word: str, code: str, told: str) -> None:
    assert says(word, code) == told


def test_greetings_and_hours_are_no_registers() -> None:
    assert (
        labels_in("Good day, no water since last night, every day the same, 1.8.10, T12, ngoLwesibili") == []
    )


def meters(first: str, second: str, *, close: bool = False, own: bool = True) -> list[KnownMeter]:
    """One meter with two registers; `close`: what fits the one fits the other."""
    facts = [MeterFacts("electricity", 5, last, MONTH_AGO, 200) for last in (2000, 2005 if close else 900)]
    return [
        KnownMeter("41006307", "EL77120", one, own, register=register)
        for one, register in zip(facts, (first, second), strict=True)
    ]


def heard(parts: list[tuple[str, str]], known: list[KnownMeter]) -> list[tuple[str | None, str | None]]:
    """Register and digits of what the parts (a kind or '', and words) mean together."""
    text, mentions = "", []
    for kind, words in parts:
        if kind:
            mentions.append(Mention(kind, words, len(text), len(text) + len(words)))
        text += words + " "
    return [
        (one.register, one.digits) for one in read_message(text, mentions, known, TODAY, ReadingRules()).sent
    ]


@given(st.data())
def test_words_decide_whatever_the_order_and_the_side(data: st.DataObject) -> None:
    first, second, ones, twos = data.draw(st.sampled_from(PAIRS))
    use = st.integers(150, 400)
    sent = [(first, str(2000 + data.draw(use))), (second, str(2005 + data.draw(use)))]
    words = {first: data.draw(st.sampled_from(ones)), second: data.draw(st.sampled_from(twos))}
    label_first, with_account = data.draw(st.booleans()), data.draw(st.booleans())
    sent = data.draw(st.permutations(sent))
    parts: list[tuple[str, str]] = [("account_number", "41006307")] if with_account else []
    for code, digits in sent:
        pair = [("", words[code]), ("reading", digits)]
        parts += pair if label_first else pair[::-1]
    assert heard(parts, meters(first, second, close=True)) == sent


@given(st.integers(120, 400), st.integers(60, 200), st.booleans())
def test_bare_numbers_are_told_apart_by_the_last_readings(use: int, other: int, turned: bool) -> None:
    sent = [("T1", f"{2000 + use:05}"), ("T2", f"{900 + other:05}")]
    sent = sent[::-1] if turned else sent
    assert heard([("reading", digits) for _, digits in sent], meters("T1", "T2")) == sent


@given(st.integers(150, 400), st.integers(150, 400))
def test_bare_numbers_that_fit_both_stay_open(use: int, other: int) -> None:
    digits = [f"{2000 + use:05}", f"{2005 + other:05}"]
    found = read_message(
        " ".join(digits),
        [Mention("reading", digits[0], 0, 5), Mention("reading", digits[1], 6, 11)],
        meters("T1", "T2", close=True), TODAY, ReadingRules(),
    )  # fmt: skip
    assert [(one.meter_number, one.register, one.digits) for one in found.sent] == [
        ("EL77120", None, one) for one in digits
    ]


@given(st.integers(0, 99_999), st.integers(0, 99_999))
def test_named_registers_are_kept_however_odd_the_digits(one: int, two: int) -> None:
    parts = [("", "T2"), ("reading", f"{two:05}"), ("", "T1"), ("reading", f"{one:05}")]
    assert heard(parts, meters("T1", "T2")) == [("T2", f"{two:05}"), ("T1", f"{one:05}")]


def test_the_total_is_no_reading() -> None:
    parts = [
        ("", "T1"),
        ("reading", "02214"),
        ("", "T2"),
        ("reading", "01033"),
        ("", "total"),
        ("reading", "03247"),
    ]
    assert heard(parts, meters("T1", "T2")) == [("T1", "02214"), ("T2", "01033")]


def test_an_ordinary_meter_hears_no_registers() -> None:
    known = [KnownMeter("41006307", "W1", MeterFacts("water", 5, 2196, MONTH_AGO, 20), own=True)]
    assert heard([("", "day"), ("reading", "02214")], known) == [(None, "02214")]


@given(st.text(max_size=60), st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=4))
def test_any_text_is_labelled(text: str, spans: list[tuple[int, int]]) -> None:
    numbers, end = [], 0
    for gap, length in spans:
        numbers.append((end + gap, end + gap + length))
        end = numbers[-1][1]
    found = labelled(labels_in(text), numbers)
    assert set(found) <= set(range(len(numbers)))


@pytest.mark.parametrize(
    ("answer", "code"),
    [("register:NIGHT", "NIGHT"), ("ebusuku", "NIGHT"), ("the day one", "DAY"), ("peak", "DAY"), ("hm", None),
     ("day or night", None)],
)  # fmt: skip
def test_an_answer_names_a_register(answer: str, code: str | None) -> None:
    assert register_said(answer, meters("DAY", "NIGHT")) == code


@pytest.mark.parametrize(
    "codes", [("T1", "T2"), ("1", "2"), ("P", "OP"), ("1.8.1", "1.8.2"), ("HIGH", "LOW"), ("D", "N")]
)
def test_the_example_for_a_clerk_is_understood(codes: tuple[str, str]) -> None:
    said = typed_readings(example_of(codes))
    assert [digits for _, digits in said] == ["02214", "01033"]
    assert [says(word or "", code) for (word, _), code in zip(said, codes, strict=True)] == ["this", "this"]


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("0 2214", [(None, "02214")]),
        ("T1 02214, T2 1033", [("1", "02214"), ("2", "1033")]),
        ("02214 day / 01033 night", [("day", "02214"), ("night", "01033")]),
        ("T1 02214 T2 1033 total 3247", [("1", "02214"), ("2", "1033")]),
        ("", [(None, "")]),
    ],
)
def test_what_a_clerk_types(text: str, read: list[tuple[str | None, str]]) -> None:
    assert typed_readings(text) == read


@given(st.data())
def test_what_a_clerk_types_of_two_registers_is_read_back(data: st.DataObject) -> None:
    _, _, ones, twos = data.draw(st.sampled_from(PAIRS))
    pairs = [(data.draw(st.sampled_from(words)), data.draw(DIGITS)) for words in (ones, twos)]
    label_first = data.draw(st.booleans())
    between = data.draw(st.sampled_from([" ", ", ", " / ", "; "]))
    text = between.join(f"{word} {digits}" if label_first else f"{digits} {word}" for word, digits in pairs)
    read = typed_readings(text)
    assert [digits for _, digits in read] == [digits for _, digits in pairs]
    assert [
        says(said or "", name_of(word) or "") for (said, _), (word, _) in zip(read, pairs, strict=True)
    ] == [
        "this",
        "this",
    ]


@given(st.text(max_size=60))
def test_anything_typed_is_read_and_no_digits_are_invented(text: str) -> None:
    for _, digits in typed_readings(text):
        assert digits in text.replace(" ", "")


@given(st.text(max_size=60), st.sampled_from(PAIRS))
def test_an_answer_names_one_of_the_registers_or_none(
    text: str, pair: tuple[str, str, list[str], list[str]]
) -> None:
    assert register_said(text, meters(pair[0], pair[1])) in (None, pair[0], pair[1])


@given(st.sampled_from(["T1", "T2"]), DIGITS, DIGITS, st.booleans())
def test_two_numbers_for_one_register_are_one_open_question(
    code: str, one: str, two: str, other: bool
) -> None:
    parts = [("", code), ("reading", one), ("", code), ("reading", two)]
    rest = {"T1": "T2", "T2": "T1"}[code]
    parts += [("", rest), ("reading", "01033")] if other else []
    found = heard(parts, meters("T1", "T2"))
    same = one.lstrip("0") == two.lstrip("0")
    assert found[0] == (code, one if same else None)
    assert [digits for _, digits in found[1:]] == (["01033"] if other else [])
