"""Who deals with a case: by category and place, and who outside the region it is referred to."""

import datetime as dt
import re
from dataclasses import dataclass

from crm_store.domain.clocks import Calendar, after_working_days
from crm_store.domain.region import EmergencyNumber, Place, Region, Road, RoutingRule


@dataclass(frozen=True)
class Route:
    """The municipality and department that keep the case; `referred_to` is a key of `region.externals`, or
    None.
    """

    municipality: str
    department: str
    referred_to: str | None = None


def route(
    region: Region,
    category: str,
    place_municipality: str | None,
    place: Place | None = None,
    text: str = "",
) -> Route:
    """Route a case. `text` is what was said of the place and the matter: a road's name in it may decide.

    The municipality of the account, when there is one, serves as `place_municipality` just as well.
    """
    if category not in region.categories:
        category = "general"
    where = place.municipality if place else place_municipality
    if where not in region.municipalities:
        where = None
    areas = set(place.areas) if place else set()
    for rule in region.routing:
        road = road_named(region, text) if rule.other_roads else None
        if _fits(rule, category, where, areas, road):
            return _routed(region, category, where, rule, road.owner if road else rule.refer_to)
    return _routed(region, category, where, None, None)


def follow_up_date(
    region: Region, municipality: str, referred_to: str | None, now: dt.datetime
) -> dt.date | None:
    """When the owner asks the outside body how far it is; None for a case that nobody outside has."""
    if referred_to is None:
        return None
    own = region.externals[referred_to].follow_up_working_days
    calendar = Calendar.of(region, municipality)
    return after_working_days(
        now.astimezone(calendar.timezone).date(), own or region.referral.follow_up_working_days, calendar
    )


def road_named(region: Region, text: str) -> Road | None:
    """The first of the region's other roads named in `text` (N2, R102; ku-R102, eN2), or None."""
    for road in region.roads:
        for name in (road.name, *road.aliases):
            written = r"[\s-]?".join(map(re.escape, re.findall(r"[A-Za-z]+|[0-9]+", name)))
            if re.search(
                rf"(?<![A-Za-z0-9])(?:[a-z]{{1,5}}-?)?{written}(?![A-Za-z0-9])", text, re.IGNORECASE
            ):
                return road
    return None


def emergency_number(
    region: Region, kind: str, place_municipality: str | None = None, place: Place | None = None
) -> EmergencyNumber:
    """Whom to ring in this emergency there: of the place's area, its municipality, else the kind's
    default.
    """
    entry = region.emergency.kinds.get(kind)
    if entry is None:
        return region.emergency.national["any"]
    for area in place.areas if place else ():
        if area in entry.areas:
            return entry.areas[area]
    where = place.municipality if place else place_municipality
    return entry.municipalities.get(where or "", entry.default)


def _fits(rule: RoutingRule, category: str, where: str | None, areas: set[str], road: Road | None) -> bool:
    return (
        category in rule.categories
        and (not rule.place_in or where in rule.place_in)
        and (not rule.areas or bool(areas.intersection(rule.areas)))
        and (not rule.other_roads or road is not None)
    )


def _routed(
    region: Region, category: str, where: str | None, rule: RoutingRule | None, referred_to: str | None
) -> Route:
    municipality = (rule.municipality if rule else None) or where
    if municipality is None:
        desk = region.regional_desk
        return Route(desk.municipality, desk.department, referred_to)
    handles = region.municipalities[municipality].handles
    department = (rule.department if rule else None) or handles.get(category) or handles["general"]
    return Route(municipality, department, referred_to)
