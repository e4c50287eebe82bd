"""Service clocks: which level applies, when an answer is due, and what a pause adds.

The moment of opening counts from the second it happens; days are the municipality's local days. A number of
days excludes the day of opening and includes the last one, to closing time (Interpretation Act 33 of 1957,
s4). When the last calendar day is no working day, the promise falls on the working day *before* it: at most
14 days means at most.
"""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

import holidays

from crm_store.domain.region import OfficeHours, Region, ServiceLevel, ServiceLevelRule

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
# No office stays shut for longer; a calendar without any working day must not search for ever.
_FURTHEST_DAYS = 4000

Interval = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Calendar:
    """Office hours and holidays of one municipality. `hours` has the opening times of Monday to Sunday."""

    timezone: ZoneInfo
    hours: tuple[tuple[tuple[dt.time, dt.time], ...], ...]
    country: str
    added: frozenset[dt.date] = frozenset()
    removed: frozenset[dt.date] = frozenset()

    @classmethod
    def of(cls, region: Region, municipality: str | None = None) -> "Calendar":
        """The calendar of `municipality`, or the region's where it has none of its own."""
        own = (
            region.municipalities[municipality].office_hours if municipality in region.municipalities else ()
        )
        return cls(
            timezone=ZoneInfo(region.timezone),
            hours=_week(own or region.office_hours),
            country=region.holidays.country,
            added=frozenset(day.date for day in region.holidays.add),
            removed=frozenset(region.holidays.remove),
        )

    def is_holiday(self, day: dt.date) -> bool:
        """True on a public holiday, also on the Monday on which a Sunday's holiday is observed."""
        if day in self.added:
            return True
        return day not in self.removed and day in _public_holidays(self.country, day.year)

    def is_working_day(self, day: dt.date) -> bool:
        return bool(self.hours[day.weekday()]) and not self.is_holiday(day)

    def open_at(self, at: dt.datetime) -> bool:
        """True when the office is open at that moment."""
        day = at.astimezone(self.timezone).date()
        return any(start <= at < end for start, end in self._office_intervals(day))

    def closing_of(self, day: dt.date) -> dt.datetime:
        """Closing time of that day in UTC; on a day the office does not open, the usual latest closing
        time.
        """
        stretches = self.hours[day.weekday()] or [s for of_day in self.hours for s in of_day]
        return self._utc(day, max(end for _, end in stretches))

    def intervals(self, level: ServiceLevel, start: dt.datetime) -> Iterator[Interval]:
        """The stretches of time from `start` on that count for `level`, in order, in UTC, without end."""
        if level.hours or level.calendar_days:
            yield start, start + dt.timedelta(days=_FURTHEST_DAYS)
            return
        day = start.astimezone(self.timezone).date()
        for offset in range(_FURTHEST_DAYS):
            on = day + dt.timedelta(days=offset)
            whole = level.working_day_hours is not None
            for opens, closes in self._whole_day(on) if whole else self._office_intervals(on):
                if closes > start:
                    yield max(opens, start), closes

    def _office_intervals(self, day: dt.date) -> list[Interval]:
        if not self.is_working_day(day):
            return []
        return [(self._utc(day, a), self._utc(day, b)) for a, b in self.hours[day.weekday()]]

    def _whole_day(self, day: dt.date) -> list[Interval]:
        if not self.is_working_day(day):
            return []
        midnight = dt.time.min
        return [(self._utc(day, midnight), self._utc(day + dt.timedelta(days=1), midnight))]

    def _utc(self, day: dt.date, time: dt.time) -> dt.datetime:
        return dt.datetime.combine(day, time, self.timezone).astimezone(dt.UTC)


def service_level(
    region: Region,
    case_class: str,
    category: str,
    priority: str = "normal",
    municipality: str | None = None,
) -> ServiceLevelRule:
    """The level that applies: the municipality's own rules first, then the region's. An emergency has the
    emergency level whatever its class.
    """
    own = region.municipalities[municipality].service_levels if municipality in region.municipalities else ()
    for rule in (*own, *region.service_levels):
        if rule.fits(case_class, category, priority):
            return rule
    raise LookupError(f"no service level for {case_class} {category}")


def first_response_level(
    region: Region, rule: ServiceLevelRule, priority: str, municipality: str | None = None
) -> ServiceLevel:
    """How soon a person must answer first: by the case's own rule, its municipality, or the region."""
    if rule.first_response is not None:
        return rule.first_response
    if priority == "emergency":
        return region.emergency_first_response
    own = (
        region.municipalities[municipality].first_response if municipality in region.municipalities else None
    )
    return own or region.first_response


