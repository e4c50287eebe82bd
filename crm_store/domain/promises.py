"""A promise: the spans that its clock counts, when it is due, and when the ladder's steps come.

The clock starts once, at opening, with the level and the calendar that held then; editing, assigning and
referring the case change nothing about it. It stands still while the citizen owes an answer and while the
case counts as resolved, and goes on afterwards with what was left.
"""

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from crm_store.domain.clocks import Calendar, Interval, counted, due_at, resumed_due_at
from crm_store.domain.region import EscalationStep, Region, ServiceLevel

_DURATIONS = ("hours", "working_day_hours", "office_hours", "working_days", "calendar_days")


@dataclass(frozen=True)
class Promise:
    """What was promised when the case was opened. `pauses` are over, in order, and do not overlap."""

    start: dt.datetime
    level: ServiceLevel
    calendar: Calendar
    pauses: tuple[Interval, ...] = ()

    @classmethod
    def read(cls, clock: Mapping[str, Any], region: Region, pauses: Iterable[Interval] = ()) -> Self:
        """The promise of a stored clock (`as_stored`); pauses before its start do not concern it."""
        start = dt.datetime.fromisoformat(clock["from"])
        return cls(
            start=start,
            level=ServiceLevel.model_validate(clock["level"]),
            calendar=Calendar.of(region, clock["municipality"]),
            pauses=tuple((max(begun, start), ended) for begun, ended in pauses if ended > start),
        )

    @staticmethod
    def as_stored(start: dt.datetime, municipality: str, level: ServiceLevel) -> dict[str, Any]:
        """The clock as the case keeps it."""
        length = {name: value for name in _DURATIONS if (value := getattr(level, name)) is not None}
        return {"from": start.astimezone(dt.UTC).isoformat(), "municipality": municipality, "level": length}

    @cached_property
    def due_at(self) -> dt.datetime:
        """When it is due, aware UTC; what was left at each pause was left after it."""
        due = due_at(self.start, self.level, self.calendar)
        for paused_at, resumed_at in self.pauses:
            due = resumed_due_at(due, paused_at, resumed_at, self.level, self.calendar)
        return due

    @cached_property
    def whole(self) -> dt.timedelta:
        """All the time that counts, from the start to the first due time."""
        return counted(self.start, due_at(self.start, self.level, self.calendar), self.level, self.calendar)

    def share_used(self, now: dt.datetime) -> float:
        """The share of the time that is used, as the ladder counts it: 1.0 when due, more afterwards."""
        if not self.whole:
            return 0.0 if now < self.due_at else 1.0
        if now > self.due_at:
            return 1 + self._running(self.due_at, now) / self.whole
        return max(0.0, 1 - self._running(now, self.due_at) / self.whole)

    def moment_of(self, share: float) -> dt.datetime:
        """When that share of the time is used, if nothing else pauses the clock; due at 1.0.

        Up to the due time it is counted back from there, so that a pause, which moved it, is no time used.
        """
        amount = abs(share - 1) * self.whole
        if share > 1:
            for begins, ends in self._spans(self.due_at, None):
                if amount <= ends - begins:
                    return begins + amount
                amount -= ends - begins
            raise LookupError("the calendar has no working time")
        for begins, ends in reversed(list(self._spans(self.start, self.due_at))):
            if amount <= ends - begins:
                return ends - amount if amount else self.due_at
            amount -= ends - begins
        return self.due_at if share == 1 else self.start

    def next_step(self, ladder: tuple[EscalationStep, ...], taken: int) -> dt.datetime | None:
        """When the ladder's next step comes after `taken` of them; None after the last one."""
        return self.moment_of(ladder[taken].at_percent / 100) if taken < len(ladder) else None

    def tell_delay_at(self, percent: int) -> dt.datetime:
        """When the citizen is told that it will be late, unless it is resolved by then.

        When `percent` of the time is used, but not before the last working day: a month's promise is not
        given up three days early, an emergency's not a day before it began.
        """
        due_on = self.due_at.astimezone(self.calendar.timezone).date()
        day = due_on - dt.timedelta(days=1)
        while not self.calendar.is_working_day(day) and day > due_on - dt.timedelta(days=31):
            day -= dt.timedelta(days=1)
        day_before = self.calendar.closing_of(day)
        return min(max(self.moment_of(percent / 100), min(day_before, self.due_at)), self.due_at)

    def _running(self, start: dt.datetime, end: dt.datetime) -> dt.timedelta:
        return sum((ends - begins for begins, ends in self._spans(start, end)), dt.timedelta())

    def _spans(self, start: dt.datetime, end: dt.datetime | None) -> Iterator[Interval]:
        """The stretches between the two in which the clock runs, in order; without end when none is given."""
        for opens, closes in self.calendar.intervals(self.level, start):
            if end is not None and opens >= end:
                return
            yield from _without(opens, closes if end is None else min(closes, end), self.pauses)


def _without(begins: dt.datetime, ends: dt.datetime, pauses: tuple[Interval, ...]) -> Iterator[Interval]:
    for paused_at, resumed_at in pauses:
        if resumed_at <= begins or paused_at >= ends:
            continue
        if paused_at > begins:
            yield begins, paused_at
        begins = max(begins, resumed_at)
    if begins < ends:
        yield begins, ends


def stricter(one: Promise, other: Promise) -> Promise:
    """Of two promises the one that is due first: an edit never gives a case more time than it had."""
    return other if other.due_at < one.due_at else one
