"""The form by which one case is split in two: what it offers, and what was typed, read and checked."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from crm_store.domain.region import Region
from crm_store.matters import CLASSES, matter_of
from crm_store.queries.case_page import CaseView
from crm_store.region import region
from crm_store.texts import LOCAL_TIME
from desk.case_form import months, read_case_form
from desk.forms import Form
from desk.words import _, language

#: Fields of the form by the names that a fault of a case form gives them.
_NAMED = {"description": "text"}


def offered(view: CaseView) -> dict[str, Any]:
    """What the form chooses from, and how its fields begin: the place and the account of the case."""
    case = view.case
    here = region()
    return {
        "classes": CLASSES,
        "departments": departments(here),
        "places": [place.name for place in here.places],
        "months": months(datetime.now(UTC).astimezone(LOCAL_TIME).date()),
        "place": case.location_text or case.place or "",
        "account": "" if case.anonymous else case.account_number or "",
        "said": [one for one in view.thread if one.direction == "in"],
    }


def departments(here: Region) -> list[tuple[str, list[tuple[str, str]]]]:
    """Every department, by municipality: ('KwaDukuza', [('KDM/roads', 'Roads and Stormwater'), …])."""
    return [
        (
            one.name.in_language(language()),
            [(f"{code}/{key}", its.name.in_language(language())) for key, its in one.departments.items()],
        )
        for code, one in here.municipalities.items()
    ]


def read_division(form: Form) -> tuple[dict[str, str], dict[str, str]]:
    """The fields for crm_store.services.divisions.SecondMatter.read, and what is wrong, by field."""
    here = region()
    faults: dict[str, str] = {}
    if not form["text"]:
        faults["text"] = _("Write what the second matter is.")
    if form["to"] and form["to"] not in {
        value for _name, group in departments(here) for value, _said in group
    }:
        faults["to"] = _("Choose the department.")
    matter = matter_of(here, f"{form['class']}:{form['category']}")
    if matter is None:
        known = form["class"] in CLASSES and form["category"] in here.categories
        faults["category"] = (
            _("This kind of case does not go with this category.") if known else _("Choose what it is about.")
        )
        return {}, faults
    read = read_case_form(Form([*form.items(), ("description", form["text"])], []), here, matter)
    faults = {_NAMED.get(name, name): said for name, said in read.faults.items()} | faults
    return {
        "text": read.description,
        "class": matter.case_class,
        "category": matter.category,
        "to": form["to"],
        "place": read.place or "",
        "location_text": read.location_text or "",
        "account_number": read.account_number or "",
        "disputed_amount": str(read.amount or ""),
        "reading": read.reading or "",
        "period": read.period or "",
        "messages": _ids(form, "message"),
        "photos": _ids(form, "photo"),
    }, faults


def _ids(form: Form, name: str) -> str:
    """The ids that were ticked; what is none was never on the page."""
    found = []
    for written in form.many(name):
        try:
            found.append(str(UUID(written)))
        except ValueError:
            continue
    return " ".join(dict.fromkeys(found))
