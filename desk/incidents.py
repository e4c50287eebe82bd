"""Incidents and planned work: the list, one with its cases, and what people do with it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.incidents import UNTOLD
from crm_store.domain.troubles import troubles
from crm_store.queries.case_filter import Reader
from crm_store.queries.incidents import incidents_within, list_incidents
from crm_store.region import region
from crm_store.services.incidents import (
    LONGEST_TITLE,
    IncidentRefused,
    NewIncident,
    confirm_incident,
    dismiss_incident,
    end_incident,
    open_incident,
    update_incident,
)
from crm_store.services.planned_work import PlannedFileError, cancel_planned, import_planned
from crm_store.tables import Case, Event, Incident
from crm_store.texts import label
from desk import overview
from desk.access import SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.refusals import refused
from desk.words import N_, _, language

router = APIRouter(prefix="/desk/incidents")
HOME = "/desk/incidents"
Supervisor = Annotated[SignedIn, Depends(allowed("overview"))]
Posted = Annotated[Form, Depends(posted)]

STATES = {
    "suggested": N_("suggested"),
    "open": N_("open"),
    "over": N_("over"),
    "dismissed": N_("none"),
}
#: What happened to an incident, as its history tells it.
KINDS = {
    "suggested": N_("suggested"),
    "opened": N_("opened"),
    "confirmed": N_("confirmed"),
    "updated": N_("changed"),
    "over": N_("ended"),
    "dismissed": N_("found to be none"),
    "cancelled": N_("cancelled"),
    "aged": N_("ended: nobody reports it any more"),
}
_EMPTY = dict.fromkeys(("kind", "about", "place", "ward", "starts_at", "ends_at", "title_en", "title_zu"), "")
_SHOWN = 200
_LONGEST_FILE = 1_000_000


@router.get("")
def incidents(request: Request, who: Supervisor, ended: Annotated[bool, Query()] = False) -> HTMLResponse:
    """What is going on, what is suggested and what is announced; or (`ended`) what is over."""
    states = ("over", "dismissed") if ended else ("suggested", "open")
    with transaction() as session:
        rows = list_incidents(
            session, states=states, conditions=incidents_within(who.scope, region()), limit=_SHOWN
        )
    now = datetime.now(UTC)
    groups = (
        ("suggested", [row for row in rows if row[0].state == "suggested"]),
        ("going_on", [row for row in rows if row[0].state == "open" and row[0].started_at <= now]),
        ("ahead", [row for row in rows if row[0].state == "open" and row[0].started_at > now]),
        ("ended", [row for row in rows if row[0].state in ("over", "dismissed")]),
    )
    return _page(request, who, "incidents/list.html", groups=groups, ended=ended, states=STATES)


@router.get("/new")
def new(request: Request, who: Supervisor, planned: Annotated[bool, Query()] = False) -> HTMLResponse:
    """An empty form, for a trouble or for announced work."""
    return _form(request, who, {**_EMPTY, "kind": "planned" if planned else "outage"}, "")


@router.post("")
def add(request: Request, who: Supervisor, form: Posted) -> Response:
    """Open it: reports that are there join, and their people are told."""
    value = {name: form[name] for name in _EMPTY}
    category, _slash, trouble = form["about"].partition("/")
    try:
        if who.municipality and not _is_ours(who, form["place"], form["ward"]):
            raise IncidentRefused("own_place", "a place or ward of another municipality")
        begins = _time(form["starts_at"]) if form["starts_at"] else datetime.now(UTC)
        with transaction() as session:
            made = open_incident(
                session,
                region(),
                NewIncident(
                    category=category,
                    trouble=trouble or UNTOLD,
                    started_at=begins,
                    expected_end_at=_time(form["ends_at"]) if form["ends_at"] else None,
                    place=form["place"] or None,
                    ward=form["ward"].upper().replace(" ", "") or None if not form["place"] else None,
                    title=_title(form),
                    kind="planned" if form["kind"] == "planned" else "outage",
                ),
                who.actor,
                datetime.now(UTC),
            )
            number = made.number
    except IncidentRefused as refusal:
        return _form(request, who, value, refused(refusal), 422)
    overview.forget()
    return redirect(f"{HOME}/{number}", who, flash=_("It is open. People who report it now hear of it."))


@router.post("/import")
def take_in(request: Request, who: Supervisor, form: Posted) -> Response:
    """A file of planned work; rows with faults are named, all others are taken."""
    if who.municipality is not None:
        raise HTTPException(404)
    files = form.files("file")
    if not files:
        return redirect(HOME, who, flash=_("Choose a file first."), bad=True)
    content = files[0].file.read(_LONGEST_FILE + 1)
    if len(content) > _LONGEST_FILE:
        return redirect(HOME, who, flash=_("The file is larger than 1 MB."), bad=True)
    with tempfile.NamedTemporaryFile(suffix=".csv") as kept:
        kept.write(content)
        kept.flush()
        try:
            with transaction() as session:
                result = import_planned(session, region(), Path(kept.name), who.actor, datetime.now(UTC))
        except PlannedFileError as error:
            return redirect(HOME, who, flash=refused(error), bad=True)
    overview.forget()
    return _page(
        request, who, "incidents/imported.html", result=result, refused=refused, name=files[0].filename or ""
    )


@router.get("/{number}")
def incident(request: Request, who: Supervisor, number: int) -> HTMLResponse:
    """One, with its cases and its history."""
    return _show(request, who, number)


@router.post("/{number}/confirm")
def confirm(request: Request, who: Supervisor, number: int, form: Posted) -> Response:
    """A person stands behind it: whoever reported it is told that it is known."""
    until = form["ends_at"]
    return _deed(
        request, who, number, form, _("Confirmed: those who reported it are told."),
        lambda session, now: confirm_incident(
            session, region(), number, who.actor, now, _time(until) if until else None
        ),
    )  # fmt: skip


@router.post("/{number}/dismiss")
def dismiss(request: Request, who: Supervisor, number: int, form: Posted) -> Response:
    """It is none: its cases go on for themselves."""
    return _deed(
        request, who, number, form, _("It is none: its cases go on for themselves."),
        lambda session, now: dismiss_incident(session, number, who.actor, now, form["why"] or None),
    )  # fmt: skip


@router.post("/{number}/update")
def update(request: Request, who: Supervisor, number: int, form: Posted) -> Response:
    """Another expected end, or other words; who was told another time hears the new one."""
    until = form["ends_at"]
    return _deed(
        request, who, number, form, _("Saved. Who was told another time hears the new one."),
        lambda session, now: update_incident(
            session,
            region(),
            number,
            who.actor,
            now,
            expected_end_at=_time(until) if until else None,
            title=_title(form),
        ),
    )  # fmt: skip


@router.post("/{number}/end")
def end(request: Request, who: Supervisor, number: int, form: Posted) -> Response:
    """It is over: everyone whose case belongs to it is told, once."""
    done, done_zu = form["resolve"], form["resolve_zu"]

    def deed(session: Session, now: datetime) -> int:
        if form["cases"] == "resolve" and not (done and done_zu):
            raise IncidentRefused("done_both", "what was done is said in both languages")
        resolve = done if form["cases"] == "resolve" else None
        ended_at = _time(form["ended_at"]) if form["ended_at"] else None
        return end_incident(
            session,
            region(),
            number,
            who.actor,
            now,
            ended_at=ended_at,
            resolve=resolve,
            resolve_zu=done_zu if resolve else None,
        )

    return _deed(request, who, number, form, _("It is over; whoever reported it is told."), deed)


@router.post("/{number}/cancel")
def cancel(request: Request, who: Supervisor, number: int, form: Posted) -> Response:
    """Announced work that does not take place."""
    return _deed(
        request, who, number, form, _("Cancelled: nobody is told of it any more."),
        lambda session, now: cancel_planned(session, number, who.actor, now, form["why"] or None),
    )  # fmt: skip


def _deed(
    request: Request,
    who: SignedIn,
    number: int,
    form: Form,
    said: str,
    deed: Callable[[Session, datetime], Any],
) -> Response:
    """One deed with one incident of the user's own; what the rules refuse is told on its page."""
    try:
        with transaction() as session:
            _own(session, who, number)
            deed(session, datetime.now(UTC))
    except IncidentRefused as refusal:
        return _show(request, who, number, refused(refusal), 422)
    overview.forget()
    back = "/desk/overview" if form["back"] == "overview" else f"{HOME}/{number}"
    return redirect(back, who, flash=said)


