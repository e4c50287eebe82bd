"""WhatsApp templates: which approved one goes in the place of each text after the 24 hours."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.approved_templates import approved_template, unasked_texts
from crm_store.region import region
from crm_store.texts import LANGUAGES, numbered_text
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.parts import Faults, in_reach, keep, part
from desk.words import _

router = APIRouter(prefix="/desk/administration/templates")
HOME = "/desk/administration/templates"
Admin = Annotated[SignedIn, Depends(allowed("settings"))]


@router.get("")
def templates(request: Request, who: Admin) -> HTMLResponse:
    """Every text that is sent unasked, with the wording to submit and the id that came back."""
    return _page(request, who, "", {}, {})


@router.post("/{name}")
def keep_template(
    request: Request, who: Admin, name: str, form: Annotated[Form, Depends(posted)]
) -> Response:
    """Keep the ids of one text; both empty: what the setting says holds."""
    if f"utter_{name}" not in unasked_texts():
        raise HTTPException(404)
    value = {language: form[language] for language in LANGUAGES if form[language]}
    kept = keep(who, f"whatsapp_templates.{name}", value or None, why=form["why"], seen=form["seen"])
    if kept.faults:
        return _page(request, who, name, value, kept.faults)
    return redirect(
        HOME, who, flash=_("Saved.") if kept.number else _("Nothing was different."), undo=kept.undo
    )


def _page(request: Request, who: SignedIn, name: str, typed: dict[str, str], faults: Faults) -> HTMLResponse:
    rows = []
    for key in unasked_texts():
        short = key.removeprefix("utter_")
        found = part(f"whatsapp_templates.{short}")
        rows.append(
            {
                "name": short,
                "part": found,
                "value": typed if short == name else found.value or {},
                "faults": faults if short == name else {},
                "wording": {language: numbered_text(key, language) for language in LANGUAGES},
                "in_force": {language: approved_template(region(), key, language) for language in LANGUAGES},
            }
        )
    return page(
        request,
        who,
        "administration/templates.html",
        422 if faults else 200,
        rows=rows,
        languages=LANGUAGES,
        may_all=in_reach(who, "whatsapp_templates.x"),
    )
