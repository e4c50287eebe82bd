"""Administration: where everything is that can be changed at the desk, and the log of what was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import HTMLResponse, Response
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.domain.region_overlay import TOPICS, municipality_of, topic_of
from crm_store.domain.roles import Permission
from crm_store.queries.region_changes import list_region_changes
from crm_store.region import left_out, look_again, region, region_file
from crm_store.services.region_changes import CannotUndo, undo_change
from crm_store.tables import Event, RegionChange
from desk.access import NotAllowed, SignedIn, allowed
from desk.forms import Form, posted, redirect
from desk.pages import page
from desk.parts import in_reach, insist_on_reach
from desk.words import N_, _, language

router = APIRouter(prefix="/desk/administration")
PAGE = 50


@dataclass(frozen=True)
class Door:
    """A page of the administration."""

    path: str
    label: str
    about: str
    permission: Permission


DOORS = (
    Door("answers", N_("Ready answers"), N_("What agents send with one click in a chat."), "texts"),
    Door("knowledge", N_("Questions answered at once"), N_("What the assistant answers by itself."), "texts"),
    Door("departments", N_("Departments"), N_("Names, contacts, and who handles what."), "settings"),
    Door(
        "contacts", N_("Contacts and pay points"), N_("Numbers and addresses of a municipality."), "settings"
    ),
    Door("service-levels", N_("Service levels"), N_("By when each kind of case is promised."), "settings"),
    Door("hours", N_("Office hours and holidays"), N_("When the clocks run."), "settings"),
    Door("templates", N_("WhatsApp templates"), N_("Which text goes out after 24 hours."), "settings"),
    Door("users", N_("Users"), N_("Who may sign in, and what they may do."), "users"),
    Door("audit", N_("Who saw what"), N_("Every view of personal data."), "audit"),
    Door("changes", N_("Log of changes"), N_("Who changed what, before and after; take it back."), "texts"),
)

TOPIC_NAMES = {
    "departments": N_("Departments"),
    "contacts": N_("Contacts"),
    "hours": N_("Office hours"),
    "holidays": N_("Holidays"),
    "service_levels": N_("Service levels"),
    "knowledge": N_("Questions answered at once"),
    "pay_points": N_("Pay points"),
    "templates": N_("WhatsApp templates"),
    "answers": N_("Ready answers"),
}
ANSWER_KINDS = {
    "canned_answer_written": N_("written"),
    "canned_answer_retired": N_("no longer offered"),
    "canned_answer_restored": N_("offered again"),
}


@router.get("")
def index(request: Request, who: Annotated[SignedIn, Depends(allowed("texts"))]) -> HTMLResponse:
    """What this user may change."""
    from desk.menu import served

    doors = [door for door in DOORS if who.may(door.permission) and f"{router.prefix}/{door.path}" in served]
    stale = left_out() if who.may("settings") else ()
    return page(request, who, "administration/index.html", doors=doors, stale=stale)


@dataclass(frozen=True)
class Logged:
    """A change as the log shows it: the leaves that differ, and whether this user may take it back."""

    row: RegionChange
    topic: str
    about: str
    differences: list[tuple[str, str, str]]
    undoable: bool


@router.get("/changes")
def changes(
    request: Request,
    who: Annotated[SignedIn, Depends(allowed("texts"))],
    topic: Annotated[str, Query()] = "",
    before: Annotated[int | None, Query()] = None,
) -> HTMLResponse:
    """The log, the newest first; that of the ready answers stands by itself."""
    if topic == "answers":
        return _answers_log(request, who, before)
    with transaction() as session:
        rows = list_region_changes(
            session,
            topic=topic if topic in TOPICS else None,
            before=before,
            limit=PAGE + 1,
        )
    logged = [
        Logged(row, topic_of(row.way) or "", about(row.way), list(differences(row.before, row.after)),
               last and _may_change(who, row.way))
        for row, last in rows[:PAGE]
    ]  # fmt: skip
    older = rows[PAGE - 1][0].number if len(rows) > PAGE else None
    return page(
        request,
        who,
        "administration/changes.html",
        logged=logged,
        older=older,
        topic=topic,
        topics=TOPIC_NAMES,
    )


def _answers_log(request: Request, who: SignedIn, before: int | None) -> HTMLResponse:
    with transaction() as session:
        query = select(Event).where(Event.subject_type == "text", Event.kind.startswith("canned_answer"))
        if before is not None:
            query = query.where(Event.id < before)
        events = session.scalars(query.order_by(Event.id.desc()).limit(PAGE + 1)).all()
    rows = [(event, list(differences(event.before, event.after))) for event in events[:PAGE]]
    older = events[PAGE - 1].id if len(events) > PAGE else None
    return page(
        request,
        who,
        "administration/answers_log.html",
        rows=rows,
        older=older,
        topic="answers",
        topics=TOPIC_NAMES,
        kinds=ANSWER_KINDS,
    )


@router.post("/changes/{number}/undo")
def undo(
    number: int,
    who: Annotated[SignedIn, Depends(allowed("texts"))],
    _form: Annotated[Form, Depends(posted)],
) -> Response:
    """Take a change back, by a change of its own."""
    try:
        with transaction() as session:
            row = session.get(RegionChange, number)
            if row is None:
                raise HTTPException(404)
            insist_on_reach(who, row.way)
            if not _may_change(who, row.way):
                raise NotAllowed
            undone = undo_change(session, region_file(), number, who.actor, datetime.now(UTC))
            again = undone.number if undone else None
    except CannotUndo:
        said = _("This cannot be taken back any more: it was changed again since, or something stands on it.")
        return redirect("/desk/administration/changes", who, flash=said, bad=True)
    look_again()
    path = f"/desk/administration/changes/{again}/undo" if again else ""
    return redirect("/desk/administration/changes", who, flash=_("It is as it was before."), undo=path)


def _may_change(who: SignedIn, way: str) -> bool:
    needed: Permission = "texts" if topic_of(way) == "knowledge" else "settings"
    return who.may(needed) and in_reach(who, way)


def about(way: str) -> str:
    """What the part is called, in the reader's words."""
    keys = way.split(".")
    code = municipality_of(way)
    if code is None:
        return keys[1] if len(keys) > 1 else ""
    municipality = region().municipalities.get(code)
    name = municipality.name.in_language(language()) if municipality else code
    department = municipality.departments.get(keys[-1]) if municipality and len(keys) == 4 else None
    return (
        f"{name}, {department.name.in_language(language()) if department else keys[3]}"
        if len(keys) == 4
        else name
    )


def differences(before: Any, after: Any) -> Iterator[tuple[str, str, str]]:
    """The leaves that differ: (field, before, after)."""
    old, new = dict(_leaves(before)), dict(_leaves(after))
    for field in [*old, *(field for field in new if field not in old)]:
        if old.get(field) != new.get(field):
            yield field, old.get(field, ""), new.get(field, "")


def _leaves(value: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _leaves(one, f"{name}.{key}" if name else str(key))
    elif isinstance(value, list) and any(isinstance(one, Mapping | list) for one in value):
        for number, one in enumerate(value, 1):
            yield f"{name} {number}".strip(), _line(one)
    elif value is not None:
        yield name, _line(value)


def _line(value: Any) -> str:
    """A list or mapping on one line."""
    if isinstance(value, Mapping):
        return "; ".join(f"{key}: {_line(one)}" for key, one in value.items())
    if isinstance(value, list):
        return ", ".join(_line(one) for one in value)
    return str(value)
