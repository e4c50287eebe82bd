"""What was captured at a counter or on the telephone, and what the same person reported before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.scope import Scope
from crm_store.domain.typed_values import read_phone
from crm_store.queries.incidents import told_incident
from crm_store.queries.scope import cases_within
from crm_store.services.captures import conversation_known
from crm_store.tables import Address, Capture, Case, Citizen, Incident, Meter, Notice, Reading

#: An open case of this age may still be what the person means.
LATELY = timedelta(days=30)


@dataclass(frozen=True)
class CapturedForm:
    """One stored form with what it made. `sms`: 'sent' (or planned), 'possible', or None: no number."""

    capture: Capture
    case: Case | None
    reading: Reading | None
    meter: Meter | None
    #: what was stored of the meter, by register where it has several
    shown: list[tuple[str, str]]
    citizen: Citizen | None
    incident: Incident | None
    sms: str | None


def captured_form(
    session: Session, region: Region, scope: Scope, actor: str, key: UUID, now: datetime
) -> CapturedForm | None:
    """The form, for whoever captured it and for those who see its case; None for anybody else."""
    capture = session.get(Capture, key)
    if capture is None:
        return None
    case = session.get(Case, capture.case_id) if capture.case_id else None
    if capture.captured_by != actor and not _in_scope(session, region, scope, case):
        return None
    reading = session.get(Reading, capture.reading_id) if capture.reading_id else None
    named = case if case is not None and not case.anonymous else reading
    citizen = session.get(Citizen, named.citizen_id) if named is not None and named.citizen_id else None
    return CapturedForm(
        capture=capture,
        case=case,
        reading=reading,
        meter=session.get(Meter, reading.meter_id) if reading else None,
        shown=_shown(session, reading) if reading else [],
        citizen=citizen,
        incident=told_incident(session, case.incident_id, now) if case else None,
        sms=_sms(session, case),
    )


def _shown(session: Session, reading: Reading) -> list[tuple[str, str]]:
    """Register and digits of the readings that one form stored: they have its moment."""
    rows = session.execute(
        select(Meter.register, Reading.digits)
        .join(Meter, Meter.id == Reading.meter_id)
        .where(Reading.account_number == reading.account_number, Reading.taken_at == reading.taken_at)
        .order_by(Meter.register)
    )
    return [(row.register, row.digits) for row in rows]


def similar_cases(
    session: Session, region: Region, scope: Scope, citizen_id: UUID, category: str, now: datetime
) -> list[Case]:
    """Open cases of the person, of the same category and not old: perhaps this is one of them."""
    return list(
        session.scalars(
            select(Case)
            .where(
                Case.citizen_id == citizen_id,
                Case.category == category,
                Case.stage.not_in(("resolved", "closed")),
                Case.opened_at > now - LATELY,
                Case.anonymous.is_(False),
                Case.confidential.is_(False),
                *cases_within(scope, region),
            )
            .order_by(Case.opened_at.desc())
            .limit(3)
        )
    )


def owner_of(session: Session, typed: str) -> UUID | None:
    """Whose number it is; None: nobody's yet, or no number."""
    phone = read_phone(typed)
    if phone is None:
        return None
    return session.scalar(
        select(Address.citizen_id)
        .where(Address.address == phone, Address.channel.in_(("sms", "whatsapp")))
        .limit(1)
    )


def _in_scope(session: Session, region: Region, scope: Scope, case: Case | None) -> bool:
    if case is None or case.confidential:
        return False
    within = select(Case.id).where(Case.id == case.id, *cases_within(scope, region))
    return session.scalar(within) is not None


def _sms(session: Session, case: Case | None) -> str | None:
    if case is None:
        return None
    told = session.scalar(
        select(Notice.id)
        .where(Notice.case_id == case.id, Notice.kind.in_(("captured", "incident_known")))
        .limit(1)
    )
    if told is not None:
        return "sent"
    reachable = case.conversation_id is not None or (
        case.citizen_id is not None and conversation_known(session, case.citizen_id)
    )
    return "possible" if reachable and case.case_class != "compliment" else None
