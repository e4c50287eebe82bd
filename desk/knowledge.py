"""Questions answered at once: the entries in both languages, and a place to try a question."""

from __future__ import annotations

import re
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.domain.knowledge import Knowledge
from crm_store.domain.region import ANSWER_LENGTH
from crm_store.region import of_region, region
from desk.access import SignedIn, allowed
from desk.forms import Form, posted
from desk.pages import page
from desk.parts import Faults, Part, keep, part, saved
from desk.words import _, language

router = APIRouter(prefix="/desk/administration/knowledge")
HOME = "/desk/administration/knowledge"
Writer = Annotated[SignedIn, Depends(allowed("texts"))]

knowledge = of_region(Knowledge.of)


@router.get("")
def entries(
    request: Request,
    who: Writer,
    question: Annotated[str, Query(max_length=300)] = "",
    category: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """All entries (of a category); with a question: what the assistant would answer, and what is near it."""
    found, near = None, []
    if question.strip():
        match = knowledge().find(question)
        found = match.entry if match else None
        near = [one.entry for one in knowledge().rank(question, limit=4) if one.entry is not found]
    shown = [entry for entry in region().knowledge if category in ("", entry.category)]
    return page(
        request,
        who,
        "administration/knowledge.html",
        entries=shown,
        question=question,
        found=found,
        near=near,
        category=category,
        categories=_categories(),
    )


@router.get("/new")
def new(request: Request, who: Writer, question: Annotated[str, Query(max_length=300)] = "") -> HTMLResponse:
    """An empty form, or one that begins with a question that was asked in vain."""
    value: dict[str, Any] = {"questions": {"en": [question] if question else []}}
    return _page(request, who, "", Part("", value, 0, None), {})


@router.post("/new")
def add(request: Request, who: Writer, form: Annotated[Form, Depends(posted)]) -> Response:
    """Add an entry; what it is called inside comes from its first English question."""
    value = _read(form, {})
    words = re.sub(r"[^a-z0-9]+", "_", " ".join(value["questions"]["en"][:1]).casefold()).strip("_")
    name = words[:40].rstrip("_")
    if not name[:1].isalpha():
        name = f"answer_{name}".rstrip("_")
    number = 2
    while region().knowledge_entry(name) is not None:
        name, number = f"{name.rstrip('0123456789_')}_{number}", number + 1
    value = {"id": name, **value}
    kept = keep(who, f"knowledge.{name}", value, why=form["why"], seen="0")
    if kept.faults:
        return _page(request, who, "", Part("", value, 0, None), kept.faults)
    return saved(who, HOME, kept, _("The answer is in use."))


@router.get("/{entry}")
def entry(request: Request, who: Writer, entry: str) -> HTMLResponse:
    """One entry."""
    return _page(request, who, entry, _known(entry), {})


@router.post("/{entry}")
def keep_entry(request: Request, who: Writer, entry: str, form: Annotated[Form, Depends(posted)]) -> Response:
    """Keep what was changed of it."""
    now = _known(entry)
    value = _read(form, now.value)
    kept = keep(who, now.way, value, why=form["why"], seen=form["seen"])
    if kept.faults:
        return _page(request, who, entry, Part(now.way, value, now.seen, now.changed), kept.faults)
    return saved(who, HOME, kept)


@router.post("/{entry}/remove")
def remove(request: Request, who: Writer, entry: str, form: Annotated[Form, Depends(posted)]) -> Response:
    """The question is not answered at once any more: it opens a case. Can be taken back."""
    now = _known(entry)
    kept = keep(who, now.way, None, why=form["why"])
    if kept.faults:
        return _page(request, who, entry, now, kept.faults)
    return saved(who, HOME, kept, _("Removed: who asks this gets a case."))


def _known(entry: str) -> Part:
    if region().knowledge_entry(entry) is None:
        raise HTTPException(404)
    found = part(f"knowledge.{entry}")
    if found.value is None:
        raise HTTPException(404)
    return found


def _page(request: Request, who: SignedIn, entry: str, shown: Part, faults: Faults) -> HTMLResponse:
    # A fault of one question is a fault of its field.
    by_field = {
        re.sub(r"^(questions\.(?:en|zu)|not_for)\.\d+$", r"\1", name): text for name, text in faults.items()
    }
    return page(
        request,
        who,
        "administration/entry.html",
        422 if faults else 200,
        entry=entry,
        part=shown,
        faults=by_field,
        categories=_categories(),
        longest=ANSWER_LENGTH,
    )


def _categories() -> dict[str, str]:
    return {key: one.name.in_language(language()) for key, one in region().categories.items()}


def _read(form: Form, before: dict[str, Any]) -> dict[str, Any]:
    """The entry as the form says it, its fields in the file's order."""
    value: dict[str, Any] = {
        **({"id": before["id"]} if "id" in before else {}),
        "category": form["category"],
        "questions": {"en": _lines(form["questions.en"]), "zu": _lines(form["questions.zu"])},
        "not_for": _lines(form["not_for"]),
        "answer": {"en": _one_line(form["answer.en"]), "zu": _one_line(form["answer.zu"])},
        "example": form["example"] == "yes",
    }
    return {name: one for name, one in value.items() if one or name not in ("not_for", "example")}


def _lines(text: str) -> list[str]:
    return [line for line in (" ".join(one.split()) for one in text.splitlines()) if line]


def _one_line(text: str) -> str:
    return " ".join(text.split())
