"""When and what is said unasked: decent hours, and which word replaces which."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.cases import STAGES
from crm_store.domain.notices import KINDS, replaced, still_true, time_to_tell
from crm_store.domain.region import Telling

ZONE = "Africa/Johannesburg"
TELLING = Telling()
MOMENTS = st.integers(0, 4 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


@given(MOMENTS)
def test_nobody_is_woken_and_nobody_waits_longer_than_a_night(at):
    told = time_to_tell(at, TELLING, ZONE)
    assert at <= told <= at + timedelta(hours=12)
    assert "08:00" <= told.astimezone(ZoneInfo(ZONE)).strftime("%H:%M") < "20:00"
    assert time_to_tell(told, TELLING, ZONE) == told


@given(MOMENTS)
def test_an_emergency_is_told_at_any_hour(at):
    assert time_to_tell(at, TELLING, ZONE, emergency=True) == at


@pytest.mark.parametrize(
    ("local", "told"),
    [
        ("2026-07-15T07:59", "2026-07-15T08:00"),
        ("2026-07-15T08:00", "2026-07-15T08:00"),
        ("2026-07-15T19:59", "2026-07-15T19:59"),
        ("2026-07-15T20:00", "2026-07-16T08:00"),
        ("2026-12-31T23:30", "2027-01-01T08:00"),
    ],
)
def test_decent_hours(local, told):
    zone = ZoneInfo(ZONE)
    at = datetime.fromisoformat(local).replace(tzinfo=zone)
    assert time_to_tell(at, TELLING, ZONE) == datetime.fromisoformat(told).replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("kind", "later", "expected"),
    [
        ("assigned", [], False),
        ("assigned", ["started"], True),
        ("started", ["follow_up"], False),
        ("delayed", ["resolved"], True),
        ("incident_known", ["incident_over"], True),
        ("incident_over", ["resolved"], True),
        ("incident_over", ["closed"], False),
        ("resolved", ["closed"], False),
        ("resolved", ["reopened"], True),
        ("decided", ["closed", "follow_up"], False),
        ("closed", ["reopened"], True),
        ("follow_up", ["resolved"], False),
        ("waiting", ["started"], False),
        ("waiting", ["waiting"], True),
    ],
)
def test_which_word_replaces_which(kind, later, expected):
    assert replaced(kind, later) is expected


@given(st.lists(st.sampled_from(KINDS), min_size=1))
def test_the_last_word_is_always_said(kinds):
    assert not replaced(kinds[-1], [])


def test_nothing_is_called_done_unless_it_is():
    done = {stage for stage in STAGES if still_true("resolved", stage)}
    assert done == {"resolved", "closed"}
    assert {stage for stage in STAGES if still_true("follow_up", stage)} == {"resolved"}
    assert {stage for stage in STAGES if still_true("waiting", stage)} == {"waiting_for_citizen"}
