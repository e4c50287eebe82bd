"""Service clocks counted on the fingers: minute by minute, with holidays of their own.

Nothing here comes from crm_store.domain: it is what the product's clocks are checked against. Times are
minutes since 1 January 2026, local; South Africa has no daylight saving.
"""

from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta, timezone

_ORIGIN = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
DAY = 24 * 60
_OPENS, _CLOSES = 7 * 60 + 30, 16 * 60
HOLIDAYS = [(1, 1), (3, 21), (4, 3), (4, 6), (4, 27), (5, 1), (6, 16), (8, 9), (8, 10), (9, 24)]
_NUMBERS = {(date(2026, month, day) - date(2026, 1, 1)).days for month, day in HOLIDAYS}


def minute(when: datetime) -> int:
    return round((when - _ORIGIN).total_seconds()) // 60


def moment(at: int) -> datetime:
    return (_ORIGIN + timedelta(minutes=at)).astimezone(UTC)


def works(day: int) -> bool:
    # 1 January 2026 is a Thursday.
    return (day + 3) % 7 < 5 and day not in _NUMBERS


_OFFICE = [
    day * DAY + at for day in range(300) if works(day) for at in range(_OPENS, _CLOSES)
]  # every minute in which the offices are open


class NaiveClock:
    """`unit`: hours, working_days or calendar_days; a pause is (begun, ended), both in minutes."""

    def __init__(self, unit: str, length: int, start: int, pauses: list[tuple[int, int]] | None = None):
        self.unit, self.length, self.start, self.pauses = unit, length, start, []
        self.due = self.first_due = self._first_due()
        for begun, ended in pauses or []:
            if ended > start:
                self.pause(max(begun, start), ended)

    def pause(self, begun: int, ended: int) -> None:
        """It stood still: what was left at the beginning is left at the end."""
        self.pauses.append((begun, ended))
        if ended <= begun or self.due <= begun:
            return
        if self.unit == "hours":
            self.due = ended + (self.due - begun)
        elif self.unit == "working_days":
            days = sum(works(day) for day in range(begun // DAY + 1, ended // DAY + 1))
            if days:
                self.due = self._nth_working_day(self.due // DAY, days)
        else:
            last = self.due // DAY + ended // DAY - begun // DAY
            self.due = max(self.due, self._closing_by(last, ended // DAY))

    def reached(self, percent: int, at: int) -> bool:
        """Whether so much of the time is used at that minute."""
        amount = abs(percent - 100) * self._count(self.start, self.first_due, ()) / 100
        if percent == 100 or (at >= self.due > self.start and percent < 100):
            return at >= self.due
        if percent > 100:
            return at >= self.due and self._count(self.due, at) >= amount
        left = self._count(at, self.due)
        # While nobody works the time does not come nearer: the step comes when work begins.
        stands = self._count(at + 1, self.due) == left
        return left < amount or (left == amount and not stands)

    def _first_due(self) -> int:
        if self.unit == "hours":
            return self.start + 60 * self.length
        if self.unit == "working_days":
            return self._nth_working_day(self.start // DAY, self.length)
        return self._closing_by(self.start // DAY + self.length, self.start // DAY)

    @staticmethod
    def _nth_working_day(day: int, count: int) -> int:
        while count:
            day += 1
            count -= works(day)
        return day * DAY + _CLOSES

    @staticmethod
    def _closing_by(last: int, after: int) -> int:
        for day in range(last, after, -1):
            if works(day):
                return day * DAY + _CLOSES
        return last * DAY + _CLOSES

    def _count(self, begins: int, ends: int, pauses: tuple[()] | None = None) -> int:
        def between(first: int, last: int) -> int:
            if last <= first:
                return 0
            if self.unit == "working_days":
                return bisect_left(_OFFICE, last) - bisect_left(_OFFICE, first)
            return last - first

        stood = [(max(a, begins), min(b, ends)) for a, b in self.pauses] if pauses is None else []
        return between(begins, ends) - sum(between(a, b) for a, b in stood)


def first_answer_due(start: int, *, emergency: bool) -> int:
    """24 hours, counted on working days only; 4 hours in an emergency."""
    if emergency:
        return start + 4 * 60
    left, at = DAY, start
    while True:
        day = at // DAY
        if works(day):
            rest = (day + 1) * DAY - at
            if left <= rest:
                return at + left
            left -= rest
        at = (day + 1) * DAY
