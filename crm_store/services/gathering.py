"""Gathering: each new complaint finds the incident it belongs to, or makes one together with others.

Called in the transaction that opens the case. One lock for each municipality, category and trouble makes
reports that come at the same moment see each other.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.baseline import Usual, usual
from crm_store.domain.incidents import (
    UNTOLD,
    Area,
    Gathering,
    Report,
    area_of,
    citizens_of,
    confidence,
    current,
    gather,
    near,
    rule_for,
    verdict,
    ward_of,
)
from crm_store.domain.places import kilometres_between
from crm_store.domain.region import GatherRule, Region
from crm_store.domain.troubles import trouble_of
from crm_store.queries.report_counts import count_reports
from crm_store.services.history import record_event
from crm_store.services.notices import plan_notice
from crm_store.tables import Case, Incident

BY_NUMBERS = "system"
#: Reports compared with each other at most, the newest; whatever gathers is linked and compared no more.
_MOST = 300
_KILOMETRES_A_DEGREE = 111.0
#: A citizen's pin is not kept to the metre in an incident, which outlives their wish to be forgotten.
_PIN_DECIMALS = 2


def gather_report(session: Session, region: Region, case: Case, now: datetime) -> Incident | None:
    """The incident that the new case belongs to, after linking it; None when it is nobody else's trouble."""
    rule = rule_for(region, case.category)
    if rule is None or case.case_class != "complaint":
        return None
    area = area_of(region, case.place, case.latitude, case.longitude, rule.kilometres)
    if area.place is None and area.pin is None:
        return None
    trouble = trouble_of(case.category, case.description)
    key = f"gather:{case.municipality}:{case.category}:{trouble}"
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 0))))
    incident = known_near(session, case.category, case.municipality, trouble, area, rule.kilometres, now)
    if incident is None:
        return _begin(session, region, case, area, trouble, rule, now)
    link(session, incident, case, BY_NUMBERS, now)
    if incident.state == "suggested":
        _weigh(session, region, incident, rule, case, now)
    return incident


def known_near(
    session: Session,
    category: str,
    municipality: str,
    trouble: str | None,
    area: Area,
    kilometres: float,
    now: datetime,
    *,
    ahead: bool = False,
) -> Incident | None:
    """The suggested or open incident there: open before suggested, then the newest; `trouble` None: any.

    `ahead`: planned work that has not begun yet will do as well.
    """
    session.flush()
    candidates = session.scalars(
        select(Incident)
        .where(
            Incident.category == category,
            Incident.municipality == municipality,
            Incident.state.in_(("suggested", "open")),
        )
        .order_by(Incident.state, Incident.started_at.desc())  # 'open' before 'suggested'
    )
    for one in candidates:
        fits = trouble is None or one.trouble == trouble
        begun = one.started_at <= now
        if not fits or not near(area_of_incident(one), area, kilometres):
            continue
        if one.state == "suggested" or (not begun and ahead):
            return one
        if current(one.state, one.started_at, one.expected_end_at, one.kind, now):
            return one
    return None


def area_of_incident(incident: Incident) -> Area:
    """Where the incident is."""
    return Area(incident.place, incident.ward, incident.latitude, incident.longitude)


def link(session: Session, incident: Incident, case: Case, actor: str, now: datetime) -> None:
    """Make the case one of the incident's."""
    if case.incident_id == incident.id:
        return
    before = case.incident_id
    case.incident_id = incident.id
    if incident.last_report_at is None or incident.last_report_at < case.opened_at:
        incident.last_report_at = case.opened_at
    record_event(
        session,
        "case",
        case.id,
        "incident_linked",
        actor=actor,
        before={"incident_id": before},
        after={"incident_id": incident.id},
        at=now,
    )


def tell_all(
    session: Session,
    region: Region,
    incident: Incident,
    kind: str,
    now: datetime,
    *,
    but: Case | None = None,
) -> int:
    """Plan a notice (incident_known, incident_over) for each open case of the incident; returns how many."""
    told = 0
    for case in cases_of_incident(session, incident):
        if case.stage in ("resolved", "closed") or (but is not None and case.id == but.id):
            continue
        record_event(
            session,
            "case",
            case.id,
            kind,
            actor=BY_NUMBERS,
            after={"incident": incident.number, "expected_end_at": incident.expected_end_at},
            at=now,
        )
        plan_notice(session, region, case, kind, now, **told_of(incident))  # type: ignore[arg-type]
        told += 1
    return told