def _own(session: Session, who: SignedIn, number: int) -> Incident:
    """The incident, if the user may see it."""
    found = session.scalar(
        select(Incident).where(Incident.number == number, *incidents_within(who.scope, region()))
    )
    if found is None:
        raise HTTPException(404)
    return found


def _show(request: Request, who: SignedIn, number: int, fault: str = "", status: int = 200) -> HTMLResponse:
    reader = Reader(region(), who.scope, who.username, who.role)
    with transaction() as session:
        found = _own(session, who, number)
        cases = session.scalars(
            select(Case)
            .where(Case.incident_id == found.id, *reader.conditions())
            .order_by(Case.opened_at.desc())
            .limit(_SHOWN)
        ).all()
        events = session.scalars(
            select(Event)
            .where(Event.subject_type == "incident", Event.subject_id == str(found.id))
            .order_by(Event.id.desc())
        ).all()
    return _page(
        request,
        who,
        "incidents/incident.html",
        status=status,
        incident=found,
        cases=cases,
        events=events,
        states=STATES,
        kinds=KINDS,
        fault=fault,
        longest=LONGEST_TITLE,
    )


def _form(
    request: Request, who: SignedIn, value: dict[str, str], fault: str, status: int = 200
) -> HTMLResponse:
    here, tongue = region(), language()
    about = {
        f"{category}/{trouble}": f"{one.name.in_language(tongue)}: {label('trouble', trouble, tongue)}"
        for category, one in here.categories.items()
        for trouble in troubles().get(category, {})
    }
    about |= {
        f"{category}/{UNTOLD}": f"{one.name.in_language(tongue)}: {_('something else')}"
        for category, one in here.categories.items()
    }
    places = [place.name for place in here.places if who.municipality in (None, place.municipality)]
    return _page(
        request,
        who,
        "incidents/new.html",
        status=status,
        value=value,
        fault=fault,
        about=about,
        places=sorted(places),
        longest=LONGEST_TITLE,
    )


def _page(
    request: Request, who: SignedIn, template: str, *, status: int = 200, **values: Any
) -> HTMLResponse:
    names = {key: one.name.in_language(language()) for key, one in region().categories.items()}
    return page(request, who, template, status, categories=names, trouble=_trouble, **values)


def _trouble(one: Incident) -> str:
    """What it is called: staff's own words, else the trouble's name."""
    if one.title and one.title.get(language()):
        return str(one.title[language()])
    return label("trouble", one.trouble, language()) if one.trouble != UNTOLD else _("something else")


def _is_ours(who: SignedIn, place: str, ward: str) -> bool:
    known = region().place_named(place) if place else None
    return (known.municipality if known else ward.upper().partition("/")[0]) == who.municipality


def _title(form: Form) -> dict[str, Any] | None:
    title = {"en": form["title_en"], "zu": form["title_zu"]}
    return title if any(title.values()) else None


def _time(written: str) -> datetime:
    """A time as the browser's field gives it: local, without a zone. Raises IncidentRefused."""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise IncidentRefused("no_time", f"{written!r} is no day and time") from None
    zone = ZoneInfo(region().timezone)
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).astimezone(UTC)
