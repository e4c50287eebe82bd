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
            after={"incident": incident.number, "expected_end_at": incident.expected_end_at},
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
