"""The new date of a case that will be late."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.clocks import Calendar
from crm_store.domain.delays import expected_at
from crm_store.domain.region import ServiceLevel

LEVELS = st.sampled_from(
    [ServiceLevel(**{name: length}) for name in ServiceLevel.model_fields for length in (1, 2, 5, 14, 30)]
)
DUE = datetime(2026, 7, 17, 14, 0, tzinfo=UTC)  # Friday, closing time


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ({"hours": 4}, "2026-07-17T14:00"),
        ({"working_days": 2}, "2026-07-20T14:00"),
        ({"working_days": 10}, "2026-07-24T14:00"),
        ({"calendar_days": 14}, "2026-07-24T14:00"),
    ],
)
def test_half_of_the_promised_time_again(region, level, expected):
    found = expected_at(DUE - timedelta(hours=2) if "hours" in level else DUE, DUE - timedelta(days=1),
                        ServiceLevel(**level), Calendar.of(region, "KDM"))  # fmt: skip
    assert found == datetime.fromisoformat(expected).replace(tzinfo=UTC)


@given(LEVELS, st.integers(0, 500 * 24), st.integers(-200, 200))
def test_it_is_later_than_the_promise_and_never_past(region, level, hours, after):
    due = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=hours)
    now = due + timedelta(hours=after)
    found = expected_at(due, now, level, Calendar.of(region, "KDM"))
    assert found > due
    assert found > now
