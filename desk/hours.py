"""When the clocks run: office hours, and public holidays with what a municipality adds or takes away."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any

import holidays
from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.region import region
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.parts import Faults, in_reach, keep, named_municipalities, part
from desk.words import N_, _

router = APIRouter(prefix="/desk/administration/hours")
HOME = "/desk/administration/hours"
Admin = Annotated[SignedIn, Depends(allowed("settings"))]

DAYS = {
    "mon-fri": N_("Monday to Friday"),
    "mon-thu": N_("Monday to Thursday"),
    "mon-sat": N_("Monday to Saturday"),
    "mon": N_("Monday"),
    "tue": N_("Tuesday"),
    "wed": N_("Wednesday"),
    "thu": N_("Thursday"),
    "fri": N_("Friday"),
    "sat": N_("Saturday"),
    "sun": N_("Sunday"),
}
_ROWS = 6
_EMPTY = {"days": "", "opens": "", "closes": ""}
#: So far ahead holidays are shown.
_YEARS = 2


@router.get("")
def hours(request: Request, who: Admin) -> HTMLResponse:
    """Office hours of each municipality, and the holidays to come."""
    return _page(request, who, {}, {})


@router.post("/office")
def keep_hours(request: Request, who: Admin, form: Annotated[Form, Depends(posted)]) -> Response:
    """Keep the office hours of a municipality (none: it has the region's) or of the region."""
    of = form["of"]
    way = _way(who, of)
    rows: list[dict[str, Any]] = [
        {"days": form[f"{n}.days"], "opens": form[f"{n}.opens"], "closes": form[f"{n}.closes"]}
        for n in range(_ROWS)
        if form[f"{n}.days"] and (form[f"{n}.opens"] or form[f"{n}.closes"])
    ]
    kept = keep(who, way, rows, why=form["why"], seen=form["seen"])
    if kept.faults:
        return _page(request, who, {of: rows}, {of: kept.faults})
    return redirect(
        HOME, who, flash=_("Saved.") if kept.number else _("Nothing was different."), undo=kept.undo
    )


@router.post("/holidays")
def keep_holidays(request: Request, who: Admin, form: Annotated[Form, Depends(posted)]) -> Response:
    """Add a day, or say that a day is (no) holiday here."""
    now = part("holidays")
    value: dict[str, Any] = {
        **now.value,
        "add": [dict(one) for one in now.value.get("add") or []],
        "remove": [str(one) for one in now.value.get("remove") or []],
    }
    day = form["date"]
    match form["do"]:
        case "add":
            value["remove"] = [one for one in value["remove"] if one != day]
            value["add"] = [one for one in value["add"] if str(one["date"]) != day]
            value["add"].append({"date": day, "name": form["name"]})
        case "withdraw":
            value["add"] = [one for one in value["add"] if str(one["date"]) != day]
        case "work":
            value["remove"] = [*value["remove"], day]
        case "rest":
            value["remove"] = [one for one in value["remove"] if one != day]
        case _:
            raise HTTPException(404)
    kept = keep(who, "holidays", value, why=form["why"], seen=form["seen"])
    if kept.faults:
        faults = {name.rpartition(".")[2] or name: text for name, text in kept.faults.items()}
        typed = {"date": day, "name": form["name"]}
        return _page(request, who, {}, {"holidays": faults}, typed)
    return redirect(
        HOME, who, flash=_("Saved.") if kept.number else _("Nothing was different."), undo=kept.undo
    )


def _page(
    request: Request,
    who: SignedIn,
    typed: dict[str, list[dict[str, Any]]],
    faults: dict[str, Faults],
    day: dict[str, str] | None = None,
) -> HTMLResponse:
    offices = []
    for code, name in [("", _("All municipalities")), *named_municipalities(who).items()]:
        found = part(_way(who, code))
        rows = typed.get(code, found.value or [])
        offices.append((code, name, found, [*rows, *([_EMPTY] * max(min(2, _ROWS - len(rows)), 0))]))
    return page(
        request,
        who,
        "administration/hours.html",
        422 if faults else 200,
        offices=offices,
        days=DAYS,
        faults=faults,
        holidays=_holidays(),
        calendar=part("holidays"),
        typed=day or {},
        may_all=in_reach(who, "holidays"),
        first=dt.date.today().isoformat(),  # noqa: DTZ011 (a hint for the date field)
    )


def _way(who: SignedIn, of: str) -> str:
    if of and of not in named_municipalities(who):
        raise HTTPException(404)
    return f"municipalities.{of}.office_hours" if of else "office_hours"


def _holidays() -> list[tuple[dt.date, str, str]]:
    """(day, name, kind) of what is to come; kind: public, added, or worked (a holiday that is none here)."""
    rules = region().holidays
    today = dt.date.today()  # noqa: DTZ011
    years = range(today.year, today.year + _YEARS)
    public = holidays.country_holidays(rules.country, years=years)
    found = {day: (name, "worked" if day in rules.remove else "public") for day, name in public.items()}
    found |= {one.date: (one.name, "added") for one in rules.add}
    return [(day, *found[day]) for day in sorted(found) if day >= today]
