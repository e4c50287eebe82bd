"""What other service levels would mean: which new cases get another promise, by when, and who keeps the old.

A promise is stored with its case, so that no change of levels touches an open case
(docs/decisions.md, 'A promise is stored'); the preview says both halves of that before anything is changed.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import get_args

from crm_store.domain.clocks import Calendar, due_at, first_response_level, service_level
from crm_store.domain.region import CaseClass, Region, ServiceLevel

PRIORITIES = ("emergency", "high", "normal")
_DURATIONS = ("hours", "working_day_hours", "office_hours", "working_days", "calendar_days")

#: Municipality, class, category and priority of cases.
Cell = tuple[str, str, str, str]


@dataclass(frozen=True)
class Promised:
    """A level, the first answer beside it, and when a case opened now would be due."""

    level: tuple[str, int]
    first_answer: tuple[str, int]
    due_at: dt.datetime


@dataclass(frozen=True)
class LevelChange:
    """Cases whose promise would be another from now on. `keeping`: open ones, which keep the old one."""

    municipalities: tuple[str, ...]
    case_class: str
    categories: tuple[str, ...]
    priority: str
    before: Promised
    after: Promised
    keeping: int


def changed_levels(
    before: Region, after: Region, now: dt.datetime, open_cases: Mapping[Cell, int]
) -> list[LevelChange]:
    """The changes, cells of the same change together; an empty list when nothing would be promised anew.

    Both regions have the same municipalities and categories. `open_cases`: how many there are in each cell.
    """
    alike: dict[tuple[str, str, str, Promised, Promised], list[str]] = {}
    for code, case_class, category, priority in _cells(before):
        old = _promised(before, code, case_class, category, priority, now)
        new = _promised(after, code, case_class, category, priority, now)
        if (old.level, old.first_answer) != (new.level, new.first_answer):
            alike.setdefault((code, case_class, priority, old, new), []).append(category)
    together: dict[tuple[str, tuple[str, ...], str, Promised, Promised], list[str]] = {}
    for (code, case_class, priority, old, new), categories in alike.items():
        together.setdefault((case_class, tuple(categories), priority, old, new), []).append(code)
    return [
        LevelChange(
            tuple(codes),
            case_class,
            categories,
            priority,
            old,
            new,
            sum(
                open_cases.get((code, case_class, category, priority), 0)
                for code in codes
                for category in categories
            ),
        )
        for (case_class, categories, priority, old, new), codes in together.items()
    ]


def duration_of(level: ServiceLevel) -> tuple[str, int]:
    """Unit and number: ('working_days', 2)."""
    return next((name, value) for name in _DURATIONS if (value := getattr(level, name)) is not None)


def _cells(region: Region) -> Iterator[Cell]:
    for code in region.municipalities:
        for case_class in get_args(CaseClass):
            for category in region.categories:
                for priority in PRIORITIES:
                    yield code, case_class, category, priority


def _promised(
    region: Region, code: str, case_class: str, category: str, priority: str, now: dt.datetime
) -> Promised:
    rule = service_level(region, case_class, category, priority, code)
    first = first_response_level(region, rule, priority, code)
    return Promised(duration_of(rule), duration_of(first), due_at(now, rule, Calendar.of(region, code)))
