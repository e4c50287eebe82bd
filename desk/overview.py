"""Today at a glance for supervisors, live: each figure opens the list behind it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse
from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.database import transaction
from crm_store.domain.examples import LANGUAGES
from crm_store.queries.case_filter import Reader
from crm_store.queries.chats import count_in_hand, count_waiting
from crm_store.queries.incidents import incidents_within, list_incidents
from crm_store.queries.overview import DayFigures, Load, OpenNow, day_figures, load_by_assignee, open_now
from crm_store.queries.staff_feed import staff_lines
from crm_store.queries.training_figures import ENOUGH, newest_figures, weekly_figures
from crm_store.queries.warnings import list_warnings
from crm_store.region import region
from crm_store.tables import AreaWarning, Case, Incident, User
from desk.access import SignedIn, allowed
from desk.pages import page
from desk.training_figures import interval, percent
from desk.training_words import language_name
from desk.words import language

router = APIRouter(prefix="/desk/overview")
Supervisor = Annotated[SignedIn, Depends(allowed("overview"))]

#: However often something happens, the figures of one scope are counted once in this time.
FRESH_SECONDS = 2.0
_MOST_KEPT = 200
_SHOWN = 8
_WEEKS = 4


@dataclass(frozen=True)
class Snapshot:
    """What the overview shows of one scope."""

    at: datetime
    open: OpenNow
    waiting: int
    waiting_since: datetime | None
    in_hand: dict[str, int]
    load: list[Load]
    days: tuple[DayFigures, DayFigures]
    incidents: list[tuple[Incident, int]]
    suggested: list[tuple[Incident, int]]
    warnings: list[AreaWarning]


_kept: dict[tuple[Any, ...], tuple[float, Snapshot]] = {}


@router.get("")
def overview(request: Request, who: Supervisor) -> HTMLResponse:
    """The whole page."""
    with transaction() as session:
        notices = staff_lines(
            session, region(), who.username, who.role, who.scope, language=language(), limit=_SHOWN
        )
        praise = compliments(session, who, limit=3)
        understood = _understood(session)
    values = {"notices": notices, "praise": praise, **understood, **_now(who)}
    return page(request, who, "overview/overview.html", **values)


@router.get("/_now")
def now(request: Request, who: Supervisor) -> HTMLResponse:
    """The figures alone, for a page that is open."""
    return page(request, who, "overview/_now.html", **_now(who))


@router.get("/compliments")
def praised(request: Request, who: Supervisor) -> HTMLResponse:
    """What people praised, the newest first, to be passed on."""
    with transaction() as session:
        found = compliments(session, who, limit=100)
    return page(request, who, "overview/compliments.html", praise=found)


def _understood(session: Session) -> dict[str, Any]:
    """How well live messages were understood in the last week of which trainers answered enough."""
    weeks = weekly_figures(session, datetime.now(UTC), _WEEKS)
    return {
        "week": newest_figures(weeks),
        "answered": max(one.looked_at for one in weeks),
        "enough": ENOUGH,
        "spoken": ("all", *LANGUAGES),
        "percent": percent,
        "interval": interval,
        "message_language": language_name,
    }


def compliments(session: Session, who: SignedIn, limit: int) -> list[Case]:
    """Compliments that the user may read."""
    reader = Reader(region(), who.scope, who.username, who.role)
    query = select(Case).where(Case.case_class == "compliment", *reader.conditions())
    return list(session.scalars(query.order_by(Case.opened_at.desc()).limit(limit)))


def _now(who: SignedIn) -> dict[str, Any]:
    here = region()
    return {
        "found": snapshot(who),
        "categories": {key: one.name.in_language(language()) for key, one in here.categories.items()},
        "live": "overview",
    }


def snapshot(who: SignedIn) -> Snapshot:
    """The figures of the user's scope, at most FRESH_SECONDS old."""
    here = region()
    reader = Reader(here, who.scope, who.username, who.role)
    # Who sees no confidential cases but their own has figures of their own.
    key = (id(here), who.scope, reader.sees_confidential or who.username)
    known = _kept.get(key)
    if known is not None and time.monotonic() - known[0] < FRESH_SECONDS:
        return known[1]
    found = _count(who, reader)
    if len(_kept) >= _MOST_KEPT:
        _kept.clear()
    _kept[key] = (time.monotonic(), found)
    return found


def forget() -> None:
    """The next look counts anew: for whoever has just changed something here."""
    _kept.clear()


def _count(who: SignedIn, reader: Reader) -> Snapshot:
    here, at = reader.region, datetime.now(UTC)
    zone = ZoneInfo(here.timezone)
    today: date = at.astimezone(zone).date()
    conditions = reader.conditions()
    with transaction() as session:
        waiting, since = count_waiting(session, who.scope)
        in_hand = count_in_hand(session, who.scope)
        load = load_by_assignee(session, conditions, at, zone)
        within = incidents_within(who.scope, here)
        return Snapshot(
            at=at,
            open=open_now(session, conditions, at, zone),
            waiting=waiting,
            waiting_since=since,
            in_hand=in_hand,
            load=load,
            days=(
                day_figures(session, conditions, today - timedelta(days=1), zone),
                day_figures(session, conditions, today - timedelta(days=2), zone),
            ),
            incidents=list_incidents(session, states=("open",), conditions=within, limit=_SHOWN),
            suggested=list_incidents(session, states=("suggested",), conditions=within, limit=_SHOWN),
            warnings=_warnings(session, who, today),
        )


def _warnings(session: Session, who: SignedIn, today: date) -> list[AreaWarning]:
    found = list_warnings(
        session, since=today - timedelta(days=1), municipality=who.municipality, limit=_SHOWN
    )
    if not who.department:
        return found
    here = region()
    return [
        one
        for one in found
        if here.municipalities[one.municipality].handles.get(one.category) == who.department
    ]


def _names(session: Session, usernames: list[str]) -> dict[str, str]:
    rows = session.execute(select(User.username, User.name).where(User.username.in_(usernames)))
    return {username: name or username for username, name in rows}