def told_of(incident: Incident) -> dict[str, Any]:
    """What a text says of the incident, by the names that crm_store.texts writes."""
    return {
        "trouble": incident.title or f"{incident.category}.{incident.trouble}",
        "started_at": incident.started_at,
        "expected_at": incident.expected_end_at,
        "ended_at": incident.ended_at,
    }


def cases_of_incident(session: Session, incident: Incident) -> list[Case]:
    """The incident's cases, oldest first."""
    session.flush()
    return list(
        session.scalars(
            select(Case).where(Case.incident_id == incident.id).order_by(Case.opened_at, Case.id)
        )
    )


def state_of(incident: Incident) -> dict[str, Any]:
    """What an event keeps of an incident."""
    names = ("state", "kind", "category", "trouble", "municipality", "place", "ward", "latitude")
    more = ("longitude", "title", "started_at", "expected_end_at", "ended_at", "confirmed_by", "confidence")
    return {name: getattr(incident, name) for name in (*names, *more)}


def _begin(
    session: Session,
    region: Region,
    case: Case,
    area: Area,
    trouble: str,
    rule: GatherRule,
    now: datetime,
) -> Incident | None:
    """A new incident, when enough other people lately reported the same nearby."""
    reports = _reports_around(session, region, case, area, trouble, rule, now)
    found = [
        gathering
        for gathering in gather(list(reports), rule.kilometres, rule.suggest_at)
        if any(report.id == str(case.id) for report in gathering.reports)
    ]
    if not found:
        return None
    gathering = found[0]
    usually = usual_here(session, region, case.category, gathering.centre.area, rule, now)
    outcome = verdict(gathering.citizens, usually, rule, region.incidents.confidence, trouble)
    incident = _suggested(case, gathering, trouble, confidence(gathering.citizens, usually))
    session.add(incident)
    session.flush()
    record_event(
        session, "incident", incident.id, "suggested", actor=BY_NUMBERS, after=state_of(incident), at=now
    )
    for report, its_case in reports.items():
        if report in gathering.reports:
            link(session, incident, its_case, BY_NUMBERS, now)
    if outcome == "open":
        _open_by_numbers(session, region, incident, case, now)
    return incident


def _suggested(case: Case, gathering: Gathering, trouble: str, sure: float) -> Incident:
    area = gathering.centre.area
    return Incident(
        municipality=case.municipality,
        category=case.category,
        trouble=trouble,
        kind="outage",
        state="suggested",
        place=area.place,
        ward=area.ward,
        latitude=None if area.latitude is None else round(area.latitude, _PIN_DECIMALS),
        longitude=None if area.longitude is None else round(area.longitude, _PIN_DECIMALS),
        started_at=gathering.started_at,
        opened_by=BY_NUMBERS,
        confidence=sure,
        source="reports",
    )


def _weigh(
    session: Session, region: Region, incident: Incident, rule: GatherRule, newest: Case, now: datetime
) -> None:
    """One more report of a suggestion: it may be sure enough by now to open by itself."""
    since = now - timedelta(hours=rule.hours)
    recent = [
        _report(region, case, rule)
        for case in cases_of_incident(session, incident)
        if case.opened_at > since
    ]
    citizens = citizens_of(recent)
    if citizens < rule.suggest_at:
        return
    usually = usual_here(session, region, incident.category, area_of_incident(incident), rule, now)
    incident.confidence = confidence(citizens, usually)
    if verdict(citizens, usually, rule, region.incidents.confidence, incident.trouble) == "open":
        _open_by_numbers(session, region, incident, newest, now)


