"""The weeks, months and quarters of reports."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.reports.periods import KINDS, Period

SAST = ZoneInfo("Africa/Johannesburg")
DAYS = st.dates(dt.date(2020, 1, 1), dt.date(2040, 12, 31))


@pytest.mark.parametrize(
    ("kind", "day", "first", "last", "name"),
    [
        ("week", "2026-04-08", "2026-04-06", "2026-04-12", "2026-W15"),
        ("week", "2027-01-02", "2026-12-28", "2027-01-03", "2026-W53"),
        ("month", "2028-02-29", "2028-02-01", "2028-02-29", "2028-02"),
        ("month", "2026-12-31", "2026-12-01", "2026-12-31", "2026-12"),
        ("quarter", "2026-11-22", "2026-10-01", "2026-12-31", "2026-Q4"),
    ],
)
def test_the_period_of_a_day(kind, day, first, last, name):
    period = Period.containing(kind, dt.date.fromisoformat(day), SAST)
    assert (str(period.first), str(period.last), period.name) == (first, last, name)


@given(st.sampled_from(KINDS), DAYS)
def test_periods_follow_each_other_without_gap(kind, day):
    period = Period.containing(kind, day, SAST)
    assert period.first <= day < period.end
    assert period.before().ends_at == period.begins_at
    assert Period.containing(kind, period.end, SAST).before() == period


def test_the_last_whole_one_is_over_in_local_time():
    # 23:30 UTC on 31 March is April in South Africa already.
    now = dt.datetime(2026, 3, 31, 23, 30, tzinfo=dt.UTC)
    assert Period.last_whole("month", now, SAST).name == "2026-03"
