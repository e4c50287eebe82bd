"""Gathering: each new complaint finds the incident it belongs to, or makes one together with others.

Called in the transaction that opens the case. One lock for each municipality, category and trouble makes
reports that come at the same moment see each other.
"""

from datetime import datetime, timedelta

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
from crm_store.services.incident_cases import (
    BY_NUMBERS,
    area_of_incident,
    known_near,
    link,
    state_of,
    tell_all,
)
from crm_store.tables import Case, Incident

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
    if incident is not None:
        # It may have been ended at this very moment: then whoever ended it did not see this case.
        session.refresh(incident, with_for_update=True)
    if incident is None or incident.state not in ("suggested", "open"):
        return _begin(session, region, case, area, trouble, rule, now)
    link(session, incident, case, BY_NUMBERS, now)
    if incident.state == "suggested" and trouble != UNTOLD:
        _weigh(session, region, incident, rule, case, now)
    return incident


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
    cases = session.scalars(select(Case).where(Case.incident_id == incident.id, Case.opened_at > since))
    recent = [_report(region, case, rule) for case in cases]
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
    since = now - timedelta(hours=rule.hours)
    since = _dismissed_since(session, case, trouble, area, rule, since) or since
    cases = session.scalars(
        select(Case)
        .where(
            Case.category == case.category,
            Case.municipality == case.municipality,
            Case.case_class == "complaint",
            Case.incident_id.is_(None),
            Case.opened_at > since,
            # Reports of one moment may be worked on in another order than they came.
            Case.opened_at < now + timedelta(hours=rule.hours),
            _around(region, area, rule.kilometres),
        )
        .order_by(Case.opened_at.desc())
        .limit(_MOST)
    )
    return {
        _report(region, one, rule): one
        for one in cases
        if trouble_of(one.category, one.description) == trouble
    }


def _dismissed_since(
    session: Session, case: Case, trouble: str, area: Area, rule: GatherRule, since: datetime
) -> datetime | None:
    """When a person last said that reports like these are no incident: only later ones count."""
    dismissed = session.scalars(
        select(Incident)
        .where(
            Incident.category == case.category,
            Incident.municipality == case.municipality,
            Incident.trouble == trouble,
            Incident.state == "dismissed",
            Incident.ended_at > since,
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