def _open_by_numbers(
    session: Session, region: Region, incident: Incident, newest: Case, now: datetime
) -> None:
    before = state_of(incident)
    incident.state = "open"
    record_event(
        session,
        "incident",
        incident.id,
        "opened",
        actor=BY_NUMBERS,
        before=before,
        after=state_of(incident),
        at=now,
    )
    # Whoever reported last hears of it in the reply to the report.
    tell_all(session, region, incident, "incident_known", now, but=newest)


def usual_here(
    session: Session, region: Region, category: str, area: Area, rule: GatherRule, now: datetime
) -> Usual:
    """How many people usually report the category around there within the rule's hours."""
    weeks = region.early_warning.weeks
    length = timedelta(hours=rule.hours)
    past = [
        (now - length - timedelta(weeks=week), now - timedelta(weeks=week)) for week in range(1, weeks + 1)
    ]
    counts = [0] * weeks
    places = _places_around(region, area, rule.kilometres)
    for count in count_reports(session, past, category=category, places=places):
        counts[count.window] += count.citizens
    return usual(counts)


def _reports_around(
    session: Session,
    region: Region,
    case: Case,
    area: Area,
    trouble: str,
    rule: GatherRule,
    now: datetime,
) -> dict[Report, Case]:
    """Unlinked cases of the same trouble in the window that may be near the case, or near one near it."""
    refused_at = _last_dismissal(session, case, trouble, area, rule)
    since = max(now - timedelta(hours=rule.hours), refused_at) if refused_at else now - timedelta(hours=rule.hours)
    cases = session.scalars(
        select(Case)
        .where(
            Case.category == case.category,
            Case.municipality == case.municipality,
            Case.case_class == "complaint",
            Case.incident_id.is_(None),
            Case.opened_at > since,
            Case.opened_at <= now,
            _around(region, area, rule.kilometres),
        )
        .order_by(Case.opened_at.desc())
        .limit(_MOST)
    )
    return {
        _report(region, one, rule): one for one in cases if trouble_of(one.category, one.description) == trouble
    }


def _last_dismissal(
    session: Session, case: Case, trouble: str, area: Area, rule: GatherRule
) -> datetime | None:
    """When a person last said that reports like these are no incident: only later ones count."""
    dismissed = session.scalars(
        select(Incident)
        .where(
            Incident.category == case.category,
            Incident.municipality == case.municipality,
            Incident.trouble == trouble,
            Incident.state == "dismissed",
            Incident.started_at > case.opened_at - timedelta(hours=2 * rule.hours),
        )
        .order_by(Incident.ended_at.desc())
    )
    return next(
        (one.ended_at for one in dismissed if near(area_of_incident(one), area, rule.kilometres)), None
    )


def _around(region: Region, area: Area, kilometres: float) -> ColumnElement[bool]:
    """Reports within twice the distance: near to what is near. Coarse: `gather` looks closely."""
    fits: list[ColumnElement[bool]] = [Case.place.in_(_places_around(region, area, 2 * kilometres))]
    if area.latitude is not None and area.longitude is not None:
        reach = 2 * kilometres / _KILOMETRES_A_DEGREE
        fits.append(
            and_(
                Case.latitude.between(area.latitude - reach, area.latitude + reach),
                # A degree of longitude is shorter the further from the equator; nobody lives beyond 60.
                Case.longitude.between(area.longitude - 2 * reach, area.longitude + 2 * reach),
            )
        )
    return or_(*fits)


def _places_around(region: Region, area: Area, kilometres: float) -> list[str]:
    """The area's place, the places of its ward, and those near its pin."""
    return [
        place.name
        for place in region.places
        if place.name == area.place
        or (area.ward is not None and ward_of(place) == area.ward)
        or (
            area.pin is not None
            and kilometres_between(*area.pin, place.latitude, place.longitude) <= kilometres
        )
    ]


def _report(region: Region, case: Case, rule: GatherRule) -> Report:
    citizen = case.citizen_id
    return Report(
        str(case.id),
        None if citizen is None else str(citizen),
        case.opened_at,
        area_of(region, case.place, case.latitude, case.longitude, rule.kilometres),
    )


__all__ = [
    "UNTOLD",
    "area_of_incident",
    "cases_of_incident",
    "gather_report",
    "known_near",
    "link",
    "tell_all",
    "told_of",
]
