"""Early warning: areas whose reports of a category today stand out from what is usual there.

Today until now is put beside the same hours of the same weekday in the last weeks (region file,
`early_warning`). People are counted, not messages. A wider area (ward, municipality) is warned of only when
nothing inside it explains its rise.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from crm_store.domain.baseline import Usual, chance_of, usual
from crm_store.domain.incidents import ward_of
from crm_store.domain.region import EarlyWarningRules, Region

Level = Literal["place", "ward", "municipality"]
Window = tuple[dt.datetime, dt.datetime]


@dataclass(frozen=True)
class Cell:
    """An area at one level, and a category: what is counted."""

    level: Level
    area: str
    category: str
    municipality: str


@dataclass(frozen=True)
class Count:
    """People who reported a category in a place within one window; place None: it is not known."""

    window: int
    category: str
    municipality: str
    place: str | None
    citizens: int


@dataclass(frozen=True)
class Rise:
    """An area whose reports stand out, with the figures: how many, how many usually, how unlikely."""

    cell: Cell
    observed: int
    usual: Usual
    chance: float


def windows(day_begins_at: dt.datetime, now: dt.datetime, weeks: int) -> list[Window]:
    """Today until now, then the same hours one week ago, two weeks ago …"""
    return [
        (day_begins_at - dt.timedelta(weeks=week), now - dt.timedelta(weeks=week))
        for week in range(weeks + 1)
    ]


def by_area(region: Region, counts: Iterable[Count], weeks: int) -> dict[Cell, list[int]]:
    """The counts of each area and category, window by window, at all three levels."""
    table: dict[Cell, list[int]] = defaultdict(lambda: [0] * (weeks + 1))
    for count in counts:
        for cell in cells_of(region, count):
            table[cell][count.window] += count.citizens
    return dict(table)


def cells_of(region: Region, count: Count) -> list[Cell]:
    """The place, its ward and its municipality; what no place is known of counts there only."""
    place = region.place_named(count.place) if count.place else None
    at = place.municipality if place else count.municipality
    cells = [Cell("municipality", at, count.category, at)]
    ward = ward_of(place)
    if ward is not None:
        cells.insert(0, Cell("ward", ward, count.category, at))
    if place is not None:
        cells.insert(0, Cell("place", place.name, count.category, at))
    return cells


def rises(region: Region, table: Mapping[Cell, list[int]], rules: EarlyWarningRules) -> list[Rise]:
    """What stands out, the least likely first; of an area and what lies around it only the narrowest."""
    elsewhere = _means_elsewhere(table)
    out = []
    for cell, (observed, *past) in table.items():
        if observed < rules.at_least:
            continue
        normal = usual(past, elsewhere[cell.level, cell.category])
        chance = chance_of(observed, normal)
        if chance < rules.chance:
            out.append(Rise(cell, observed, normal, chance))
    explained = {
        (wider.level, wider.area, wider.category) for rise in out for wider in _around(region, rise.cell)
    }
    told = [rise for rise in out if (rise.cell.level, rise.cell.area, rise.cell.category) not in explained]
    return sorted(told, key=lambda rise: (rise.chance, rise.cell.category, rise.cell.area))


def _means_elsewhere(table: Mapping[Cell, list[int]]) -> dict[tuple[str, str], float]:
    """The middle one of the areas' usual means, for areas of which little is known."""
    means: dict[tuple[str, str], list[float]] = defaultdict(list)
    for cell, (_, *past) in table.items():
        means[cell.level, cell.category].append(usual(past).mean)
    return {key: sorted(of)[len(of) // 2] for key, of in means.items()}


def _around(region: Region, cell: Cell) -> list[Cell]:
    if cell.level == "municipality":
        return []
    wider = [Cell("municipality", cell.municipality, cell.category, cell.municipality)]
    ward = ward_of(region.place_named(cell.area)) if cell.level == "place" else None
    if ward is not None:
        wider.append(Cell("ward", ward, cell.category, cell.municipality))
    return wider
