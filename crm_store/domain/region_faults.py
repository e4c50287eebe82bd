"""What is wrong with a region whose fields are each well formed: dangling names, gaps, doubles."""

import re
from collections.abc import Container, Iterable, Iterator
from typing import Any
from zoneinfo import ZoneInfo

from crm_store.domain.region import Region

# The way to a field: keys and list positions.
Loc = tuple[str | int, ...]


def inconsistencies(region: Region, data: dict[str, Any]) -> Iterator[tuple[Loc, str]]:
    """What each field alone cannot know: names that point to nothing, things said twice."""
    yield from _dangling(region)
    yield from _municipality_faults(region)
    yield from _place_faults(region)
    yield from _knowledge_faults(region)
    try:
        ZoneInfo(region.timezone)
    except (KeyError, ValueError, OSError):
        yield ("timezone",), f"no such time zone: {region.timezone}"
    percents = [step.at_percent for step in region.escalation]
    if percents != sorted(set(percents)):
        yield ("escalation",), "the steps must rise"
    for index, rule in enumerate(region.service_levels):
        yield from _unknown(
            rule.categories, region.categories, ("service_levels", index, "categories"), "category"
        )
    for index, gathers in enumerate(region.incidents.gather):
        at = ("incidents", "gather", index, "categories")
        yield from _unknown(gathers.categories, region.categories, at, "category")
    yield from _unknown(
        region.confidential.categories, region.categories, ("confidential", "categories"), "category"
    )
    for case_class in ("complaint", "query", "dispute", "compliment"):
        if not any(
            r.case_class == case_class and not r.categories and not r.emergency for r in region.service_levels
        ):
            yield ("service_levels",), f"no level for every other {case_class} (one without categories)"
    if not any(rule.emergency and not rule.categories for rule in region.service_levels):
        yield ("service_levels",), "no level for emergencies"
    for index, path in enumerate(region.to_confirm):
        if not _exists(data, path.split(".")):
            yield ("to_confirm", index), f"there is no field {path}"


def _dangling(region: Region) -> Iterator[tuple[Loc, str]]:
    desk = region.regional_desk
    yield from _unknown(
        [desk.municipality], region.municipalities, ("regional_desk", "municipality"), "municipality"
    )
    if desk.municipality in region.municipalities:
        known = region.municipalities[desk.municipality].departments
        yield from _unknown([desk.department], known, ("regional_desk", "department"), "department")
    for index, road in enumerate(region.roads):
        yield from _unknown([road.owner], region.externals, ("roads", index, "owner"), "external body")
    for index, rule in enumerate(region.routing):
        at: Loc = ("routing", index)
        yield from _unknown(rule.categories, region.categories, (*at, "categories"), "category")
        yield from _unknown(rule.place_in, region.municipalities, (*at, "place_in"), "municipality")
        yield from _unknown(rule.areas, region.areas, (*at, "areas"), "area")
        if rule.refer_to:
            yield from _unknown([rule.refer_to], region.externals, (*at, "refer_to"), "external body")
        if rule.municipality:
            yield from _unknown(
                [rule.municipality], region.municipalities, (*at, "municipality"), "municipality"
            )
        if rule.department and not rule.municipality:
            yield (*at, "department"), "a department needs its municipality beside it"
        elif rule.department and rule.municipality in region.municipalities:
            known = region.municipalities[rule.municipality].departments
            yield from _unknown([rule.department], known, (*at, "department"), "department")
    for kind, entry in region.emergency.kinds.items():
        at = ("emergency", "kinds", kind)
        yield from _unknown([entry.category], region.categories, (*at, "category"), "category")
        yield from _unknown(
            entry.municipalities, region.municipalities, (*at, "municipalities"), "municipality"
        )
        yield from _unknown(entry.areas, region.areas, (*at, "areas"), "area")
    if "any" not in region.emergency.national:
        yield ("emergency", "national"), "the number for any emergency ('any') is missing"
    for index, point in enumerate(region.pay_points):
        if point.municipality:
            at = ("pay_points", index, "municipality")
            yield from _unknown([point.municipality], region.municipalities, at, "municipality")


def _municipality_faults(region: Region) -> Iterator[tuple[Loc, str]]:
    letters: set[str] = set()
    if "general" not in region.categories:
        yield ("categories",), "the category 'general' is needed: it takes whatever fits no other"
    for code, municipality in region.municipalities.items():
        at: Loc = ("municipalities", code)
        if municipality.letters in letters:
            yield (*at, "letters"), f"the letters {municipality.letters} are another municipality's"
        letters.add(municipality.letters)
        if "general" not in municipality.handles:
            yield (*at, "handles"), "say who handles 'general': the categories left out go there"
        yield from _unknown(municipality.handles, region.categories, (*at, "handles"), "category")
        for category, department in municipality.handles.items():
            yield from _unknown(
                [department], municipality.departments, (*at, "handles", category), "department"
            )
        for index, rule in enumerate(municipality.service_levels):
            there = (*at, "service_levels", index, "categories")
            yield from _unknown(rule.categories, region.categories, there, "category")


def _place_faults(region: Region) -> Iterator[tuple[Loc, str]]:
    seen: dict[str, str] = {}
    for index, place in enumerate(region.places):
        at: Loc = ("places", index)
        yield from _unknown(
            [place.municipality], region.municipalities, (*at, "municipality"), "municipality"
        )
        yield from _unknown(place.areas, region.areas, (*at, "areas"), "area")
        for field, name in [("name", place.name), *(("aliases", alias) for alias in place.aliases)]:
            key = re.sub(r"[^a-z0-9]", "", name.casefold())
            if field == "name" and seen.get(key) == name:
                yield (*at, field), f"{name} is given twice"
            elif seen.get(key, place.name) != place.name:
                yield (*at, field), f"{name} is already the name of {seen[key]}"
            seen[key] = place.name


def _knowledge_faults(region: Region) -> Iterator[tuple[Loc, str]]:
    seen: set[str] = set()
    for index, entry in enumerate(region.knowledge):
        at: Loc = ("knowledge", index)
        yield from _unknown([entry.category], region.categories, (*at, "category"), "category")
        if entry.id in seen:
            yield (*at, "id"), f"{entry.id} is given twice"
        seen.add(entry.id)


def _unknown(names: Iterable[str], known: Container[str], loc: Loc, what: str) -> Iterator[tuple[Loc, str]]:
    for name in names:
        if name not in known:
            yield loc, f"there is no {what} {name}"


def _exists(data: Any, path: list[str]) -> bool:
    if not path:
        return True
    key, rest = path[0], path[1:]
    if isinstance(data, dict):
        inner = list(data.values()) if key == "*" else [data[key]] if key in data else []
    elif isinstance(data, list):
        inner = data if key == "*" else [data[int(key)]] if key.isdecimal() and int(key) < len(data) else []
    else:
        inner = []
    return any(_exists(one, rest) for one in inner)
