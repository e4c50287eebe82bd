"""Contacts of a municipality, and where people can pay."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.region import region
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.parts import Faults, in_reach, keep, own_municipalities, part
from desk.words import N_, _, language

router = APIRouter(prefix="/desk/administration/contacts")
HOME = "/desk/administration/contacts"
Admin = Annotated[SignedIn, Depends(allowed("settings"))]

FIELDS = {
    "phone": (N_("Phone"), "tel"),
    "tollfree": (N_("Free number"), "tel"),
    "whatsapp": (N_("WhatsApp number"), "tel"),
    "email": (N_("E-mail"), "email"),
    "website": (N_("Website"), "text"),
    "address": (N_("Address"), "text"),
}
_MORE = 3


@router.get("")
def contacts(request: Request, who: Admin) -> HTMLResponse:
    """The contacts of each municipality, and the pay points."""
    return _page(request, who, {}, {})


@router.post("/pay-points")
def keep_pay_points(request: Request, who: Admin, form: Annotated[Form, Depends(posted)]) -> Response:
    """Keep the pay points; a row without a name is left out."""
    rows: list[dict[str, Any]] = []
    while f"{len(rows)}.name" in form:
        n = len(rows)
        where = {name: form[f"{n}.where.{name}"] for name in ("en", "zu") if form[f"{n}.where.{name}"]}
        row = {"name": form[f"{n}.name"], "municipality": form[f"{n}.municipality"], "where": where}
        rows.append({name: one for name, one in row.items() if one or name == "name"})
    rows = [row for row in rows if row["name"]]
    kept = keep(who, "pay_points", rows, why=form["why"], seen=form["seen"])
    if kept.faults:
        return _page(request, who, {"pay_points": rows}, {"pay_points": kept.faults})
    return redirect(
        HOME, who, flash=_("Saved.") if kept.number else _("Nothing was different."), undo=kept.undo
    )


@router.post("/{code}")
def keep_contacts(
    request: Request, who: Admin, code: str, form: Annotated[Form, Depends(posted)]
) -> Response:
    """Keep a municipality's contacts."""
    if code not in own_municipalities(who):
        raise HTTPException(404)
    value = {name: form[name] for name in FIELDS if form[name]}
    kept = keep(who, f"municipalities.{code}.contacts", value, why=form["why"], seen=form["seen"])
    if kept.faults:
        return _page(request, who, {code: value}, {code: kept.faults})
    return redirect(
        HOME, who, flash=_("Saved.") if kept.number else _("Nothing was different."), undo=kept.undo
    )


def _page(request: Request, who: SignedIn, typed: dict[str, Any], faults: dict[str, Faults]) -> HTMLResponse:
    offices = []
    for code, one in own_municipalities(who).items():
        found = part(f"municipalities.{code}.contacts")
        offices.append((code, one.name.in_language(language()), found, typed.get(code, found.value or {})))
    points = part("pay_points")
    rows = typed.get("pay_points", points.value or [])
    return page(
        request,
        who,
        "administration/contacts.html",
        422 if faults else 200,
        offices=offices,
        fields=FIELDS,
        faults=faults,
        points=points,
        rows=[*rows, *({} for _n in range(_MORE))],
        may_all=in_reach(who, "pay_points"),
        codes=list(region().municipalities),
    )
