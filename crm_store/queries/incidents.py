"""Incidents read: lists, one with its cases, and what a citizen may be told."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.incidents import UNTOLD, Area, rule_for, ward_of
from crm_store.domain.region import Place, Region
from crm_store.domain.routing import route
from crm_store.domain.scope import Scope
from crm_store.domain.troubles import asks_ahead, trouble_of
from crm_store.plain import plain
from crm_store.queries.cases import event_json
from crm_store.services.incident_cases import is_current, known_near, planned_ahead, state_of
from crm_store.tables import Case, Event, Incident

#: Of a person's own open cases so many are looked at.
_OWN = 20


def list_incidents(
    session: Session,
    *,
    states: tuple[str, ...] = ("suggested", "open"),
    kind: str | None = None,
    category: str | None = None,
    conditions: Sequence[ColumnElement[bool]] = (),
    limit: int = 100,
) -> list[tuple[Incident, int]]:
    """Incidents with the number of their cases, the newest first; `conditions`: see `incidents_within`."""
    cases = select(func.count()).where(Case.incident_id == Incident.id).correlate(Incident).scalar_subquery()
    query = select(Incident, cases).where(Incident.state.in_(states), *conditions)
    if kind is not None:
        query = query.where(Incident.kind == kind)
    if category is not None:
        query = query.where(Incident.category == category)
    rows = session.execute(query.order_by(Incident.started_at.desc(), Incident.number.desc()).limit(limit))
    return [(row[0], row[1]) for row in rows]


def incidents_within(scope: Scope, region: Region) -> list[ColumnElement[bool]]:
    """Conditions on `Incident`: what happens in the scope's municipality or is its own to mend, whoever does.

    A department sees its categories; a ward what happens in it. Empty: no limit.
    """
    conditions: list[ColumnElement[bool]] = []
    if scope.municipality is not None:
        places = [place.name for place in region.places if place.municipality == scope.municipality]
        conditions.append(
            or_(
                Incident.municipality == scope.municipality,
                Incident.place.in_(places),
                Incident.ward.startswith(f"{scope.municipality}/", autoescape=True),
            )
        )
    if scope.departments:
        codes = [scope.municipality] if scope.municipality else list(region.municipalities)
        handled = {
            category
            for code in codes
            if code in region.municipalities
            for category, department in region.municipalities[code].handles.items()
            if department in scope.departments
        }
        conditions.append(Incident.category.in_(sorted(handled)))
    if scope.wards:
        places = [place.name for place in region.places if ward_of(place) in scope.wards]
        conditions.append(or_(Incident.ward.in_(sorted(scope.wards)), Incident.place.in_(places)))
    return conditions


def incident_json(session: Session, number: int) -> dict[str, Any] | None:
    """The incident with its cases and its history; None without one."""
    incident = session.scalar(select(Incident).where(Incident.number == number))
    if incident is None:
        return None
    cases = session.scalars(
        select(Case).where(Case.incident_id == incident.id).order_by(Case.opened_at, Case.id)
    )
    events = session.scalars(
        select(Event)
        .where(Event.subject_type == "incident", Event.subject_id == str(incident.id))
        .order_by(Event.id)
    )
    shown: dict[str, Any] = plain(
        {
            "number": incident.number,
            **state_of(incident),
            "opened_by": incident.opened_by,
            "source": incident.source,
            "last_report_at": incident.last_report_at,
            "cases": [
                {
                    "reference": case.reference,
                    "stage": case.stage,
                    "place": case.place,
                    "opened_at": case.opened_at,
                }
                for case in cases
            ],
            "events": [event_json(event) for event in events],
        }
    )
    return shown


def told_incident(session: Session, incident_id: UUID | None, now: datetime) -> Incident | None:
    """The incident of a case, when people may be told of it now."""
    incident = session.get(Incident, incident_id) if incident_id is not None else None
    if incident is None or (incident.trouble == UNTOLD and incident.title is None):
        return None
    return incident if is_current(incident, now) else None


@dataclass(frozen=True)
class Asked:
    """The incident that a question means, where the person is, and whether they have reported it."""

    incident: Incident
    place: str | None
    reported: bool


def incident_asked_after(
    session: Session,
    region: Region,
    category: str,
    question: str,
    place: Place | None,
    citizen_id: UUID,
    now: datetime,
) -> Asked | None:
    """What is known of the trouble that the question means, at the place it names or the person reported.

    Who asks what is planned hears of announced work that has not begun, too. None: nothing is known, so
    nothing is said of it.
    """
    own = session.execute(
        select(Case.incident_id, Case.place)
        .where(Case.citizen_id == citizen_id, Case.category == category, Case.case_class == "complaint")
        .where(Case.stage.not_in(("resolved", "closed")))
        .order_by(Case.opened_at.desc())
        .limit(_OWN)
    ).all()
    reported = {case.incident_id for case in own if case.incident_id is not None}
    if place is None and own:
        last = own[0]
        place = region.place_named(last.place) if last.place else None
        known = told_incident(session, last.incident_id, now)
        if known is not None:
            return Asked(known, last.place, reported=True)
    found = _known_at(session, region, category, question, place, now) if place else None
    return Asked(found, place.name, found.id in reported) if found and place else None


def _known_at(
    session: Session, region: Region, category: str, question: str, place: Place, now: datetime
) -> Incident | None:
    rule = rule_for(region, category)
    trouble = trouble_of(category, question)
    asked = (
        category,
        route(region, category, place.municipality, place).municipality,
        None if trouble == UNTOLD else trouble,
        Area(place.name, ward_of(place)),
        rule.kilometres if rule else 0.0,
        now,
    )
    found = known_near(session, *asked)
    if found is not None and found.state == "open":
        return found
    return planned_ahead(session, *asked) if asks_ahead(question) else None
