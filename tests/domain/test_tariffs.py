"""What a use costs, and how the season changes what use is expected."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from crm_store.domain.readings import MeterFacts, check_reading, expected_use
from crm_store.domain.region import ReadingRules, Tariff
from crm_store.domain.tariffs import cost_of, present_tariff

STEPS = [{"up_to": 6, "price": 10}, {"up_to": 20, "price": 20}, {"price": 30}]
WATER = Tariff.model_validate({"service": "water", "valid_from": "2026-07-01", "steps": STEPS})
DAY = dt.date(2026, 11, 22)


@pytest.mark.parametrize(
    ("use", "days", "rand"),
    [(0, 30, 0), (6, 31, 69), (10, 30, 162), (20, 30, 393), (21, 61, 345), (100, 30, 3156)],
)
def test_steps_are_a_months_and_grow_with_the_days(use: int, days: int, rand: int) -> None:
    assert abs(cost_of(WATER, use, days) - rand) <= 2


@given(st.integers(0, 5000), st.integers(1, 5000), st.integers(1, 400))
def test_more_use_never_costs_less_and_more_days_never_cost_more(use: int, more: int, days: int) -> None:
    assert cost_of(WATER, use, days) <= cost_of(WATER, use + more, days)
    assert cost_of(WATER, use, days + 1) <= cost_of(WATER, use, days)
    assert cost_of(WATER, use, days) <= Decimal("34.50") * use + 1


def test_the_municipalitys_own_newest_tariff_is_taken() -> None:
    own = WATER.model_copy(update={"municipality": "KDM"})
    coming = WATER.model_copy(update={"valid_from": dt.date(2027, 7, 1)})
    assert present_tariff([WATER, own, coming], "water", "KDM", DAY) is own
    assert present_tariff([WATER, own, coming], "water", "MLM", DAY) is WATER
    assert present_tariff([WATER], "electricity", "KDM", DAY) is None
    assert present_tariff([WATER], "water", "KDM", dt.date(2026, 6, 30)) is None


@pytest.mark.parametrize(
    "steps",
    [
        [{"up_to": 6, "price": 1}],
        [{"price": 1}, {"price": 2}],
        [{"up_to": 9, "price": 1}, {"up_to": 6, "price": 2}, {"price": 3}],
    ],
)
def test_steps_that_do_not_rise_are_refused(steps: list[dict[str, int]]) -> None:
    with pytest.raises(ValidationError, match="rise"):
        Tariff.model_validate({"service": "water", "valid_from": "2026-07-01", "steps": steps})


def test_the_season_moves_what_is_expected() -> None:
    winter = (0.5,) * 3 + (1.0,) * 9
    rules = ReadingRules(season={"water": winter})
    meter = MeterFacts("water", 5, 1000, dt.date(2026, 1, 1), 20)
    expected = expected_use(meter, dt.date(2026, 1, 31), rules)
    assert expected is not None
    assert abs(expected - 20 * 0.5 * 30 / 30.4375) < 0.5
    high = "01035"  # 35 kl: much for January, ordinary without a season
    assert check_reading(high, meter, dt.date(2026, 1, 31), rules).kind == "implausible"
    assert check_reading(high, meter, dt.date(2026, 1, 31), ReadingRules()).kind == "taken"


@given(
    st.text(alphabet="0123456789", min_size=1, max_size=8),
    st.integers(0, 99_999),
    st.integers(1, 400),
    st.integers(1, 31),
    st.booleans(),
)
def test_every_reading_has_a_way_on(digits: str, last: int, days: int, read_day: int, insists: bool) -> None:
    """Taken, or asked back; who insists is always taken, unless the dial has no such number."""
    meter = MeterFacts("water", 5, last, DAY - dt.timedelta(days=days), 20.0, read_day)
    check = check_reading(digits, meter, DAY, ReadingRules(), insists)
    if len(digits) > 5:
        assert check.kind == "wrong_digits"
    elif insists:
        assert check.kind == "taken"
        assert check.value == int(digits)
    else:
        assert check.kind in ("taken", "below_last", "implausible")
        assert (check.kind == "below_last") == (int(digits) < last)


POWER = Tariff.model_validate(
    {
        "service": "electricity",
        "valid_from": "2026-07-01",
        "steps": [{"price": 2}],
        "registers": {"peak": 4, "off_peak": "1.5"},
    }
)


@given(
    st.integers(0, 20_000),
    st.integers(1, 400),
    st.sampled_from([("PEAK", 4), ("DAY", 4), ("OFF-PEAK", 1.5), ("N", 1.5)]),
)
def test_a_register_has_one_price_whatever_the_days(use: int, days: int, register: tuple[str, float]) -> None:
    code, price = register
    assert abs(float(cost_of(POWER, use, days, code)) - use * price * 1.15) <= 0.51


def test_a_tariff_counts_for_those_whose_price_it_has() -> None:
    steps = WATER.model_copy(update={"service": "electricity", "valid_from": dt.date(2026, 8, 1)})
    assert present_tariff([POWER, steps], "electricity", "KDM", DAY) is steps
    assert present_tariff([POWER, steps], "electricity", "KDM", DAY, "PEAK") is POWER
    assert present_tariff([POWER, steps], "electricity", "KDM", DAY, "T1") is None
    with pytest.raises(ValueError, match="T1"):
        cost_of(POWER, 10, 30, "T1")


@pytest.mark.parametrize(
    ("registers", "fault"),
    [
        ({}, "needs"),
        ({"midday": 1}, "is no register"),
        ({"total": 1}, "is no register"),
        ({"T1": 1, "1.8.1": 2}, "two prices"),
        ({"peak": -1}, "greater"),
    ],
)
def test_registers_that_nobody_has_are_refused(registers: dict[str, int], fault: str) -> None:
    with pytest.raises(ValidationError, match=fault):
        Tariff.model_validate({"service": "electricity", "valid_from": "2026-07-01", "registers": registers})
