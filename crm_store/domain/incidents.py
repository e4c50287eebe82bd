"""Incidents: reports of the same trouble in the same area, taken together.

Who answers which question: `near`: do two areas count as one; `gather`: which of these reports belong
together; `verdict`: is that a suggestion for a person to confirm, or sure enough to open by itself.
All of it is a function of the *set* of reports: in which order they came does not matter, and one person who
writes five times is one person.
"""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from crm_store.domain.baseline import Usual, chance_of
from crm_store.domain.places import kilometres_between
from crm_store.domain.region import GatherRule, Place, Region

#: A trouble that the words do not tell: a person may see an incident in such reports, we do not.
UNTOLD = "other"

State = Literal["suggested", "open", "over", "dismissed"]
Verdict = Literal["nothing", "suggested", "open"]


@dataclass(frozen=True)
class Area:
    """Where: a place of the gazetteer, its ward ('MLM/13'), a pin; what is not known is None."""

    place: str | None = None
    ward: str | None = None
    latitude: float | None = None
    longitude: float | None = None

    @property
    def pin(self) -> tuple[float, float] | None:
        """Latitude and longitude, or None without both."""
        if self.latitude is None or self.longitude is None:
            return None
        return self.latitude, self.longitude


@dataclass(frozen=True)
class Report:
    """One report of the trouble; `citizen` None: nobody known, and all such count as one person."""

    id: str
    citizen: str | None
    at: dt.datetime
    area: Area


@dataclass(frozen=True)
class Gathering:
    """Reports that belong together: all are near `centre`. `citizens`: how many people sent them."""

    centre: Report
    reports: tuple[Report, ...]
    citizens: int

    @property
    def started_at(self) -> dt.datetime:
        """When the first of them came."""
        return min(report.at for report in self.reports)


def ward_of(place: Place | None) -> str | None:
    """The ward as councillors know it, 'MLM/13': a ward's number is its own municipality's."""
    return f"{place.municipality}/{place.ward}" if place is not None and place.ward is not None else None


def area_of(
    region: Region, place: str | None, latitude: float | None, longitude: float | None, kilometres: float
) -> Area:
    """The area of a report. A pin far from the place it was put down to does not speak for that place."""
    known = region.place_named(place) if place else None
    if latitude is None or longitude is None:
        return Area(known.name if known else place, ward_of(known))
    if known is None or kilometres_between(latitude, longitude, known.latitude, known.longitude) > kilometres:
        return Area(latitude=latitude, longitude=longitude)
    return Area(known.name, ward_of(known), latitude, longitude)


def near(one: Area, other: Area, kilometres: float) -> bool:
    """True for two pins no further apart than `kilometres`, else for the same place or the same ward."""
    if one.pin is not None and other.pin is not None:
        return kilometres_between(*one.pin, *other.pin) <= kilometres
    if one.place is not None and one.place == other.place:
        return True
    return one.ward is not None and one.ward == other.ward


def citizens_of(reports: Iterable[Report]) -> int:
    """How many different people reported."""
    return len({report.citizen for report in reports})


def gather(reports: Sequence[Report], kilometres: float, at_least: int) -> list[Gathering]:
    """The gatherings of at least so many people, the largest first; each report is in one at most.

    The report with most people near it is the centre of the first gathering, and so on among the rest; so
    all members are near one report, and a chain of neighbours never joins what is far apart.
    """
    left = sorted(reports, key=lambda report: (report.at, report.id))
    found: list[Gathering] = []
    while left:
        around = [[one for one in left if near(centre.area, one.area, kilometres)] for centre in left]
        best = max(range(len(left)), key=lambda number: (citizens_of(around[number]), -number))
        members = around[best]
        if citizens_of(members) < max(at_least, 1):
            break
        found.append(Gathering(left[best], tuple(members), citizens_of(members)))
        taken = {report.id for report in members}
        left = [report for report in left if report.id not in taken]
    return found


def confidence(citizens: int, usual: Usual) -> float:
    """How sure it is that so many people at once are no chance: 1 less the chance of it in usual times."""
    return 1.0 - chance_of(citizens, usual)


def verdict(citizens: int, usual: Usual, rule: GatherRule, needed: float, trouble: str) -> Verdict:
    """What so many people in the rule's window amount to. Without a known trouble it is never more than a
    suggestion: 'something with the water' is not one thing.
    """
    if citizens < rule.suggest_at:
        return "nothing"
    if trouble != UNTOLD and citizens >= rule.open_at and confidence(citizens, usual) >= needed:
        return "open"
    return "suggested"


def current(
    state: str, started_at: dt.datetime, expected_end_at: dt.datetime | None, kind: str, now: dt.datetime
) -> bool:
    """True while people may be told of it: open, begun, and planned work only until its announced end."""
    if state != "open" or started_at > now:
        return False
    return not (kind == "planned" and expected_end_at is not None and expected_end_at <= now)


def rule_for(region: Region, category: str) -> GatherRule | None:
    """How reports of the category gather, or None: they never do (billing, staff, corruption …)."""
    return next((rule for rule in region.incidents.gather if category in rule.categories), None)
