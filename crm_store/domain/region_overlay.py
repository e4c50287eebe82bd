"""Changes of a region's data that lie over its file: made at the desk, read by every process.

A change says what stands at one way now. Ways are dotted keys (`municipalities.KDM.departments.roads`); in a
list the key is the `id` of the entry (`knowledge.office_hours`). Only the ways below can be changed, and none
lies within another, so that the last change of each says what holds.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from crm_store.domain.region import Region
from crm_store.domain.region_faults import Loc
from crm_store.domain.region_file import checked, dotted

#: What can be changed at the desk: the ways of each topic.
TOPICS: Mapping[str, tuple[str, ...]] = {
    "departments": ("municipalities.*.departments.*", "municipalities.*.handles"),
    "contacts": ("municipalities.*.contacts",),
    "hours": ("office_hours", "municipalities.*.office_hours"),
    "holidays": ("holidays",),
    "service_levels": ("service_levels", "municipalities.*.service_levels"),
    "knowledge": ("knowledge.*",),
    "pay_points": ("pay_points",),
    "texts": ("texts.*.en", "texts.*.zu"),
    "templates": ("whatsapp_templates.*",),
}
_KEY = re.compile(r"[A-Za-z][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Change:
    """What stands at the way; `value` None: nothing does."""

    way: str
    value: Any


@dataclass(frozen=True)
class Overlaid:
    """A region with the changes that fit it, and the ways of those that fit its file no more."""

    region: Region
    left_out: tuple[str, ...] = ()


class RegionRefused(ValueError):
    """The change would make the data wrong; `faults` names each field and what is wrong with it."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{field}: {message}" for field, message in faults))


def topic_of(way: str) -> str | None:
    """Which topic the way belongs to; None for what cannot be changed at the desk."""
    keys = way.split(".")
    if not all(_KEY.fullmatch(key) for key in keys):
        return None
    for topic, patterns in TOPICS.items():
        if any(fnmatchcase(way, one) and one.count(".") == len(keys) - 1 for one in patterns):
            return topic
    return None


def municipality_of(way: str) -> str | None:
    """The municipality whose own data the way leads to; None: all of the region's."""
    keys = way.split(".")
    return keys[1] if keys[0] == "municipalities" else None


def value_at(data: Mapping[str, Any], way: str) -> Any:
    """What stands there, or None."""
    found: Any = data
    for key in way.split("."):
        if isinstance(found, Mapping):
            found = found.get(key)
        elif isinstance(found, list):
            found = next((one for one in found if isinstance(one, Mapping) and one.get("id") == key), None)
        else:
            return None
    return found


def laid_over(data: Mapping[str, Any], changes: Iterable[Change]) -> dict[str, Any]:
    """The data with the changes; what is given stays as it is."""
    # Entries of the knowledge have their place even where the file has none yet.
    changed: Any = {"knowledge": [], **data}
    for change in changes:
        changed = _with(changed, change.way.split("."), change.value)
    return dict(changed)


def with_change(data: Mapping[str, Any], changes: Iterable[Change], one: Change) -> Region:
    """The region of the data with all changes; raises RegionRefused when `one` makes it wrong.

    Fields are named as they stand below the way of the change.
    """
    changed = laid_over(data, [*changes, one])
    region, faults = checked(changed)
    if region is None:
        raise RegionRefused([(_below(one.way, loc, changed), message) for loc, message in faults])
    return region


def overlaid(data: Mapping[str, Any], changes: Iterable[Change]) -> Overlaid:
    """The region with all changes that fit. Raises RegionRefused when the data alone is wrong.

    A change may stop fitting when the file is edited (its department is gone): it is left out, so that the
    product still starts, and named.
    """
    wanted = list(changes)
    region, _ = checked(laid_over(data, wanted))
    if region is not None:
        return Overlaid(region)
    region, faults = checked(dict(data))
    if region is None:
        raise RegionRefused([(dotted(loc), message) for loc, message in faults])
    kept: list[Change] = []
    left_out: list[str] = []
    for change in wanted:
        tried, _ = checked(laid_over(data, [*kept, change]))
        if tried is None:
            left_out.append(change.way)
        else:
            kept.append(change)
            region = tried
    return Overlaid(region, tuple(left_out))


def _with(data: Any, keys: list[str], value: Any) -> Any:
    """A copy of the mapping or list in which `value` stands at the keys."""
    key, rest = keys[0], keys[1:]
    if isinstance(data, list):
        at = next((n for n, one in enumerate(data) if isinstance(one, dict) and one.get("id") == key), None)
        inner = value if not rest else _with(data[at] if at is not None else {}, rest, value)
        if at is None:
            return data if inner is None else [*data, inner]
        return [*data[:at], *([] if inner is None else [inner]), *data[at + 1 :]]
    before = data if isinstance(data, dict) else {}
    inner = value if not rest else _with(before.get(key, {}), rest, value)
    if inner is None:
        return {name: one for name, one in before.items() if name != key}
    return {**before, key: inner}


def _below(way: str, loc: Loc, data: Mapping[str, Any]) -> str:
    """The field's name as seen from the way; the whole one when it lies elsewhere."""
    named: list[str] = []
    found: Any = data
    for part in loc:
        inner: Any = None
        if isinstance(found, list) and isinstance(part, int) and part < len(found):
            inner = found[part]
            named.append(str(inner["id"]) if isinstance(inner, dict) and "id" in inner else str(part))
        else:
            inner = found.get(part) if isinstance(found, Mapping) else None
            named.append(str(part))
        found = inner
    whole = ".".join(named)
    return whole.removeprefix(f"{way}.") if whole != way else ""
