"""What is known of a trouble that many have: said to who reports it, and to who asks when it is over."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from actions.hearing import Hearing
from actions.status import NEWEST, case_text
from actions.store import gazetteer, region, transaction
from crm_store.domain.incidents import UNTOLD, rule_for
from crm_store.domain.region import Place
from crm_store.domain.troubles import asks_ahead, asks_when_over, trouble_of
from crm_store.queries.cases import cases_of
from crm_store.queries.incidents import Asked, incident_asked_after
from crm_store.services.conversations import citizen_of
from crm_store.services.incident_cases import told_of
from crm_store.tables import Incident

Reply = tuple[str, dict[str, Any]]


def known(incident: Incident, place: str | None, now: datetime) -> Reply:
    """The text, and its values, for somebody whose report belongs to the incident."""
    values = _values(incident, place)
    if incident.kind == "planned":
        return "utter_planned_known", values
    if _hoped_for(incident, now):
        return "utter_incident_known", values
    return "utter_incident_known_open", values


def answer(heard: Hearing, *, instead_of_report: bool = False) -> Reply | None:
    """The answer to 'when will the water be back', when something is known there; else None.

    Known is an incident, or the person's own open report of it. `instead_of_report`: only what makes another
    report needless, since the person has one already, or since the trouble has not begun.
    """
    category = heard.likely_category or heard.category
    if not category or rule_for(region(), category) is None or not asks_when_over(heard.text):
        return None
    found = gazetteer().find(heard.text)
    place = found.place if found else None
    with transaction() as session:
        citizen_id = citizen_of(session, heard.conversation_id)
        asked = incident_asked_after(session, region(), category, heard.text, place, citizen_id, heard.now)
        if asked is None:
            return _own_report(session, citizen_id, category, place, heard.now)
        begun = asked.incident.started_at <= heard.now
        if instead_of_report and begun and not asked.reported:
            return None
        return _answered(asked, begun, heard.now)


def _own_report(
    session: Session, citizen_id: UUID, category: str, place: Place | None, now: datetime
) -> Reply | None:
    """How far the person's own open report of such a trouble is (at the place, if they name one)."""
    for case in cases_of(session, citizen_id, NEWEST, open_only=True):
        if (
            case.category == category
            and not case.anonymous
            and place in (None, region().place_named(case.place or ""))
        ):
            told = case_text(session, case, now)
            return str(told["response"]), dict(told["values"])
    return None


def is_report(heard: Hearing) -> bool:
    """Whether 'when will the water be back', of which nothing is known, says that it is off: then it is taken
    as a report, which is asked where it is and goes to those who can mend it."""
    category = heard.likely_category
    return (
        category is not None
        and rule_for(region(), category) is not None
        and asks_when_over(heard.text)
        and not asks_ahead(heard.text)
        and trouble_of(category, heard.text) != UNTOLD
    )


def _answered(asked: Asked, begun: bool, now: datetime) -> Reply:
    values = _values(asked.incident, asked.place)
    if not begun:
        return "utter_planned_ahead_answer", values
    if asked.incident.kind == "planned":
        return "utter_planned_answer", values
    values["promise"] = {"response": "utter_we_tell" if asked.reported else "utter_report_to_hear"}
    return (
        "utter_incident_answer" if _hoped_for(asked.incident, now) else "utter_incident_answer_open"
    ), values


def _hoped_for(incident: Incident, now: datetime) -> bool:
    """There is an expected time, and it is not past: a time that has gone by is no answer."""
    return incident.expected_end_at is not None and incident.expected_end_at > now


def _values(incident: Incident, place: str | None) -> dict[str, Any]:
    told = {name: value for name, value in told_of(incident).items() if value is not None}
    times = {name: value.isoformat() for name, value in told.items() if isinstance(value, datetime)}
    return {**told, **times, "place": place or incident.place}
