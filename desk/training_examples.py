"""Examples: browsed, added, changed and deleted; and the cells that have too few."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.example_checks import Findings
from crm_store.domain.example_text import home_of, one_line
from crm_store.domain.examples import (
    CLASSES,
    LANGUAGES,
    THIN,
    WITH_CATEGORY,
    Example,
    cells,
    plain_text,
)
from crm_store.example_files import NLU_DATA
from crm_store.queries.examples import Origin, all_examples, example_with, findings_of, origins
from crm_store.region import region
from crm_store.services.examples import ChangeRefused, change_example, undo_change
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.training_words import choices, class_name, suggestion
from desk.words import _, ngettext

router = APIRouter(prefix="/desk/training/examples")
Trainer = Annotated[SignedIn, Depends(allowed("train"))]
Posted = Annotated[Form, Depends(posted)]
EXAMPLES = "/desk/training/examples"
_PAGE = 50
_LONGEST = 20_000
_FILES = "files"


@dataclass(frozen=True)
class Filters:
    """What the list is narrowed to; empty strings are no filter."""

    q: Annotated[str, Query(max_length=200)] = ""
    kind: Annotated[str, Query(max_length=40)] = ""
    category: Annotated[str, Query(max_length=40)] = ""
    language: Annotated[str, Query(max_length=10)] = ""
    entity: Annotated[str, Query(max_length=40)] = ""
    origin: Annotated[str, Query(max_length=80)] = ""

    def fits(self, one: Example, its_origin: Origin | None) -> bool:
        """Whether the example belongs into the list."""
        return (
            (not self.q or plain_text(self.q) in one.plain)
            and self.kind in ("", one.intent)
            and self.category in ("", one.category or "-")
            and self.language in ("", one.language)
            and (not self.entity or f"]({self.entity})" in one.text)
            and self.origin in ("", its_origin.actor if its_origin else _FILES)
        )


@router.get("")
def show(
    request: Request,
    who: Trainer,
    filters: Annotated[Filters, Depends()],
    number: Annotated[int, Query(alias="page", ge=1, le=10_000)] = 1,
) -> HTMLResponse:
    """The examples, fifty a page; of one class and category the languages stand side by side."""
    with transaction() as session:
        whole = all_examples(session, NLU_DATA)
        known = origins(session)
    found = [one for one in whole if filters.fits(one, known.get(one.key))]
    side_by_side = bool(filters.kind and filters.category and not filters.language)
    columns = {name: [one for one in found if one.language == name] for name in LANGUAGES}
    return page(
        request,
        who,
        "training/examples.html",
        filters=filters,
        found=len(found),
        shown=found[(number - 1) * _PAGE : number * _PAGE],
        columns=columns if side_by_side else None,
        number=number,
        pages=max(1, -(-len(found) // _PAGE)),
        address=lambda to: f"{EXAMPLES}?{urlencode({**_given(filters), 'page': to})}",
        origins=known,
        trainers=sorted({one.actor for one in known.values()}),
        **choices(),
    )


@router.get("/cells")
def show_cells(request: Request, who: Trainer) -> HTMLResponse:
    """How many examples each class, category and language has, the thin ones with a question to ask."""
    with transaction() as session:
        counted = cells(all_examples(session, NLU_DATA))
    rows = sorted({(intent, category) for intent, category, _language in counted}, key=_in_order)
    thin = [
        (counted[*row, name], (*row, name))
        for row in rows
        for name in LANGUAGES
        if counted[*row, name] < THIN
    ]
    return page(
        request,
        who,
        "training/cells.html",
        rows=[(*row, [(name, counted[(*row, name)]) for name in LANGUAGES]) for row in rows],
        thin=[(number, *cell, suggestion(*cell)) for number, cell in thin],
        bar=THIN,
        **choices(),
    )


@router.get("/new")
def show_new(
    request: Request,
    who: Trainer,
    kind: Annotated[str, Query(max_length=40)] = "complaint",
    category: Annotated[str, Query(max_length=40)] = "",
    language: Annotated[str, Query(max_length=10)] = "zu",
) -> HTMLResponse:
    """A form for several examples of one cell, a line each."""
    category = "" if category == "-" else category
    chosen = {"class": kind, "category": category, "language": language}
    asked = suggestion(kind, category or "-", language) if kind in CLASSES else ""
    return page(
        request,
        who,
        "training/new.html",
        asked=asked,
        chosen=chosen,
        text="",
        lines=[],
        faults={},
        saved="",
        **choices(),
    )


@router.post("/new")
def add(request: Request, who: Trainer, form: Posted) -> Response:
    """Those lines that fit are saved; the others come back, each with what it meets."""
    faults = _label_faults(form)
    texts = [one_line(line) for line in form["text"][:_LONGEST].splitlines() if one_line(line)]
    if not texts:
        faults["text"] = _("Write at least one example.")
    left: list[tuple[str, Findings]] = []
    saved = 0
    if not faults:
        with transaction() as session:
            for text in dict.fromkeys(texts):
                example = _example(form, text)
                found = findings_of(session, NLU_DATA, example)
                if found.fits and (form["sure"] or not found.near):
                    change_example(session, None, example, who.username, datetime.now(UTC))
                    saved += 1
                else:
                    left.append((text, found))
    told = ngettext("%(num)s example saved.", "%(num)s examples saved.", saved)
    if not faults and not left:
        chosen = {"kind": form["class"], "category": form["category"], "origin": who.username}
        return redirect(f"{EXAMPLES}?{urlencode(chosen)}", who, flash=told)
    return page(
        request,
        who,
        "training/new.html",
        422,
        asked="",
        text="\n".join(text for text, _found in left) if not faults else form["text"],
        lines=left,
        faults=faults,
        saved=told if saved else "",
        chosen=form,
        **choices(),
    )


@router.post("/undo/{change_id}", dependencies=[Depends(posted)])
def undo(who: Trainer, change_id: UUID) -> Response:
    """A change is taken back."""
    try:
        with transaction() as session:
            undo_change(session, change_id, who.username, datetime.now(UTC))
    except ChangeRefused:
        return redirect(EXAMPLES, who, flash=_("This was taken back already."), bad=True)
    return redirect(EXAMPLES, who, flash=_("Taken back."))


@router.get("/{key}")
def show_one(request: Request, who: Trainer, key: str) -> HTMLResponse:
    """One example, to be changed or deleted."""
    with transaction() as session:
        example = _with(session, key)
        return _one_page(request, who, session, example, _values_of(example))


@router.post("/{key}")
def change(request: Request, who: Trainer, form: Posted, key: str) -> Response:
    """The example in other words, or moved to another class, category or language; or deleted."""
    now = datetime.now(UTC)
    with transaction() as session:
        old = _with(session, key)
        if form["deed"] == "delete":
            row = change_example(session, old, None, who.username, now)
            told = _("The example is deleted.")
        else:
            faults = _label_faults(form)
            new = _example(form, one_line(form["text"]))
            if new.label == old.label:
                new = Example(old.file, *old.label, new.text)
            found = Findings() if faults else findings_of(session, NLU_DATA, new, instead_of=old)
            if faults or not found.fits or (found.near and not form["sure"]):
                return _one_page(request, who, session, old, form, 422, faults=faults, met=found)
            if new == old:
                return redirect(EXAMPLES, who, flash=_("Nothing was changed."))
            row = change_example(session, old, new, who.username, now)
            told = _("The example is changed.")
    return redirect(EXAMPLES, who, flash=told, undo=f"{EXAMPLES}/undo/{row.id}")


def _one_page(
    request: Request,
    who: SignedIn,
    session: Session,
    example: Example,
    values: Mapping[str, str],
    status: int = 200,
    faults: dict[str, str] | None = None,
    met: Findings | None = None,
) -> HTMLResponse:
    return page(
        request,
        who,
        "training/example.html",
        status,
        example=example,
        origin=origins(session).get(example.key),
        met=met,
        faults=faults or {},
        text=values["text"],
        chosen=values,
        **choices(),
    )


def _with(session: Session, key: str) -> Example:
    example = example_with(session, NLU_DATA, key)
    if example is None:
        raise HTTPException(404)
    return example


def _values_of(example: Example) -> dict[str, str]:
    return {
        "text": example.text,
        "class": example.intent,
        "category": example.category or "",
        "language": example.language or "",
    }


def _label_faults(form: Form) -> dict[str, str]:
    faults = {}
    if form["class"] not in CLASSES:
        faults["class"] = _("Choose what it is.")
    if form["language"] not in LANGUAGES:
        faults["language"] = _("Choose the language.")
    if form["class"] in WITH_CATEGORY and form["category"] not in region().categories:
        faults["category"] = _("Say what it is about.")
    return faults


def _example(form: Form, text: str) -> Example:
    category = form["category"] if form["class"] in WITH_CATEGORY else None
    draft = Example("", form["class"], category, form["language"], text)
    return Example(home_of(draft), *draft.label, text)


def _given(filters: Filters) -> dict[str, Any]:
    return {name: value for name, value in vars(filters).items() if value}


def _in_order(row: tuple[str, str]) -> tuple[int, str, str]:
    intent, category = row
    return (CLASSES.index(intent) if intent in CLASSES else len(CLASSES), class_name(intent), category)
