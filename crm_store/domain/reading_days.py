"""Days on which a meter is to be read, and on which its people are reminded."""

import calendar
import datetime as dt

from crm_store.domain.region import ReadingRules

#: The second and last word of a month comes this long after the first, while the window is open.
SECOND_AFTER_DAYS = 2


def read_day_of(year: int, month: int, read_day: int) -> dt.date:
    """The read day in that month; 31 is the last day of a shorter one."""
    return dt.date(year, month, min(read_day, calendar.monthrange(year, month)[1]))


def next_read_day(read_day: int, after: dt.date) -> dt.date:
    """The first read day later than `after`."""
    this = read_day_of(after.year, after.month, read_day)
    if this > after:
        return this
    year, month = divmod(after.year * 12 + after.month, 12)
    return read_day_of(year, month + 1, read_day)


def window_around(day: dt.date, rules: ReadingRules) -> tuple[dt.date, dt.date]:
    """First and last day on which a reading for this read day is on time."""
    return day - dt.timedelta(days=rules.days_before), day + dt.timedelta(days=rules.days_after)


def second_reminder_on(day: dt.date, rules: ReadingRules) -> dt.date:
    """When who sent nothing is reminded for the last time."""
    return min(day + dt.timedelta(days=SECOND_AFTER_DAYS), window_around(day, rules)[1])
