"""Departments: their names and contacts, who works there, and which of them handles what."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.region import region
from crm_store.tables import User
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.parts import Faults, Part, insist_on_reach, keep, own_municipalities, part
from desk.words import N_, _, language

router = APIRouter(prefix="/desk/administration/departments")
HOME = "/desk/administration/departments"
Admin = Annotated[SignedIn, Depends(allowed("settings"))]

#: Who is written to when a case is late: the steps of the ladder.
STAFF = {
    "supervisor": N_("Supervisor"),
    "manager": N_("Manager"),
    "municipal_manager": N_("Municipal manager"),
}
_NAME = ("en", "zu", "locative")


@router.get("")
def departments(request: Request, who: Admin) -> HTMLResponse:
    """Every department of the municipalities that the user administers."""
    with transaction() as session:
        users = session.execute(select(User.municipality, User.department).where(User.active)).all()
    members: dict[tuple[str, str], int] = {}
    for code, department in users:
        if code and department:
            members[code, department] = members.get((code, department), 0) + 1
    return page(
        request,
        who,
        "administration/departments.html",
        municipalities=own_municipalities(who),
        categories=region().categories,
        members=members,
    )


@router.get("/{code}/handles")
def handles(request: Request, who: Admin, code: str) -> HTMLResponse:
    """Which department handles which category."""
    return _handles_page(request, who, code, part(_handles(who, code)), {})


@router.post("/{code}/handles")
def keep_handles(request: Request, who: Admin, code: str, form: Annotated[Form, Depends(posted)]) -> Response:
    """Keep who handles what; categories without a department go to the one of 'general'."""
    way = _handles(who, code)
    value = {category: form[category] for category in region().categories if form[category]}
    kept = keep(who, way, value, why=form["why"], seen=form["seen"])
    if kept.faults:
        now = part(way)
        return _handles_page(request, who, code, Part(way, value, now.seen, now.changed), kept.faults)
    return redirect(HOME, who, flash=_("Saved."), undo=kept.undo)


@router.get("/{code}/new")
def new(request: Request, who: Admin, code: str) -> HTMLResponse:
    """An empty form."""
    _insist(who, code)
    return _page(request, who, code, "", Part("", {}, 0, None), {})


@router.post("/{code}/new")
def add(request: Request, who: Admin, code: str, form: Annotated[Form, Depends(posted)]) -> Response:
    """Add a department; what it is called inside comes from its English name."""
    _insist(who, code)
    value = _read(form, {})
    name = re.sub(r"[^a-z0-9]+", "_", form["name.en"].casefold()).strip("_")
    if not name[:1].isalpha() or name in region().municipalities[code].departments:
        faults = {"name.en": _("There is a department of this name, or the name has no letters.")}
        return _page(request, who, code, "", Part("", value, 0, None), faults)
    kept = keep(who, _way(code, name), value, why=form["why"], seen="0")
    if kept.faults:
        return _page(request, who, code, "", Part("", value, 0, None), kept.faults)
    return redirect(HOME, who, flash=_("The department is there. Say what it handles."), undo=kept.undo)


@router.get("/{code}/{department}")
def department(request: Request, who: Admin, code: str, department: str) -> HTMLResponse:
    """One department."""
    _insist(who, code, department)
    return _page(request, who, code, department, part(_way(code, department)), {})


@router.post("/{code}/{department}")
def keep_department(
    request: Request, who: Admin, code: str, department: str, form: Annotated[Form, Depends(posted)]
) -> Response:
    """Keep what was changed of it."""
    _insist(who, code, department)
    way = _way(code, department)
    now = part(way)
    value = _read(form, now.value or {})
    kept = keep(who, way, value, why=form["why"], seen=form["seen"])
    if kept.faults:
        return _page(request, who, code, department, Part(way, value, now.seen, now.changed), kept.faults)
    return redirect(
        HOME, who, flash=_("Saved.") if kept.number else _("Nothing was different."), undo=kept.undo
    )


def _page(
    request: Request, who: SignedIn, code: str, department: str, shown: Part, faults: Faults
) -> HTMLResponse:
    with transaction() as session:
        members = session.scalars(
            select(User)
            .where(User.municipality == code, User.department == department, User.active)
            .order_by(User.username)
        ).all()
    handled = [
        region().categories[category].name.in_language(language())
        for category, handler in region().municipalities[code].handles.items()
        if handler == department
    ]
    return page(
        request,
        who,
        "administration/department.html",
        422 if faults else 200,
        code=code,
        department=department,
        part=shown,
        faults=faults,
        staff=STAFF,
        members=members,
        handled=handled,
    )


def _handles_page(request: Request, who: SignedIn, code: str, shown: Part, faults: Faults) -> HTMLResponse:
    municipality = region().municipalities[code]
    return page(
        request,
        who,
        "administration/handles.html",
        422 if faults else 200,
        code=code,
        part=shown,
        faults=faults,
        municipality=municipality,
        categories={key: one.name.in_language(language()) for key, one in region().categories.items()},
        departments={key: one.name.in_language(language()) for key, one in municipality.departments.items()},
    )


def _read(form: Form, before: dict[str, Any]) -> dict[str, Any]:
    """The department as the form says it; what the form has no field for stays as it was."""
    staff = {}
    for role in STAFF:
        contact = {name: form[f"staff.{role}.{name}"] for name in ("email", "phone")}
        if found := {name: value for name, value in contact.items() if value}:
            staff[role] = found
    given: dict[str, Any] = {
        "name": {name: form[f"name.{name}"] for name in _NAME if form[f"name.{name}"]},
        "phone": form["phone"],
        "email": form["email"],
        "staff": staff,
        "staff_language": form["staff_language"],
    }
    merged = {**before, **given}
    return {name: value for name, value in merged.items() if value}


def _insist(who: SignedIn, code: str, department: str | None = None) -> None:
    municipality = region().municipalities.get(code)
    if municipality is None or (department is not None and department not in municipality.departments):
        raise HTTPException(404)
    insist_on_reach(who, _way(code, department or "x"))


def _handles(who: SignedIn, code: str) -> str:
    _insist(who, code)
    return f"municipalities.{code}.handles"


def _way(code: str, department: str) -> str:
    return f"municipalities.{code}.departments.{department}"
