"""Read days in months of every length."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.reading_days import next_read_day, read_day_of, second_reminder_on, window_around
from crm_store.domain.region import ReadingRules

DAYS = st.dates(date(2020, 1, 1), date(2040, 12, 31))
RULES = st.builds(ReadingRules, days_before=st.integers(0, 15), days_after=st.integers(0, 15))


def test_a_short_month_has_its_last_day():
    assert read_day_of(2026, 2, 31) == date(2026, 2, 28)
    assert next_read_day(31, date(2026, 1, 31)) == date(2026, 2, 28)
    assert next_read_day(5, date(2026, 12, 5)) == date(2027, 1, 5)


@given(st.integers(1, 31), DAYS)
def test_the_next_one_is_later_within_a_month_and_none_is_left_out(read_day, after):
    day = next_read_day(read_day, after)
    assert timedelta(0) < day - after <= timedelta(days=31)
    assert day.day == read_day or (day + timedelta(days=1)).day == 1


@given(DAYS, RULES)
def test_the_second_word_comes_within_the_window(day, rules):
    assert day <= second_reminder_on(day, rules) <= window_around(day, rules)[1]
