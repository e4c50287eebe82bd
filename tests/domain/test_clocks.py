"""Service clocks over office hours, holidays and year ends."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.clocks import (
    Calendar,
    counted,
    due_at,
    first_response_level,
    resumed_due_at,
    service_level,
)
from crm_store.domain.municipality import Region, ServiceLevel, load_region
from tests.domain.conftest import MUNICIPALITIES

SAST = ZoneInfo("Africa/Johannesburg")
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
ILEMBE = load_region(MUNICIPALITIES / "ilembe.yml")
CALENDAR = Calendar.of(ILEMBE, "KDM")
LEVELS = [
    ServiceLevel(hours=4),
    ServiceLevel(working_day_hours=24),
    ServiceLevel(office_hours=17),
    ServiceLevel(working_days=2),
    ServiceLevel(working_days=10),
    ServiceLevel(calendar_days=1),
    ServiceLevel(calendar_days=14),
    ServiceLevel(calendar_days=30),
]
MOMENTS = st.integers(0, 3 * 365 * 24 * 60).map(lambda n: START + dt.timedelta(minutes=n))


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SAST)


@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        ("2026-11-20 10:00", 2, "2026-11-24 16:00"),  # Friday
        ("2026-11-21 23:40", 2, "2026-11-24 16:00"),  # Saturday
        ("2026-11-23 00:01", 2, "2026-11-25 16:00"),  # Monday, before opening
        ("2026-11-23 18:00", 2, "2026-11-25 16:00"),  # Monday, after closing
        ("2026-11-03 09:00", 1, "2026-11-05 16:00"),  # over the election day, Wed 4 Nov 2026
        ("2027-03-19 09:00", 1, "2027-03-23 16:00"),  # Human Rights Day is a Sunday, observed on the Monday
        ("2026-08-07 09:00", 1, "2026-08-11 16:00"),  # Women's Day likewise
        ("2026-12-23 12:00", 2, "2026-12-28 16:00"),  # Christmas Friday, weekend
        ("2026-12-31 15:59", 2, "2027-01-05 16:00"),  # New Year's Friday, weekend
        ("2027-12-24 09:00", 1, "2027-12-28 16:00"),  # Goodwill on a Sunday, observed on Monday 27 Dec
        ("2026-04-02 09:00", 2, "2026-04-08 16:00"),  # Good Friday to Family Day
    ],
)
def test_working_days(opened: str, days: int, due: str) -> None:
    assert due_at(at(opened), ServiceLevel(working_days=days), CALENDAR) == at(due)


@pytest.mark.parametrize(
    ("opened", "days", "due"),
    [
        ("2026-11-21 10:00", 30, "2026-12-21 16:00"),  # a Monday
        ("2026-11-21 10:00", 14, "2026-12-04 16:00"),  # day 14 is a Saturday: the Friday before
        ("2026-12-02 10:00", 14, "2026-12-15 16:00"),  # day 14 is the Day of Reconciliation
        ("2026-12-18 10:00", 14, "2026-12-31 16:00"),  # day 14 is New Year's Day
    ],
)
def test_calendar_days_mean_at_most(opened: str, days: int, due: str) -> None:
    assert due_at(at(opened), ServiceLevel(calendar_days=days), CALENDAR) == at(due)


@pytest.mark.parametrize("opened", ["2026-12-25 23:00", "2026-11-21 02:00", "2026-11-23 15:00"])
def test_an_emergency_runs_round_the_clock(opened: str) -> None:
    level = service_level(ILEMBE, "complaint", "water", priority="emergency")
    assert due_at(at(opened), level, CALENDAR) == at(opened) + dt.timedelta(hours=4)


def test_office_hours_count_only_while_open() -> None:
    level = ServiceLevel(office_hours=2)
    assert due_at(at("2026-11-20 15:00"), level, CALENDAR) == at("2026-11-23 08:30")
    assert due_at(at("2026-11-20 03:00"), level, CALENDAR) == at("2026-11-20 09:30")


def test_lunch_does_not_count(example: Region) -> None:
    calendar = Calendar.of(example, "TH")
    assert due_at(at("2026-11-23 12:00"), ServiceLevel(office_hours=1), calendar) == at("2026-11-23 13:45")
    assert not calendar.open_at(at("2026-11-23 12:45"))
    assert calendar.open_at(at("2026-11-28 09:00"))  # Saturday morning
    assert due_at(at("2026-11-27 16:00"), ServiceLevel(office_hours=2), calendar) == at("2026-11-28 10:00")


def test_the_first_response_skips_days_off() -> None:
    rule = service_level(ILEMBE, "complaint", "water")
    usual = first_response_level(ILEMBE, rule, "normal", "KDM")
    assert due_at(at("2026-11-20 10:00"), usual, CALENDAR) == at("2026-11-23 10:00")
    assert due_at(at("2026-11-18 10:00"), usual, CALENDAR) == at("2026-11-19 10:00")
    at_once = first_response_level(ILEMBE, rule, "emergency", "KDM")
    assert due_at(at("2026-11-21 02:00"), at_once, CALENDAR) == at("2026-11-21 06:00")


def test_holiday_overrides(example: Region) -> None:
    calendar = Calendar.of(example, "TH")
    assert calendar.is_holiday(dt.date(2027, 3, 1))
    assert not calendar.is_holiday(dt.date(2027, 9, 24))
    assert CALENDAR.is_holiday(dt.date(2027, 9, 24))


def test_a_municipality_with_its_own_hours(example: Region) -> None:
    calendar = Calendar.of(example, "NGWE")
    assert due_at(at("2026-11-20 10:00"), ServiceLevel(working_days=1), calendar) == at("2026-11-24 15:00")
    assert Calendar.of(example) == Calendar.of(example, "TH")


@pytest.mark.parametrize(
    ("case_class", "category", "level"),
    [
        ("complaint", "water", {"working_days": 2}),
        ("complaint", "electricity", {"working_days": 2}),
        ("complaint", "sanitation", {"working_days": 2}),
        ("complaint", "streetlights", {"working_days": 5}),
        ("complaint", "roads", {"working_days": 10}),
        ("complaint", "staff", {"calendar_days": 14}),
        ("query", "billing", {"working_days": 3}),
        ("dispute", "billing", {"calendar_days": 30}),
        ("compliment", "refuse", {"working_days": 5}),
    ],
)
def test_levels_of_ilembe(case_class: str, category: str, level: dict[str, int]) -> None:
    found = service_level(ILEMBE, case_class, category)
    assert {name: getattr(found, name) for name in level} == level


def test_a_municipality_overrides_the_region(example: Region) -> None:
    assert service_level(example, "query", "water").working_days == 1
    assert service_level(example, "query", "water", municipality="NGWE").working_days == 2
    assert service_level(example, "dispute", "water", municipality="NGWE").calendar_days == 21


@given(MOMENTS, st.timedeltas(dt.timedelta(0), dt.timedelta(days=20)), st.sampled_from(LEVELS))
def test_later_opening_is_never_due_earlier(
    opened: dt.datetime, later: dt.timedelta, level: ServiceLevel
) -> None:
    assert due_at(opened, level, CALENDAR) <= due_at(opened + later, level, CALENDAR)


@given(MOMENTS, st.sampled_from(LEVELS))
def test_due_lies_ahead_and_is_utc(opened: dt.datetime, level: ServiceLevel) -> None:
    due = due_at(opened, level, CALENDAR)
    assert due > opened
    assert due.utcoffset() == dt.timedelta(0)
    if level.working_days:
        local = due.astimezone(SAST)
        assert CALENDAR.is_working_day(local.date())
        assert (local.hour, local.minute) == (16, 0)
    if level.calendar_days:
        assert due.astimezone(SAST).date() <= opened.astimezone(SAST).date() + dt.timedelta(
            days=level.calendar_days
        )


@given(MOMENTS, st.sampled_from(LEVELS), st.timedeltas(dt.timedelta(0), dt.timedelta(days=40)))
def test_a_pause_never_shortens_the_time_left(
    opened: dt.datetime, level: ServiceLevel, pause: dt.timedelta
) -> None:
    due = due_at(opened, level, CALENDAR)
    paused = opened + (due - opened) / 2
    resumed = resumed_due_at(due, paused, paused + pause, level, CALENDAR)
    assert resumed >= due
    assert resumed_due_at(due, paused, paused, level, CALENDAR) == due
    if level.hours or level.office_hours or level.working_day_hours:
        left = counted(paused, due, level, CALENDAR)
        assert counted(paused + pause, resumed, level, CALENDAR) == left


def test_a_pause_of_days_moves_the_promise_by_working_days() -> None:
    level = ServiceLevel(working_days=2)
    due = due_at(at("2026-11-23 10:00"), level, CALENDAR)
    resumed = resumed_due_at(due, at("2026-11-24 10:00"), at("2026-11-30 09:00"), level, CALENDAR)
    assert resumed == at("2026-12-01 16:00")
    late = resumed_due_at(due, at("2026-11-26 10:00"), at("2026-11-30 09:00"), level, CALENDAR)
    assert late == due