def due_at(opened_at: dt.datetime, level: ServiceLevel, calendar: Calendar) -> dt.datetime:
    """When it is due, aware UTC. Later opening never gives an earlier time."""
    opened_at = opened_at.astimezone(dt.UTC)
    today = opened_at.astimezone(calendar.timezone).date()
    if level.working_days:
        return calendar.closing_of(_nth_working_day(calendar, today, level.working_days))
    if level.calendar_days:
        return _closing_by(calendar, today + dt.timedelta(days=level.calendar_days), today)
    hours = level.hours or level.working_day_hours or level.office_hours or 0
    return _after(opened_at, dt.timedelta(hours=hours), level, calendar)


def after_working_days(day: dt.date, count: int, calendar: Calendar) -> dt.date:
    """The `count`th working day after `day`."""
    return _nth_working_day(calendar, day, count)


def counted(start: dt.datetime, end: dt.datetime, level: ServiceLevel, calendar: Calendar) -> dt.timedelta:
    """How much time between the two counts for `level`; nothing when `end` is not after `start`."""
    total = dt.timedelta()
    for opens, closes in calendar.intervals(level, start.astimezone(dt.UTC)):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def resumed_due_at(
    due: dt.datetime, paused_at: dt.datetime, resumed_at: dt.datetime, level: ServiceLevel, calendar: Calendar
) -> dt.datetime:
    """The due time after the citizen owed an answer from `paused_at` to `resumed_at`: what was left then is
    left now.

    Levels in days move by the days between, to closing time. A case late when it was paused stays as late as
    it was.
    """
    if resumed_at <= paused_at or due <= paused_at:
        return due
    paused, resumed, last = (at.astimezone(calendar.timezone).date() for at in (paused_at, resumed_at, due))
    if level.working_days:
        days = sum(calendar.is_working_day(day) for day in _days_between(paused, resumed))
        return calendar.closing_of(_nth_working_day(calendar, last, days)) if days else due
    if level.calendar_days:
        return max(due, _closing_by(calendar, last + (resumed - paused), resumed))
    left = counted(paused_at, due, level, calendar)
    return _after(resumed_at.astimezone(dt.UTC), left, level, calendar)


def _days_between(first: dt.date, last: dt.date) -> Iterator[dt.date]:
    """The days after `first` up to `last`."""
    return (first + dt.timedelta(days=n + 1) for n in range((last - first).days))


def _closing_by(calendar: Calendar, last: dt.date, after: dt.date) -> dt.datetime:
    """Closing time of the last working day after `after` and not after `last`; of `last` when there is
    none.
    """
    day = last
    while day > after:
        if calendar.is_working_day(day):
            return calendar.closing_of(day)
        day -= dt.timedelta(days=1)
    return calendar.closing_of(last)


def _after(start: dt.datetime, length: dt.timedelta, level: ServiceLevel, calendar: Calendar) -> dt.datetime:
    for opens, closes in calendar.intervals(level, start):
        if length <= closes - opens:
            return opens + length
        length -= closes - opens
    raise LookupError("the calendar has no working time")


def _nth_working_day(calendar: Calendar, after: dt.date, count: int) -> dt.date:
    day = after
    for _ in range(_FURTHEST_DAYS):
        day += dt.timedelta(days=1)
        count -= calendar.is_working_day(day)
        if count == 0:
            return day
    raise LookupError("the calendar has no working days")


def _week(office_hours: tuple[OfficeHours, ...]) -> tuple[tuple[tuple[dt.time, dt.time], ...], ...]:
    week: list[list[tuple[dt.time, dt.time]]] = [[] for _ in _DAYS]
    for stretch in office_hours:
        first, _, last = stretch.days.partition("-")
        start, end = _DAYS.index(first), _DAYS.index(last or first)
        for offset in range((end - start) % len(_DAYS) + 1):
            opens, closes = dt.time.fromisoformat(stretch.opens), dt.time.fromisoformat(stretch.closes)
            week[(start + offset) % len(_DAYS)].append((opens, closes))
    return tuple(tuple(sorted(day)) for day in week)


@lru_cache(maxsize=64)
def _public_holidays(country: str, year: int) -> frozenset[dt.date]:
    return frozenset(holidays.country_holidays(country, years=year))
