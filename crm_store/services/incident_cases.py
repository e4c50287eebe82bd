"""An incident and its cases: which it covers, how they are linked, and what their citizens are told."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.incidents import Area, current, near
from crm_store.domain.notices import NoticeKind
from crm_store.domain.region import Region
from crm_store.services.history import changing, record_event
from crm_store.services.notices import plan_notice
from crm_store.tables import Case, Incident

BY_NUMBERS = "system"


def known_near(
    session: Session,
    category: str,
    municipality: str,
    trouble: str | None,
    area: Area,
    kilometres: float,
    now: datetime,
) -> Incident | None:
    """The open incident there, else the suggested one, of several the newest; `trouble` None: any."""
    there = _near(session, category, municipality, trouble, area, kilometres)
    fit = [one for one in there if one.state == "suggested" or is_current(one, now)]
    return max(fit, key=lambda one: (one.state == "open", one.started_at), default=None)


def planned_ahead(
    session: Session,
    category: str,
    municipality: str,
    trouble: str | None,
    area: Area,
    kilometres: float,
    now: datetime,
) -> Incident | None:
    """The next work that is announced for there and has not begun."""
    there = _near(session, category, municipality, trouble, area, kilometres)
    ahead = [one for one in there if one.kind == "planned" and one.started_at > now]
    return min(ahead, key=lambda one: one.started_at, default=None)


def is_current(incident: Incident, now: datetime) -> bool:
    """True while people may be told that it is so."""
    return current(incident.state, incident.started_at, incident.expected_end_at, incident.kind, now)


def _near(
    session: Session, category: str, municipality: str, trouble: str | None, area: Area, kilometres: float
) -> list[Incident]:
    session.flush()
    found = session.scalars(
        select(Incident).where(
            Incident.category == category,
            Incident.municipality == municipality,
            Incident.state.in_(("suggested", "open")),
        )
    )
    return [
        one
        for one in found
        if trouble in (None, one.trouble) and near(area_of_incident(one), area, kilometres)
    ]


def area_of_incident(incident: Incident) -> Area:
    """Where the incident is."""
    return Area(incident.place, incident.ward, incident.latitude, incident.longitude)


def link(session: Session, incident: Incident, case: Case, actor: str, now: datetime) -> None:
    """Make the case one of the incident's."""
    if case.incident_id == incident.id:
        return
    with changing(session, case, "incident_linked", actor=actor, at=now):
        case.incident_id = incident.id
    if incident.last_report_at is None or incident.last_report_at < case.opened_at:
        incident.last_report_at = case.opened_at


def unlink(session: Session, case: Case, actor: str, now: datetime) -> None:
    """Take the case from its incident, if it has one."""
    with changing(session, case, "incident_unlinked", actor=actor, at=now):
        case.incident_id = None


def tell_all(
    session: Session,
    region: Region,
    incident: Incident,
    kind: NoticeKind,
    now: datetime,
    *,
    but: Case | None = None,
    only: Case | None = None,
    announced: bool = False,
) -> int:
    """Plan a notice (incident_known, incident_over) for each open case of the incident; returns how many.

    `but`: not for this case; `only`: for no other; `announced`: over by its announced end alone.
    """
    told = 0
    for case in [only] if only is not None else cases_of_incident(session, incident):
        if case.stage in ("resolved", "closed") or case is but:
            continue
        record_event(
            session,
            "case",
            case.id,
            kind,
            actor=BY_NUMBERS,
            note=f"incident {incident.number}",
            at=now,
        )
        said = {**told_of(incident), "announced": announced or None}
        plan_notice(session, region, case, kind, now, **said)
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
        session.scalars(select(Case).where(Case.incident_id == incident.id).order_by(Case.opened_at, Case.id))
    )


def state_of(incident: Incident) -> dict[str, Any]:
    """What an event keeps of an incident."""
    names = ("state", "kind", "category", "trouble", "municipality", "place", "ward", "latitude")
    more = ("longitude", "title", "started_at", "expected_end_at", "ended_at", "confirmed_by", "confidence")
    return {name: getattr(incident, name) for name in (*names, *more)}
