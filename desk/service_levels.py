"""Service levels: the rules, and before they are kept, what they would change."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.database import transaction
from crm_store.domain.level_preview import LevelChange, changed_levels
from crm_store.domain.region_overlay import RegionRefused
from crm_store.queries.overview import open_by_cell
from crm_store.region import region, region_file
from crm_store.services.region_changes import preview_change
from desk.access import SignedIn, allowed
from desk.forms import Form, posted
from desk.pages import page
from desk.parts import (
    Faults,
    in_reach,
    in_words,
    insist_on_reach,
    keep,
    named_municipalities,
    part,
    saved,
)
from desk.words import N_, _, language

router = APIRouter(prefix="/desk/administration/service-levels")
HOME = "/desk/administration/service-levels"
Admin = Annotated[SignedIn, Depends(allowed("settings"))]

UNITS = {
    "working_days": N_("working days"),
    "calendar_days": N_("calendar days"),
    "hours": N_("hours, day and night"),
    "working_day_hours": N_("hours of working days"),
    "office_hours": N_("office hours"),
}
CLASSES = {
    "complaint": N_("complaint"),
    "query": N_("question"),
    "dispute": N_("dispute"),
    "compliment": N_("compliment"),
}
PRIORITIES = {"": N_("any"), "high": N_("high"), "normal": N_("normal")}
_MOST_RULES = 25
Rules = list[dict[str, Any]]


@router.get("")
def levels(request: Request, who: Admin, of: Annotated[str, Query(max_length=10)] = "") -> HTMLResponse:
    """The rules of the whole region, or (`of`) those that a municipality puts before them."""
    way = _way(who, of)
    found = part(way)
    return _page(request, who, of, found.value or [], str(found.seen), {})


@router.post("")
def edit(request: Request, who: Admin, form: Annotated[Form, Depends(posted)]) -> Response:
    """What the form's button says: rearrange, show what would change, or keep."""
    of = form["of"]
    way = _way(who, of)
    rules, seen = _read(form), form["seen"]
    do, _colon, number = form["do"].partition(":")
    at = int(number) if number.isdecimal() else -1
    if do == "add":
        rules.append({"class": "complaint", "working_days": ""})
    elif do == "remove" and 0 <= at < len(rules):
        del rules[at]
    elif do == "up" and 0 < at < len(rules):
        rules[at - 1], rules[at] = rules[at], rules[at - 1]
    elif do == "save":
        insist_on_reach(who, way)
        kept = keep(who, way, rules, why=form["why"], seen=seen)
        if not kept.faults:
            where = f"{HOME}?of={of}" if of else HOME
            return saved(who, where, kept, _("Saved: new cases are promised by these levels."))
        return _page(request, who, of, rules, seen, kept.faults, form["why"])
    if do != "preview":
        return _page(request, who, of, rules, seen, {}, form["why"])
    now = datetime.now(UTC)
    try:
        with transaction() as session:
            before, after = preview_change(session, region_file(), way, rules)
            changes = changed_levels(before, after, now, open_by_cell(session))
    except RegionRefused as refusal:
        return _page(request, who, of, rules, seen, in_words(refusal.faults), form["why"])
    return _page(request, who, of, rules, seen, {}, form["why"], changes)


def _page(
    request: Request,
    who: SignedIn,
    of: str,
    rules: Rules,
    seen: str,
    faults: Faults,
    why: str = "",
    changes: list[LevelChange] | None = None,
) -> HTMLResponse:
    return page(
        request,
        who,
        "administration/service_levels.html",
        422 if faults else 200,
        of=of,
        rules=[_shown(rule) for rule in rules],
        seen=seen,
        faults=faults,
        why=why,
        changes=changes,
        may_change=in_reach(who, _way(who, of)),
        units=UNITS,
        classes=CLASSES,
        priorities=PRIORITIES,
        municipalities=named_municipalities(who),
        everywhere=len(region().municipalities),
        categories={key: one.name.in_language(language()) for key, one in region().categories.items()},
    )


def _way(who: SignedIn, of: str) -> str:
    if of and of not in named_municipalities(who):
        raise HTTPException(404)
    return f"municipalities.{of}.service_levels" if of else "service_levels"


def _shown(rule: dict[str, Any]) -> dict[str, Any]:
    """A rule as the form's fields have it."""
    unit, number = _duration(rule)
    first_unit, first_number = _duration(rule.get("first_response") or {})
    return {
        "class": rule.get("class", "complaint"),
        "emergency": bool(rule.get("emergency")),
        "priority": rule.get("priority") or "",
        "categories": list(rule.get("categories") or []),
        "unit": unit,
        "number": number,
        "first_unit": first_unit,
        "first_number": first_number,
    }


def _duration(rule: dict[str, Any]) -> tuple[str, Any]:
    return next(((unit, rule[unit]) for unit in UNITS if unit in rule), ("working_days", ""))


def _read(form: Form) -> Rules:
    """The rules in the form's order, each as the municipality file would have it."""
    rules: Rules = []
    for number in range(_MOST_RULES):
        field = f"{number}."
        if f"{field}class" not in form:
            break
        rule: dict[str, Any] = {"class": form[f"{field}class"]}
        if form[f"{field}emergency"]:
            rule["emergency"] = True
        if form[f"{field}priority"]:
            rule["priority"] = form[f"{field}priority"]
        if categories := form.many(f"{field}categories"):
            rule["categories"] = categories
        unit = form[f"{field}unit"]
        rule[unit if unit in UNITS else "working_days"] = _number(form[f"{field}number"])
        first = form[f"{field}first_number"]
        if first:
            first_unit = form[f"{field}first_unit"]
            rule["first_response"] = {first_unit if first_unit in UNITS else "hours": _number(first)}
        rules.append(rule)
    return rules


def _number(text: str) -> int | str:
    """The number; what is none stays as typed, and the validator says so."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 6 else text
