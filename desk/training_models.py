"""Models: train, compare, publish, roll back, and let a candidate read along."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.queries.models import (
    current_publication,
    find_job,
    has_file,
    last_jobs,
    model_lines,
    newest_comparison,
    publications,
    published_before,
    replicas,
)
from crm_store.queries.shadow import agreement, differences, last_shadow, running_shadow
from crm_store.queries.training_messages import eligible, masked
from crm_store.region import region
from crm_store.services import models as deeds
from crm_store.services import shadow as shadows
from crm_store.services import training_jobs
from crm_store.tables import Message, Model, ModelComparison
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.model_words import MODEL_WORDS, falls_in_words, refusal
from desk.pages import page
from desk.training_words import choices
from desk.words import _

router = APIRouter(prefix="/desk/training/models")
Trainer = Annotated[SignedIn, Depends(allowed("train"))]
Publisher = Annotated[SignedIn, Depends(allowed("publish"))]
Posted = Annotated[Form, Depends(posted)]
MODELS = "/desk/training/models"
LONGEST_REASON = 500
_DIFFERENCES = 100


@router.get("")
def show(request: Request, who: Trainer) -> HTMLResponse:
    """What is in service, what is being trained, all models, and the history."""
    with transaction() as session:
        values = {
            **_job(session),
            **_service(session),
            "lines": model_lines(session),
            "history": publications(session, 20),
            "shadow": running_shadow(session),
        }
    return _page(request, who, "list.html", **values)


@router.get("/_job")
def show_job(request: Request, who: Trainer) -> HTMLResponse:
    """The training under way, or the way to begin one."""
    with transaction() as session:
        values = _job(session)
    return _page(request, who, "_job.html", **values)


@router.get("/_service")
def show_service(request: Request, who: Trainer) -> HTMLResponse:
    """What is in service, and which engines have taken it up."""
    with transaction() as session:
        values = _service(session)
    return _page(request, who, "_service.html", **values)


@router.post("/train")
def train(form: Posted, who: Trainer) -> Response:
    """Ask for a training."""
    try:
        with transaction() as session:
            note = form["note"][:LONGEST_REASON] or None
            training_jobs.ask_training(session, actor=who.username, note=note)
    except training_jobs.TrainingRefused:
        return redirect(MODELS, who, flash=_("A training is under way already."), bad=True)
    return redirect(MODELS, who, flash=_("The training is asked for. You may close this page."))


@router.get("/jobs/{job_id}")
def show_log(request: Request, who: Trainer, job_id: UUID) -> HTMLResponse:
    """What a training wrote."""
    with transaction() as session:
        job = find_job(session, job_id)
    if job is None:
        raise HTTPException(404)
    return _page(request, who, "log.html", job=job)


@router.post("/jobs/{job_id}/cancel")
def cancel(who: Trainer, _form: Posted, job_id: UUID) -> Response:
    """Stop a training or comparison."""
    with transaction() as session:
        stopped = training_jobs.cancel(session, job_id, actor=who.username, now=datetime.now(UTC))
    said = _("It is being stopped.") if stopped else _("It was over already.")
    return redirect(MODELS, who, flash=said)


@router.post("/roll-back")
def roll_back(form: Posted, who: Publisher) -> Response:
    """Put an earlier model back into service."""
    to = int(form["to"]) if form["to"].isdecimal() and len(form["to"]) < 19 else None
    try:
        with transaction() as session:
            made = deeds.roll_back(session, actor=who.username, reason=form["reason"][:LONGEST_REASON], to=to)
    except deeds.PublicationRefused as error:
        return redirect(MODELS, who, flash=refusal(error), bad=True)
    return redirect(MODELS, who, flash=_("Model %(number)s is in service again.", number=made.model_id))


@router.get("/shadow")
def show_shadow(request: Request, who: Trainer) -> HTMLResponse:
    """What the model that reads along, or the last that did, says otherwise."""
    return _page(request, who, "shadow.html", **_shadow())


@router.get("/_shadow")
def show_shadow_now(request: Request, who: Trainer) -> HTMLResponse:
    """The same for a page that is open."""
    return _page(request, who, "_shadow.html", **_shadow())


def _shadow() -> dict[str, Any]:
    with transaction() as session:
        shadow = last_shadow(session)
        values: dict[str, Any] = {"shadow": shadow, "agreed": {}, "differ": []}
        if shadow is not None:
            values["agreed"] = agreement(session, shadow.id)
            found = differences(session, shadow.id, _DIFFERENCES)
            texts = _masked_texts(session, [one.message_id for one in found])
            values["differ"] = [(one, texts[one.message_id]) for one in found if one.message_id in texts]
    return values


@router.post("/shadow/stop")
def stop_shadow(form: Posted, who: Trainer) -> Response:
    """No model reads along any more."""
    del form
    with transaction() as session:
        shadows.stop_shadow(session, actor=who.username)
    return redirect(f"{MODELS}/shadow", who, flash=_("No model reads along any more."))


@router.get("/{number}")
def show_model(request: Request, who: Trainer, number: int) -> HTMLResponse:
    """One model: how it compares, and what can be done with it."""
    return _model_page(request, who, number)


@router.post("/{number}/compare")
def compare(form: Posted, who: Trainer, number: int) -> Response:
    """Measure it beside the model in service."""
    del form
    try:
        with transaction() as session:
            training_jobs.ask_comparison(session, number, actor=who.username)
    except training_jobs.TrainingRefused:
        said = _("It cannot be measured now: a training is under way, or its file is no longer kept.")
        return redirect(f"{MODELS}/{number}", who, flash=said, bad=True)
    return redirect(MODELS, who, flash=_("The comparison is asked for. You may close this page."))


@router.post("/{number}/publish")
def publish(request: Request, form: Posted, who: Publisher, number: int) -> Response:
    """Put it into service."""
    faults = {} if form["reason"] else {"reason": _("Say why: it stands in the history.")}
    if not faults:
        try:
            with transaction() as session:
                deeds.publish(
                    session,
                    number,
                    actor=who.username,
                    reason=form["reason"][:LONGEST_REASON],
                    override=form["override"][:LONGEST_REASON] or None,
                )
        except deeds.GateClosed:
            faults = {"override": _("The gate is closed: say why it goes into service all the same.")}
        except deeds.PublicationRefused as error:
            faults = {"publish": refusal(error)}
        else:
            said = _("Model %(number)s goes into service: the engines take it up one by one.", number=number)
            return redirect(MODELS, who, flash=said)
    return _model_page(request, who, number, typed=form, faults=faults, status=422)


@router.post("/{number}/read-along")
def read_along(form: Posted, who: Trainer, number: int) -> Response:
    """Let it read along with live messages, answering none."""
    share = int(form["share"]) if form["share"].isdecimal() and len(form["share"]) < 4 else 0
    try:
        with transaction() as session:
            shadows.start_shadow(session, number, share=share, actor=who.username)
    except shadows.ShadowRefused:
        said = _("It cannot read along: the share is from 1 to 100, and its file must still be kept.")
        return redirect(f"{MODELS}/{number}", who, flash=said, bad=True)
    return redirect(f"{MODELS}/shadow", who, flash=_("Model %(number)s reads along.", number=number))


# --- what the pages show ------------------------------------------------------------------------------------


def _page(request: Request, who: SignedIn, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    return page(request, who, f"training/models/{template}", status, **{**choices(), **MODEL_WORDS, **values})


def _job(session: Session) -> dict[str, Any]:
    jobs = last_jobs(session, 1)
    job = jobs[0] if jobs else None
    return {"job": job, "open": job is not None and job.state in ("waiting", "running")}


def _service(session: Session) -> dict[str, Any]:
    current = current_publication(session)
    before = [] if current is None else published_before(session, current)
    return {
        "current": current,
        "served": None if current is None else session.get_one(Model, current.model_id),
        "engines": replicas(session, datetime.now(UTC)),
        "earlier": [one for one in before if has_file(session, one)],
    }


def _model_page(
    request: Request,
    who: SignedIn,
    number: int,
    typed: Form | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> HTMLResponse:
    with transaction() as session:
        model = session.get(Model, number) if number < 2**63 else None
        if model is None:
            raise HTTPException(404)
        comparison = newest_comparison(session, number)
        changes = [] if comparison is None else _changes(session, comparison)
        current = current_publication(session)
        shadow = running_shadow(session)
        values = {
            "model": model,
            "kept": has_file(session, number),
            "comparison": comparison,
            "falls": [] if comparison is None else falls_in_words(comparison.fallen),
            "changes": changes,
            "current": current,
            "in_service": current is not None and current.model_id == number,
            "fresh": comparison is not None
            and (current is None or comparison.published_id == current.model_id),
            "reads_along": shadow is not None and shadow.candidate_id == number,
        }
    return _page(request, who, "model.html", status, **values, typed=typed or {}, faults=faults or {})


def _changes(session: Session, comparison: ModelComparison) -> list[dict[str, Any]]:
    """The live messages that got better or worse, with their masked texts; erased ones are gone."""
    found = comparison.figures["changes"][: 2 * _DIFFERENCES]
    texts = _masked_texts(session, [UUID(one["message_id"]) for one in found])
    return [
        {**one, "text": texts[UUID(one["message_id"])]} for one in found if UUID(one["message_id"]) in texts
    ]


def _masked_texts(session: Session, ids: list[UUID]) -> dict[UUID, str]:
    here = region()
    rows = session.scalars(select(Message).where(Message.id.in_(ids), *eligible()))
    return {message.id: masked(session, here, message).text for message in rows}
