"""A report: the numbers of a period beside those of the period before, by group."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal, get_args

from sqlalchemy.orm import Session

from crm_store.domain.incidents import ward_of
from crm_store.domain.region import Region
from crm_store.queries.report_cells import Cell, report_cells, report_people
from crm_store.reports.measures import Measure, Sums, added, measures
from crm_store.reports.periods import Period

Group = Literal[
    "all", "class", "category", "municipality", "department", "ward", "place", "confidential"
]  # fmt: skip
GROUPS: tuple[Group, ...] = get_args(Group)
#: Fewer confidential cases than this are not told apart: who reported could be guessed.
FEWEST = 5

Key = tuple[str | None, ...]
Value = Decimal | int | None


@dataclass(frozen=True)
class Figure:
    """A number now and in the period before; `masked`: which of both are of too few confidential cases."""

    value: Value
    before: Value
    masked: frozenset[str] = frozenset()

    @property
    def difference(self) -> Decimal | int | None:
        """How much more than before."""
        if self.masked or self.value is None or self.before is None:
            return None
        return self.value - self.before

    @property
    def percent(self) -> Decimal | None:
        """The difference as a share of what it was before; None when that was nothing."""
        if self.difference is None or not self.before:
            return None
        return (Decimal(self.difference) * 100 / Decimal(self.before)).quantize(Decimal("0.1"))


@dataclass(frozen=True)
class Row:
    """One group's figures, by the names of the measures."""

    group: Group
    key: Key
    figures: dict[str, Figure]


@dataclass(frozen=True)
class Report:
    """All rows of a period; `until`: up to when it counts, before the period's end while that is to come."""

    region: Region
    period: Period
    municipality: str | None
    until: dt.datetime
    measures: tuple[Measure, ...]
    rows: tuple[Row, ...]

    @property
    def whole(self) -> bool:
        """Whether the period is over."""
        return self.until == self.period.ends_at

    def of(self, group: Group) -> list[Row]:
        """The rows of one grouping."""
        return [row for row in self.rows if row.group == group]


def make_report(
    session: Session, region: Region, period: Period, now: dt.datetime, municipality: str | None = None
) -> Report:
    """The report of the period, as what is stored says it now; of one municipality or all."""
    both = [
        _sums(session, region, one.begins_at, one.ends_at, now, municipality)
        for one in (period, period.before())
    ]
    chosen = measures(len(region.escalation))
    rows = []
    for group in GROUPS:
        keys = sorted({key for sums in both for at, key in sums if at == group}, key=_in_order)
        for key in keys or ([()] if group == "all" else []):
            now_sums, before_sums = (sums.get((group, key), {}) for sums in both)
            figures = {one.name: _figure(group, one, now_sums, before_sums) for one in chosen}
            rows.append(Row(group, key, figures))
    return Report(region, period, municipality, min(period.ends_at, now), chosen, tuple(rows))


def _sums(
    session: Session,
    region: Region,
    begins: dt.datetime,
    ends: dt.datetime,
    now: dt.datetime,
    municipality: str | None,
) -> dict[tuple[Group, Key], dict[str, Decimal | int]]:
    wards = {place.name: ward for place in region.places if (ward := ward_of(place))}
    cells = report_cells(session, begins, ends, now, len(region.escalation), municipality)
    sums: dict[tuple[Group, Key], dict[str, Decimal | int]] = {}
    for cell in cells:
        for at in _groups(region, wards, cell):
            sums[at] = added((sums.get(at, {}), cell.sums))
    people = report_people(session, begins, ends, now, wards, municipality)
    for at, one in sums.items():
        one["people"] = people.get(at, 0)
    return sums


def _groups(region: Region, wards: dict[str, str], cell: Cell) -> Iterator[tuple[Group, Key]]:
    """Where a cell is counted. Confidential cases in no other row, so that no difference tells of them."""
    if cell.confidential:
        known = cell.category in region.confidential.categories
        yield "confidential", (cell.category if known else None,)
        return
    yield "all", ()
    yield "category", (cell.category,)
    yield "municipality", (cell.municipality,)
    yield "place", (cell.municipality, cell.place)
    ward = cell.ward or wards.get(cell.place or "")
    if ward is not None:
        yield "ward", (ward,)
    if cell.case_class is not None:
        yield "class", (cell.case_class,)
        yield "department", (cell.municipality, cell.department)


def _figure(group: Group, measure: Measure, now: Sums, before: Sums) -> Figure:
    if group != "confidential":
        return Figure(measure.of(now), measure.of(before))
    if measure.unit == "people" or measure.under:
        return Figure(None, None)  # a share would tell the small numbers that it is made of
    few = [
        which for which, sums in (("value", now), ("before", before)) if sums.get(measure.name, 0) < FEWEST
    ]
    return Figure(measure.of(now), measure.of(before), masked=frozenset(few))


def _in_order(key: Key) -> tuple[str, ...]:
    return tuple(part or "~" for part in key)
