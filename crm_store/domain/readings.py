"""Checks of a meter reading that a citizen sends, before it goes to the billing system."""

import calendar
import datetime as dt
from dataclasses import dataclass
from typing import Literal

from crm_store.domain.region import ReadingRules, Service

CheckKind = Literal["taken", "wrong_digits", "below_last", "implausible", "repeated"]
Flag = Literal[
    "early", "late", "zero_use", "high_use", "low_use", "roll_over", "below_last", "customer_insists"
]

#: Flags that tell something of the reading but ask nobody to look at it.
HARMLESS: tuple[Flag, ...] = ("early", "late", "zero_use")

_MONTH_DAYS = 365.25 / 12


@dataclass(frozen=True)
class MeterFacts:
    """What is known of a meter. Units: kilolitres or kWh, whole; `average_per_month` in the same."""

    service: Service
    dials: int
    last_reading: int | None = None
    last_reading_on: dt.date | None = None
    average_per_month: float | None = None
    read_day: int | None = None
    municipality: str | None = None


@dataclass(frozen=True)
class ReadingCheck:
    """`kind` 'taken': store it, flagged when there are `flags`. Any other kind is asked back or told."""

    kind: CheckKind
    value: int | None = None
    use: int | None = None
    flags: tuple[Flag, ...] = ()


def check_reading(
    digits: str, meter: MeterFacts, today: dt.date, rules: ReadingRules, insists: bool = False
) -> ReadingCheck:
    """Check the black digits read on `today` (local date).

    `insists`: the person was asked back about this very value and sent it again; it is then taken for review.
    'repeated': the value that was taken today already.
    """
    if not (digits.isascii() and digits.isdecimal()) or len(digits) > meter.dials:
        return ReadingCheck("wrong_digits")
    value = int(digits)
    flags = _timing(meter, today, rules)
    if meter.last_reading is None:
        return ReadingCheck("taken", value, None, flags)
    use = value - meter.last_reading
    if use < 0:
        return _below_last(value, meter, today, rules, insists, flags)
    if use == 0:
        if meter.last_reading_on == today:
            return ReadingCheck("repeated", value, 0)
        return ReadingCheck("taken", value, 0, (*flags, "zero_use"))
    doubt = _doubt(use, meter, today, rules)
    if doubt and not insists:
        return ReadingCheck("implausible", value, use, (doubt,))
    if doubt:
        return ReadingCheck("taken", value, use, (*flags, doubt, "customer_insists"))
    return ReadingCheck("taken", value, use, flags)


def in_window(read_day: int, today: dt.date, rules: ReadingRules) -> Literal["early", "late"] | None:
    """None inside the window around the read day; the read day nearest to `today` decides early or late."""
    days = min((_days_from(read_day, today, months) for months in (-1, 0, 1)), key=abs)
    if -rules.days_before <= days <= rules.days_after:
        return None
    return "early" if days < 0 else "late"


def _days_from(read_day: int, today: dt.date, months: int) -> int:
    """Days since the read day of the month `months` away; a read day 31 is the last day of a shorter
    month.
    """
    year, month = divmod(today.year * 12 + today.month - 1 + months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return (today - dt.date(year, month + 1, min(read_day, last))).days


def _timing(meter: MeterFacts, today: dt.date, rules: ReadingRules) -> tuple[Flag, ...]:
    found = in_window(meter.read_day, today, rules) if meter.read_day else None
    return (found,) if found else ()


def _below_last(
    value: int, meter: MeterFacts, today: dt.date, rules: ReadingRules, insists: bool, flags: tuple[Flag, ...]
) -> ReadingCheck:
    """A slip, or the dials went past all nines: only a use that is plausible over the turn is called a
    roll-over.
    """
    over = value + 10**meter.dials - (meter.last_reading or 0)
    expected = expected_use(meter, today, rules)
    rolled = expected is not None and over <= max(expected * rules.high_use_factor, rules.small_use)
    why: Flag = "roll_over" if rolled else "below_last"
    if not insists:
        return ReadingCheck("below_last", value, over if rolled else None, (why,))
    return ReadingCheck("taken", value, over if rolled else None, (*flags, why, "customer_insists"))


def _doubt(
    use: int, meter: MeterFacts, today: dt.date, rules: ReadingRules
) -> Literal["high_use", "low_use"] | None:
    expected = expected_use(meter, today, rules)
    if expected is None:
        return None
    if use > max(expected * rules.high_use_factor, rules.small_use):
        return "high_use"
    if use < expected * rules.low_use_factor:
        return "low_use"
    return None


def expected_use(meter: MeterFacts, today: dt.date, rules: ReadingRules) -> float | None:
    """The use to expect since the last reading, by average and season; None when that is not known.

    At least half a month's, since a few days say little.
    """
    if not meter.average_per_month or meter.last_reading_on is None:
        return None
    months = max((today - meter.last_reading_on).days / _MONTH_DAYS, 0.5)
    return meter.average_per_month * months * _season(meter.service, meter.last_reading_on, today, rules)


def _season(service: Service, since: dt.date, until: dt.date, rules: ReadingRules) -> float:
    """The mean factor of the days between; a year and more evens out, so the last year's days will do."""
    factors = rules.season.get(service)
    if factors is None:
        return 1.0
    days = min(max((until - since).days, 1), 365)
    return sum(factors[(until - dt.timedelta(days=day)).month - 1] for day in range(days)) / days
