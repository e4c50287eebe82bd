"""The filters of the list of cases, as they stand in its address, and what they ask for."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlencode

from crm_store.domain.case_search import read_search
from crm_store.domain.cases import CLASSES, PRIORITIES, STAGES
from crm_store.domain.incidents import ward_of
from crm_store.domain.places import Gazetteer
from crm_store.domain.region import Region
from crm_store.queries.case_filter import CaseFilter
from crm_store.queries.case_lists import ORDERS, Order
from crm_store.queries.overview import end_of_day
from crm_store.region import of_region
from crm_store.tables.cases import CHANNELS
from crm_store.texts import LOCAL_TIME
from desk.words import N_

#: The tabs above the list: what they show, beside the filters.
VIEWS = {
    "open": N_("Open"),
    "mine": N_("Mine"),
    "unassigned": N_("Nobody's"),
    "today": N_("Due today"),
    "overdue": N_("Late"),
    "hold": N_("On hold"),
    "done": N_("Done"),
    "all": N_("All"),
}
FIELDS = (
    *("q", "municipality", "department", "category", "class", "stage", "priority", "channel", "area"),
    *("assignee", "order"),
)
_LONGEST = 200
gazetteer = of_region(Gazetteer)


@dataclass(frozen=True)
class Asked:
    """What the address of the list says, as far as it can be understood; empty: no such filter."""

    view: str
    values: dict[str, str]
    order: Order
    after: str | None

    @property
    def narrowed(self) -> bool:
        """Whether anything but the view limits the list."""
        return any(name not in ("order",) and value for name, value in self.values.items())

    def address(self, **changed: str | None) -> str:
        """The list's address with these changed; a changed filter begins at the first page."""
        asked = {"view": self.view, **self.values, **changed}
        given = {name: value for name, value in asked.items() if value}
        if given.get("view") == "open":
            del given["view"]
        return f"/desk/cases?{urlencode(given)}" if given else "/desk/cases"

    def saved(self) -> dict[str, str]:
        """What a saved filter keeps."""
        return {"view": self.view, **{name: value for name, value in self.values.items() if value}}


def read_asked(params: Mapping[str, str], region: Region) -> Asked:
    """What can be understood of the address; a value that no case can have is left out."""
    known: dict[str, Container[str]] = {
        "municipality": region.municipalities,
        "category": region.categories,
        "class": CLASSES,
        "stage": STAGES,
        "priority": PRIORITIES,
        "channel": CHANNELS,
        "order": ORDERS,
    }
    values = {}
    for name in FIELDS:
        value = params.get(name, "").strip()[:_LONGEST]
        if name in known and value not in known[name]:
            value = ""
        values[name] = value
    department = values["department"]
    if department and not any(department in one.departments for one in region.municipalities.values()):
        values["department"] = ""
    view = params.get("view", "")
    if view not in VIEWS:
        # Whoever searches looks among all cases.
        view = "all" if values["q"] else "open"
    ended = view in ("done", "all") or values["stage"] in ("resolved", "closed")
    order: Order = "newest" if ended else "due"
    if values["order"] in ORDERS and not (ended and values["order"] == "due"):
        order = values["order"]
    return Asked(view, values, order, params.get("after") or None)


def filter_of(asked: Asked, region: Region, username: str, now: datetime) -> CaseFilter:
    """What the store is asked for."""
    values = asked.values
    which = CaseFilter(
        municipality=values["municipality"] or None,
        department=values["department"] or None,
        category=values["category"] or None,
        case_class=values["class"] or None,
        stage=values["stage"] or None,
        priority=values["priority"] or None,
        channel=values["channel"] or None,
        assignee=values["assignee"] or None,
        places=places_in(values["area"], region) if values["area"] else None,
        search=read_search(values["q"], region.letters) if values["q"] else None,
    )
    return in_view(which, asked.view, username, now)


def in_view(which: CaseFilter, view: str, username: str, now: datetime) -> CaseFilter:
    """The filter within one of the views."""
    match view:
        case "open":
            ended = which.stage in ("resolved", "closed")
            return which if ended else replace(which, open_only=True)
        case "mine":
            return replace(which, assignee=username, open_only=True)
        case "unassigned":
            return replace(which, unassigned=True)
        case "today":
            return replace(which, due_between=(now, end_of_day(now, LOCAL_TIME)))
        case "overdue":
            return replace(which, overdue_at=now)
        case "hold":
            return replace(which, on_hold=True)
        case "done":
            return replace(which, closed_only=True)
    return which


def places_in(area: str, region: Region) -> tuple[str, ...]:
    """The places of an area as typed: a ward ('KDM/12'), or a place in any of its forms. None: not known."""
    ward = area.upper().replace(" ", "")
    of_ward = tuple(place.name for place in region.places if ward_of(place) == ward)
    if of_ward:
        return of_ward
    found = gazetteer().find(area)
    return (found.place.name,) if found else ()
