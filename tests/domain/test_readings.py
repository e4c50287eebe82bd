"""Checks of meter readings."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.readings import MeterFacts, check_reading, in_window
from crm_store.domain.region import ReadingRules

TODAY = dt.date(2026, 11, 21)
MONTH_AGO = dt.date(2026, 10, 21)
RULES = ReadingRules()
METER = MeterFacts("water", 5, 2200, MONTH_AGO, 14.0, 21)


@pytest.mark.parametrize(
    ("digits", "kind", "flags"),
    [
        ("02214", "taken", ()),
        ("2214", "taken", ()),
        ("002214", "wrong_digits", ()),
        ("", "wrong_digits", ()),
        ("22²4", "wrong_digits", ()),
        ("٢٢١٤", "wrong_digits", ()),
        ("-2214", "wrong_digits", ()),
        ("02199", "below_last", ("below_last",)),
        ("02200", "taken", ("zero_use",)),
        ("22140", "implausible", ("high_use",)),
        ("02201", "implausible", ("low_use",)),
    ],
)
def test_checks(digits: str, kind: str, flags: tuple[str, ...]) -> None:
    found = check_reading(digits, METER, TODAY, RULES)
    assert (found.kind, found.flags) == (kind, flags)


@pytest.mark.parametrize(
    ("digits", "flag"), [("02199", "below_last"), ("22140", "high_use"), ("02201", "low_use")]
)
def test_who_insists_is_taken_for_review(digits: str, flag: str) -> None:
    found = check_reading(digits, METER, TODAY, RULES, insists=True)
    assert found.kind == "taken"
    assert found.flags == (flag, "customer_insists")


def test_past_all_nines_is_asked_and_named() -> None:
    meter = MeterFacts("water", 5, 99_990, MONTH_AGO, 14.0)
    asked = check_reading("00004", meter, TODAY, RULES)
    assert (asked.kind, asked.use, asked.flags) == ("below_last", 14, ("roll_over",))
    taken = check_reading("00004", meter, TODAY, RULES, insists=True)
    assert (taken.kind, taken.flags) == ("taken", ("roll_over", "customer_insists"))


def test_the_same_value_again_on_the_same_day() -> None:
    meter = MeterFacts("water", 5, 2214, TODAY, 14.0)
    assert check_reading("02214", meter, TODAY, RULES).kind == "repeated"


def test_a_first_reading_and_one_without_average_are_taken() -> None:
    assert check_reading("02214", MeterFacts("water", 5), TODAY, RULES).kind == "taken"
    assert check_reading("99999", MeterFacts("water", 5, 1, MONTH_AGO), TODAY, RULES).kind == "taken"


@pytest.mark.parametrize(
    ("read_day", "today", "expected"),
    [
        (21, "2026-11-21", None),
        (21, "2026-11-19", None),
        (21, "2026-11-23", None),
        (21, "2026-11-18", "early"),
        (21, "2026-11-24", "late"),
        (1, "2026-12-31", None),
        (31, "2027-02-28", None),
        (30, "2027-03-02", None),
        (2, "2026-12-30", "early"),
    ],
)
def test_window(read_day: int, today: str, expected: str | None) -> None:
    assert in_window(read_day, dt.date.fromisoformat(today), RULES) == expected


@given(st.text(max_size=9), st.integers(1, 9), st.booleans())
def test_never_fails_and_fits_the_dials(digits: str, dials: int, insists: bool) -> None:
    found = check_reading(digits, MeterFacts("water", dials, 5, MONTH_AGO, 3.0, 9), TODAY, RULES, insists)
    if found.kind != "wrong_digits":
        assert found.value is not None
        assert found.value < 10**dials
    if insists:
        assert found.kind in ("taken", "wrong_digits")
