"""What people do with incidents: open, confirm, dismiss, correct and end them, and put cases to them."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.incidents import UNTOLD, Area, area_of, near, rule_for, ward_of
from crm_store.domain.refusals import Refusal
from crm_store.domain.region import Place, Region
from crm_store.domain.routing import route
from crm_store.domain.troubles import trouble_of, troubles
from crm_store.services.cases import MoveRefused, case_with
from crm_store.services.history import record_event
from crm_store.services.inbox import storable
from crm_store.services.incident_cases import (
    BY_NUMBERS,
    area_of_incident,
    cases_of_incident,
    link,
    state_of,
    tell_all,
    unlink,
)
from crm_store.services.stages import resolve_case
from crm_store.tables import Case, Incident

#: A title stands in a text of one segment, beside place, times and reference.
LONGEST_TITLE = 40
_DONE = ("resolved", "closed")
#: How far around a pin, for a category that gathers nothing by itself.
_KILOMETRES = 3.0


class IncidentNotFound(LookupError):
    """There is no incident of this number."""


class IncidentRefused(Refusal):
    """The incident cannot be opened or changed so; the message says why."""


@dataclass(frozen=True, kw_only=True)
class NewIncident:
    """What a person says of it. Where: a place of the gazetteer, or a ward such as MLM/13."""

    category: str
    trouble: str
    started_at: datetime
    place: str | None = None
    ward: str | None = None
    title: dict[str, Any] | None = None
    expected_end_at: datetime | None = None
    kind: str = "outage"
    source: str = "staff"
    source_key: str | None = None


def open_incident(session: Session, region: Region, new: NewIncident, actor: str, now: datetime) -> Incident:
    """Open the incident: reports of it that are there already join it, and their citizens are told.

    Raises IncidentRefused for what no incident can be.
    """
    place = _checked(region, new)
    municipality = place.municipality if place is not None else str(new.ward).partition("/")[0]
    incident = Incident(
        municipality=route(region, new.category, municipality, place).municipality,
        category=new.category,
        trouble=new.trouble,
        kind=new.kind,
        state="open",
        place=place.name if place else None,
        ward=new.ward or ward_of(place),
        title=storable(new.title),
        started_at=new.started_at,
        expected_end_at=new.expected_end_at,
        opened_by=actor,
        confirmed_by=actor,
        source=new.source,
        source_key=new.source_key,
    )
    session.add(incident)
    session.flush()
    _note(session, incident, "opened", actor, None, now)
    if new.started_at <= now:
        for case in _reports_of(session, region, incident, now):
            link(session, incident, case, actor, now)
        tell_all(session, region, incident, "incident_known", now)
    return incident


def confirm_incident(
    session: Session,
    region: Region,
    number: int,
    actor: str,
    now: datetime,
    expected_end_at: datetime | None = None,
) -> Incident:
    """A person stands behind it: a suggestion opens, and all who reported it are told.

    Raises IncidentNotFound, IncidentRefused.
    """
    incident = incident_numbered(session, number)
    if incident.state not in ("suggested", "open"):
        raise IncidentRefused(
            "incident_decided", f"incident {number} is {incident.state}: only a suggestion can be confirmed"
        )
    _check_end(incident.started_at, expected_end_at)
    before = state_of(incident)
    news = incident.state == "suggested" or expected_end_at not in (None, incident.expected_end_at)
    incident.state, incident.confirmed_by = "open", incident.confirmed_by or actor
    incident.expected_end_at = expected_end_at or incident.expected_end_at
    if state_of(incident) != before:
        _note(session, incident, "confirmed", actor, before, now)
    if news:
        tell_all(session, region, incident, "incident_known", now)
    return incident


def dismiss_incident(
    session: Session, number: int, actor: str, now: datetime, why: str | None = None
) -> Incident:
    """It is no incident: its cases go on for themselves, and only later reports can suggest it again.

    Raises IncidentNotFound, and IncidentRefused for one that people were told of.
    """
    incident = incident_numbered(session, number)
    if incident.state == "dismissed":
        return incident
    if incident.state != "suggested":
        raise IncidentRefused(
            "incident_told",
            f"incident {number} is {incident.state} and people were told of it: end it instead",
        )
    before = state_of(incident)
    for case in cases_of_incident(session, incident):
        unlink(session, case, actor, now)
    incident.state, incident.ended_at = "dismissed", now
    _note(session, incident, "dismissed", actor, before, now, why)
    return incident


def update_incident(
    session: Session,
    region: Region,
    number: int,
    actor: str,
    now: datetime,
    *,
    expected_end_at: datetime | None = None,
    title: dict[str, Any] | None = None,
    tell: bool = True,
) -> Incident:
    """Correct the expected time or the wording; who was told another time hears the new one (unless not
    `tell`). Raises IncidentNotFound, IncidentRefused.
    """
    incident = incident_numbered(session, number)
    if incident.state not in ("suggested", "open"):
        raise IncidentRefused(
            "incident_decided", f"incident {number} is {incident.state}: it cannot be changed any more"
        )
    _check_end(incident.started_at, expected_end_at)
    _check_title(title)
    before = state_of(incident)
    incident.title = storable(title) if title is not None else incident.title
    if expected_end_at is not None and expected_end_at != incident.expected_end_at:
        incident.expected_end_at, incident.overdue_noted_at = expected_end_at, None
    if state_of(incident) == before:
        return incident
    _note(session, incident, "updated", actor, before, now)
    moved = before["expected_end_at"] != incident.expected_end_at
    if tell and moved and incident.state == "open" and incident.started_at <= now:
        tell_all(session, region, incident, "incident_known", now)
    return incident


def end_incident(
    session: Session,
    region: Region,
    number: int,
    actor: str,
    now: datetime,
    *,
    ended_at: datetime | None = None,
    resolve: str | None = None,
    resolve_zu: str | None = None,
) -> int:
    """It is over: everyone whose case belongs to it is told, once; returns how many.

    `resolve`: what was done. Then the cases are resolved with it, by the system; without it they go on, each
    with its own clock. `resolve_zu`: the same for those who write isiZulu. Raises IncidentNotFound,
    IncidentRefused.
    """
    incident = incident_numbered(session, number)
    if incident.state == "over":
        return 0
    if incident.state != "open":
        raise IncidentRefused(
            "incident_decided", f"incident {number} is {incident.state}: only an open one can end"
        )
    if incident.started_at > (ended_at or now):
        raise IncidentRefused(
            "incident_ahead", f"incident {number} has not begun by then; planned work can be cancelled"
        )
    if resolve is not None and not resolve.strip():
        raise IncidentRefused("say_done", "say what was done: the citizens hear it")
    before = state_of(incident)
    incident.state, incident.ended_at = "over", ended_at or now
    _note(session, incident, "over", actor, before, now, resolve)
    if resolve is None:
        return tell_all(session, region, incident, "incident_over", now)
    told = 0
    for case in cases_of_incident(session, incident):
        if case.stage in _DONE:
            continue
        try:
            done = (resolve_zu if case.language == "zu" else None) or resolve
            resolve_case(session, region, case.reference, done, BY_NUMBERS, now)
            told += 1
        except MoveRefused:  # a case whose own state stands against it is told that the trouble is over
            told += tell_all(session, region, incident, "incident_over", now, only=case)
    return told


def link_case(
    session: Session, region: Region, number: int, reference: str, actor: str, now: datetime
) -> Incident:
    """Put the case to the incident; its citizen is told of it when it is open.

    Raises IncidentNotFound, IncidentRefused, CaseNotFound.
    """
    incident = incident_numbered(session, number)
    case = case_with(session, reference)
    if incident.state not in ("suggested", "open"):
        raise IncidentRefused(
            "incident_decided", f"incident {number} is {incident.state}: no case joins it any more"
        )
    if case.confidential:
        raise IncidentRefused("confidential_apart", f"{case.reference} is confidential: it stays apart")
    if case.incident_id == incident.id:
        return incident
    link(session, incident, case, actor, now)
    if incident.state == "open" and incident.started_at <= now:
        tell_all(session, region, incident, "incident_known", now, only=case)
    return incident


def unlink_case(session: Session, reference: str, actor: str, now: datetime) -> Case:
    """Take the case from its incident: it is a trouble of its own. Raises CaseNotFound."""
    case = case_with(session, reference)
    unlink(session, case, actor, now)
    return case


def incident_numbered(session: Session, number: int) -> Incident:
    """The incident of this number, locked; raises IncidentNotFound."""
    session.flush()
    incident = session.scalar(
        select(Incident)
        .where(Incident.number == number)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if incident is None:
        raise IncidentNotFound(f"there is no incident {number}")
    return incident


def _reports_of(session: Session, region: Region, incident: Incident, now: datetime) -> list[Case]:
    """Open complaints of this trouble there, from a little before it was said to begin."""
    rule = rule_for(region, incident.category)
    kilometres = rule.kilometres if rule else _KILOMETRES
    since = incident.started_at - timedelta(hours=rule.hours if rule else 0)
    here = area_of_incident(incident)
    cases = session.scalars(
        select(Case)
        .where(
            Case.category == incident.category,
            Case.municipality == incident.municipality,
            Case.case_class == "complaint",
            Case.incident_id.is_(None),
            Case.stage.not_in(_DONE),
            Case.opened_at >= since,
            Case.opened_at <= now,
        )
        .order_by(Case.opened_at)
    )
    return [case for case in cases if _tells_of(region, incident, case, here, kilometres)]


def _tells_of(region: Region, incident: Incident, case: Case, here: Area, kilometres: float) -> bool:
    if incident.trouble == UNTOLD or trouble_of(case.category, case.description) != incident.trouble:
        return False
    return near(here, area_of(region, case.place, case.latitude, case.longitude, kilometres), kilometres)


def _checked(region: Region, new: NewIncident) -> Place | None:
    """The place; raises IncidentRefused for whatever cannot be."""
    if new.category not in region.categories:
        raise IncidentRefused(
            "which_category", f"there is no category {new.category}; there are {', '.join(region.categories)}"
        )
    known = [*troubles().get(new.category, {}), UNTOLD]
    if new.trouble not in known:
        raise IncidentRefused(
            "which_trouble", f"{new.category} has no trouble {new.trouble}; it has {', '.join(known)}"
        )
    if new.trouble == UNTOLD and new.title is None:
        raise IncidentRefused(
            "say_trouble", f"say what the trouble is, in both languages, when it is '{UNTOLD}'"
        )
    _check_title(new.title)
    _check_end(new.started_at, new.expected_end_at)
    if new.kind == "planned" and new.expected_end_at is None:
        raise IncidentRefused("planned_end", "planned work needs its end")
    if (new.place is None) == (new.ward is None):
        raise IncidentRefused("place_or_ward", "say where: a place or a ward")
    if new.place is None:
        code, _, ward = str(new.ward).partition("/")
        if code not in region.municipalities or not ward.isdigit():
            raise IncidentRefused(
                "no_ward",
                f"'{new.ward}' is no ward; write the municipality and its number: MLM/13",
                ward=new.ward,
            )
        return None
    place = region.place_named(new.place)
    if place is None:
        raise IncidentRefused(
            "no_place", f"there is no place {new.place} in the municipality file", place=new.place
        )
    return place


def _check_title(title: dict[str, Any] | None) -> None:
    if title is None:
        return
    for language in ("en", "zu"):
        words = str(title.get(language) or "").strip()
        if not words:
            raise IncidentRefused("title_both", "a title is needed in both languages, en and zu")
        if len(words) > LONGEST_TITLE:
            raise IncidentRefused(
                "title_long",
                f"the title ({language}) has more than {LONGEST_TITLE} characters",
                number=LONGEST_TITLE,
            )


def _check_end(started_at: datetime, expected_end_at: datetime | None) -> None:
    if expected_end_at is not None and expected_end_at <= started_at:
        raise IncidentRefused("end_before", "the expected end is not after the beginning")


def _note(
    session: Session,
    incident: Incident,
    kind: str,
    actor: str,
    before: dict[str, Any] | None,
    now: datetime,
    note: str | None = None,
) -> None:
    after = state_of(incident)
    record_event(
        session, "incident", incident.id, kind, actor=actor, before=before, after=after, note=note, at=now
    )
