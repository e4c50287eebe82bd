"""What time does to incidents: suggestions age, planned work ends, an expected time goes by."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.services.history import record_event
from crm_store.services.incident_cases import BY_NUMBERS, cases_of_incident, state_of, tell_all, unlink
from crm_store.services.staff_notices import Told, tell_staff
from crm_store.tables import Incident

#: Taken in one transaction at most; the next sweep takes the rest.
_MOST = 200


def age_incidents(session: Session, region: Region, now: datetime) -> int:
    """End what nobody stands behind and nobody reports any more; returns how many.

    A suggestion goes, and its cases go on for themselves. What opened by itself is over without a word to
    anybody: that nobody complains does not prove that it is repaired.
    """
    quiet_since = now - timedelta(hours=region.incidents.quiet_hours)
    aged = _locked(
        session,
        Incident.state.in_(("suggested", "open")),
        Incident.source == "reports",
        Incident.confirmed_by.is_(None),
        Incident.last_report_at < quiet_since,
    )
    for incident in aged:
        before = state_of(incident)
        if incident.state == "suggested":
            for case in cases_of_incident(session, incident):
                unlink(session, case, BY_NUMBERS, now)
        incident.state = "dismissed" if incident.state == "suggested" else "over"
        incident.ended_at = now
        _note(session, incident, "aged", before, now)
    return len(aged)


def end_planned(session: Session, region: Region, now: datetime) -> int:
    """End planned work whose announced end is past, and tell those who wait for it; returns how many."""
    past = _locked(
        session,
        Incident.state == "open",
        Incident.kind == "planned",
        Incident.expected_end_at <= now,
    )
    for incident in past:
        before = state_of(incident)
        incident.state, incident.ended_at = "over", incident.expected_end_at
        _note(session, incident, "over", before, now)
        tell_all(session, region, incident, "incident_over", now, announced=True)
    return len(past)


def remind_of_overdue(session: Session, region: Region, now: datetime) -> int:
    """Remind staff, once, that people were told a time which is past; returns of how many incidents."""
    late = _locked(
        session,
        Incident.state == "open",
        Incident.kind == "outage",
        Incident.expected_end_at < now,
        Incident.overdue_noted_at.is_(None),
    )
    for incident in late:
        incident.overdue_noted_at = now
        told = Told(
            kind="incident_overdue",
            municipality=incident.municipality,
            department=region.municipalities[incident.municipality].handles.get(incident.category),
            to_role="supervisor",
            subject=f"{incident.number}:{incident.expected_end_at}",
            data={"incident": incident.number, "expected_end_at": incident.expected_end_at},
        )
        tell_staff(session, region, [told], now)
    return len(late)


def _locked(session: Session, *which: ColumnElement[bool]) -> Sequence[Incident]:
    """The incidents, locked; those that another worker has in hand are left to it."""
    return session.scalars(
        select(Incident)
        .where(*which)
        .order_by(Incident.number)
        .limit(_MOST)
        .with_for_update(skip_locked=True)
    ).all()


def _note(session: Session, incident: Incident, kind: str, before: dict[str, object], now: datetime) -> None:
    after = state_of(incident)
    record_event(session, "incident", incident.id, kind, actor=BY_NUMBERS, before=before, after=after, at=now)
