"""Promises: spans, pauses, the ladder's moments; and that nothing but a pause ever moves a due time."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.clocks import Calendar, counted, due_at, service_level
from crm_store.domain.municipality import ServiceLevel, load_region
from crm_store.domain.promises import Promise, stricter
from tests.domain.conftest import MUNICIPALITIES

SAST = ZoneInfo("Africa/Johannesburg")
ILEMBE = load_region(MUNICIPALITIES / "ilembe.yml")
EXAMPLE = load_region(MUNICIPALITIES / "example.yml")
CALENDARS = [Calendar.of(ILEMBE, "KDM"), Calendar.of(EXAMPLE, "TH"), Calendar.of(EXAMPLE, "NGWE")]
START = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(lambda n: START + dt.timedelta(minutes=n))
LEVELS = st.sampled_from(
    [
        ServiceLevel(hours=4),
        ServiceLevel(working_day_hours=24),
        ServiceLevel(office_hours=12),
        ServiceLevel(working_days=2),
        ServiceLevel(working_days=10),
        ServiceLevel(calendar_days=14),
        ServiceLevel(calendar_days=30),
    ]
)
LENGTHS = st.integers(1, 15 * 24 * 60).map(lambda n: dt.timedelta(minutes=n))
SECOND = dt.timedelta(seconds=1)


def at(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text).replace(tzinfo=SAST)


@st.composite
def pauses(draw: st.DrawFn, start: dt.datetime) -> tuple[tuple[dt.datetime, dt.datetime], ...]:
    found = []
    moment = start
    for _ in range(draw(st.integers(0, 4))):
        begun = moment + draw(LENGTHS)
        moment = begun + draw(LENGTHS)
        found.append((begun, moment))
    return tuple(found)


@st.composite
def promises(draw: st.DrawFn) -> Promise:
    start = draw(MOMENTS)
    return Promise(start, draw(LEVELS), draw(st.sampled_from(CALENDARS)), draw(pauses(start)))


@pytest.mark.parametrize(
    ("percent", "moment"),
    [
        (75, "2026-07-17 10:15"),  # 6 h of Wed, 8.5 of Thu and 8.5 of Fri count: a quarter is 5 h 45
        (100, "2026-07-17 16:00"),
        (150, "2026-07-21 10:30"),  # 11.5 h more: Mon 8.5, Tue 3
        (200, "2026-07-22 13:30"),
    ],
)
def test_the_ladder_of_two_working_days(percent: int, moment: str) -> None:
    promise = Promise(at("2026-07-15 10:00"), ServiceLevel(working_days=2), CALENDARS[0])
    assert promise.moment_of(percent / 100) == at(moment)


def test_an_emergency_climbs_at_night_too() -> None:
    promise = Promise(at("2026-12-25 23:00"), ServiceLevel(hours=4), CALENDARS[0])
    steps = [promise.next_step(ILEMBE.escalation, taken) for taken in range(5)]
    assert steps == [at("2026-12-26 02:00"), at("2026-12-26 03:00"), at("2026-12-26 05:00"),
                     at("2026-12-26 07:00"), None]  # fmt: skip


def test_lunch_is_no_time_used() -> None:
    level = service_level(EXAMPLE, "complaint", "water", municipality="TH")
    promise = Promise(at("2026-11-23 10:00"), level, CALENDARS[1])
    assert promise.due_at == at("2026-11-24 15:00")
    assert promise.moment_of(0.5) == at("2026-11-24 08:15")  # 2.5 h and 3.25 h on Monday, lunch between


class TestAPause:
    def test_is_no_time_used(self) -> None:
        start = at("2026-07-15 10:00")
        pause = (at("2026-07-16 10:00"), at("2026-07-23 09:00"))
        promise = Promise(start, ServiceLevel(working_days=2), CALENDARS[0], (pause,))
        assert promise.due_at == at("2026-07-24 16:00")
        before, after = promise.share_used(pause[0]), promise.share_used(pause[1])
        assert before <= after < before + 0.1  # days are counted whole: an hour of the morning remains

    def test_after_the_due_time_stops_the_ladder_too(self) -> None:
        start = at("2026-07-15 10:00")
        late = Promise(start, ServiceLevel(hours=4), CALENDARS[0])
        paused = Promise(
            start, ServiceLevel(hours=4), CALENDARS[0], ((at("2026-07-15 15:00"), at("2026-07-15 18:00")),)
        )
        assert paused.due_at == late.due_at == at("2026-07-15 14:00")
        assert paused.moment_of(1.5) == late.moment_of(1.5) + dt.timedelta(hours=3)

    def test_before_the_start_does_not_concern_it(self) -> None:
        clock = Promise.as_stored(at("2026-07-15 10:00"), "KDM", ServiceLevel(hours=4))
        read = Promise.read(clock, ILEMBE, [(at("2026-07-14 10:00"), at("2026-07-15 11:00"))])
        assert read.pauses == ((at("2026-07-15 10:00"), at("2026-07-15 11:00")),)
        assert Promise.read(clock, ILEMBE, [(at("2026-07-13 10:00"), at("2026-07-14 10:00"))]).pauses == ()


@pytest.mark.parametrize(
    ("opened", "level", "told"),
    [
        ("2026-07-15 10:00", ServiceLevel(working_days=2), "2026-07-17 13:42"),  # 90 % of 23 h
        ("2026-07-15 10:00", ServiceLevel(calendar_days=30), "2026-08-13 16:00"),  # the last working day
        ("2026-12-25 23:00", ServiceLevel(hours=4), "2026-12-26 02:36"),
    ],
)
def test_when_the_citizen_hears_of_a_delay(opened: str, level: ServiceLevel, told: str) -> None:
    promise = Promise(at(opened), level, CALENDARS[0])
    assert promise.tell_delay_at(90) == at(told)


@given(promises())
def test_the_citizen_hears_of_a_delay_before_the_promise_breaks(promise: Promise) -> None:
    assert promise.start <= promise.tell_delay_at(90) <= promise.due_at


@given(promises())
def test_the_ladder_rises_and_meets_the_due_time(promise: Promise) -> None:
    moments = [promise.moment_of(share / 100) for share in (50, 75, 100, 150, 200)]
    assert moments == sorted(moments)
    assert moments[2] == promise.due_at
    assert promise.moment_of(0.0) >= promise.start


@given(promises(), st.sampled_from([0.25, 0.75, 1.0, 1.5, 2.0]))
def test_a_step_comes_when_that_share_is_used(promise: Promise, share: float) -> None:
    moment = promise.moment_of(share)
    if moment > promise.start:
        assert promise.share_used(moment) == pytest.approx(share, abs=1e-6)
        assert promise.share_used(moment - SECOND) <= share


@given(promises(), MOMENTS, LENGTHS)
def test_the_share_used_never_falls(promise: Promise, now: dt.datetime, later: dt.timedelta) -> None:
    assert promise.share_used(now) <= promise.share_used(now + later) + 1e-9


@given(promises())
def test_a_stored_clock_is_the_same_promise(promise: Promise) -> None:
    stored = Promise.as_stored(promise.start, "KDM", promise.level)
    again = Promise.read(stored, ILEMBE, promise.pauses)
    there = Promise(promise.start, promise.level, CALENDARS[0], promise.pauses)
    assert (again.due_at, again.moment_of(0.75)) == (there.due_at, there.moment_of(0.75))


@given(promises())
def test_only_pauses_move_a_due_time_and_never_to_before(promise: Promise) -> None:
    plain = due_at(promise.start, promise.level, promise.calendar)
    assert promise.due_at >= plain
    if not promise.pauses or promise.pauses[0][0] >= plain:
        assert promise.due_at == plain


@given(promises(), LENGTHS)
def test_after_a_pause_no_more_time_is_left_than_before(promise: Promise, length: dt.timedelta) -> None:
    """In the level's own unit: whole days of a level in days, minutes of one in hours."""
    begun = max([promise.start, *(ended for _, ended in promise.pauses)]) + length
    resumed = begun + length
    longer = Promise(promise.start, promise.level, promise.calendar, (*promise.pauses, (begun, resumed)))

    def left(moment: dt.datetime, due: dt.datetime) -> float:
        if moment >= due:
            return 0.0
        if promise.level.working_days or promise.level.calendar_days:
            first, last = (m.astimezone(SAST).date() for m in (moment, due))
            days = (first + dt.timedelta(days=n + 1) for n in range((last - first).days))
            whole = promise.level.calendar_days is not None
            return float(sum(whole or promise.calendar.is_working_day(day) for day in days))
        return counted(moment, due, promise.level, promise.calendar).total_seconds()

    assert left(resumed, longer.due_at) <= left(begun, promise.due_at)


@given(promises(), promises())
def test_an_edit_never_gives_more_time(one: Promise, other: Promise) -> None:
    assert stricter(one, other).due_at == min(one.due_at, other.due_at)
    assert stricter(one, one) is one
