"""The weeks, months and quarters of a report: whole local days, the end not included."""

import datetime as dt
from dataclasses import dataclass
from typing import Literal, Self, get_args
from zoneinfo import ZoneInfo

PeriodKind = Literal["week", "month", "quarter"]
KINDS: tuple[PeriodKind, ...] = get_args(PeriodKind)
_MONTHS = {"month": 1, "quarter": 3}


@dataclass(frozen=True)
class Period:
    """From midnight of `first` up to midnight of `end`, local time; `end` is the first day after it."""

    kind: PeriodKind
    first: dt.date
    end: dt.date
    timezone: ZoneInfo

    @classmethod
    def containing(cls, kind: PeriodKind, day: dt.date, timezone: ZoneInfo) -> Self:
        """The period in which the day lies: weeks begin on Monday, quarters in January, April …"""
        if kind == "week":
            first = day - dt.timedelta(days=day.weekday())
            return cls(kind, first, first + dt.timedelta(days=7), timezone)
        length = _MONTHS[kind]
        first = day.replace(month=(day.month - 1) // length * length + 1, day=1)
        return cls(kind, first, _months_later(first, length), timezone)

    @classmethod
    def last_whole(cls, kind: PeriodKind, now: dt.datetime, timezone: ZoneInfo) -> Self:
        """The last period that is over."""
        return cls.containing(kind, now.astimezone(timezone).date(), timezone).before()

    def before(self) -> Self:
        """The period before this one."""
        return self.containing(self.kind, self.first - dt.timedelta(days=1), self.timezone)

    @property
    def begins_at(self) -> dt.datetime:
        return self._midnight(self.first)

    @property
    def ends_at(self) -> dt.datetime:
        return self._midnight(self.end)

    @property
    def last(self) -> dt.date:
        """Its last day."""
        return self.end - dt.timedelta(days=1)

    @property
    def name(self) -> str:
        """As it stands in the names of files: 2026-W15, 2026-04, 2026-Q2."""
        if self.kind == "week":
            year, week, _ = self.first.isocalendar()
            return f"{year}-W{week:02d}"
        if self.kind == "month":
            return f"{self.first:%Y-%m}"
        return f"{self.first.year}-Q{(self.first.month + 2) // 3}"

    def _midnight(self, day: dt.date) -> dt.datetime:
        return dt.datetime.combine(day, dt.time.min, self.timezone).astimezone(dt.UTC)


def _months_later(first: dt.date, count: int) -> dt.date:
    months = first.month - 1 + count
    return dt.date(first.year + months // 12, months % 12 + 1, 1)
