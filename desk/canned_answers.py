"""Ready answers: written, changed and retired; what agents send in a chat with one click."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response

from crm_store.database import transaction
from crm_store.domain.chats import PLACEHOLDERS
from crm_store.region import region
from crm_store.services.canned_answers import AnswerRefused, canned_answers, retire_answer, write_answer
from crm_store.tables import CannedAnswer
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.parts import Faults, in_words, named_municipalities
from desk.words import _

router = APIRouter(prefix="/desk/administration/answers")
HOME = "/desk/administration/answers"
Writer = Annotated[SignedIn, Depends(allowed("texts"))]
_EMPTY = {"title": "", "text_en": "", "text_zu": "", "municipality": "", "position": "0"}


@router.get("")
def answers(request: Request, who: Writer) -> HTMLResponse:
    """All answers that the user may see, the retired ones below."""
    with transaction() as session:
        rows = canned_answers(session, who.municipality, of_all=who.municipality is None, retired=True)
    return page(
        request,
        who,
        "administration/answers.html",
        answers=[row for row in rows if row.retired_at is None],
        retired=[row for row in rows if row.retired_at is not None],
        mine={row.id for row in rows if who.municipality in (None, row.municipality)},
    )


@router.get("/new")
def new(request: Request, who: Writer) -> HTMLResponse:
    """An empty form."""
    return _page(request, who, None, {**_EMPTY, "municipality": who.municipality or ""}, {})


@router.post("/new")
def add(request: Request, who: Writer, form: Annotated[Form, Depends(posted)]) -> Response:
    """Add an answer."""
    return _keep(request, who, None, form)


@router.get("/{answer_id}")
def answer(request: Request, who: Writer, answer_id: UUID) -> HTMLResponse:
    """One answer."""
    found = _own(who, answer_id)
    value = {name: str(getattr(found, name) or "") for name in _EMPTY}
    return _page(request, who, found, value, {})


@router.post("/{answer_id}")
def keep(request: Request, who: Writer, answer_id: UUID, form: Annotated[Form, Depends(posted)]) -> Response:
    """Keep what was changed of it."""
    return _keep(request, who, _own(who, answer_id), form)


@router.post("/{answer_id}/retire")
def retire(who: Writer, answer_id: UUID, _form: Annotated[Form, Depends(posted)]) -> Response:
    """It is no longer offered."""
    return _retire(who, answer_id, True)


@router.post("/{answer_id}/restore")
def restore(who: Writer, answer_id: UUID, _form: Annotated[Form, Depends(posted)]) -> Response:
    """It is offered again."""
    return _retire(who, answer_id, False)


def _retire(who: SignedIn, answer_id: UUID, retired: bool) -> Response:
    _own(who, answer_id)
    try:
        with transaction() as session:
            retire_answer(session, answer_id, retired, who.actor, datetime.now(UTC))
    except AnswerRefused:
        return redirect(
            HOME, who, flash=_("Another answer has this title now: change that one first."), bad=True
        )
    said = _("Agents are not offered it any more.") if retired else _("Agents are offered it again.")
    undo = f"{HOME}/{answer_id}/{'restore' if retired else 'retire'}"
    return redirect(HOME, who, flash=said, undo=undo)


def _keep(request: Request, who: SignedIn, found: CannedAnswer | None, form: Form) -> Response:
    value = {name: form[name] for name in _EMPTY}
    if who.municipality is not None:
        value["municipality"] = who.municipality
    position = value["position"] or "0"
    if not (position.isascii() and position.isdecimal() and len(position) < 6):
        return _page(request, who, found, value, {"position": _("Write a whole number.")})
    try:
        with transaction() as session:
            write_answer(
                session,
                region(),
                title=value["title"],
                text_en=value["text_en"],
                text_zu=value["text_zu"],
                municipality=value["municipality"] or None,
                position=int(position),
                answer_id=found.id if found else None,
                actor=who.actor,
                now=datetime.now(UTC),
            )
    except AnswerRefused as refusal:
        return _page(request, who, found, value, in_words(refusal.faults.items()))
    return redirect(HOME, who, flash=_("Saved."))


def _page(
    request: Request, who: SignedIn, found: CannedAnswer | None, value: dict[str, Any], faults: Faults
) -> HTMLResponse:
    return page(
        request,
        who,
        "administration/answer.html",
        422 if faults else 200,
        answer=found,
        value=value,
        faults=faults,
        municipalities=named_municipalities(who),
        placeholders=PLACEHOLDERS,
    )


def _own(who: SignedIn, answer_id: UUID) -> CannedAnswer:
    """The answer, if it is the user's to change; what is everybody's is for whoever has no limit."""
    with transaction() as session:
        found = session.get(CannedAnswer, answer_id)
    if found is None or who.municipality not in (None, found.municipality):
        raise HTTPException(404)
    return found
