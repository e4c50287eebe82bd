"""How far a case is, for whoever holds its reference and shows that it is theirs."""

import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from crm_store.domain.references import read_reference
from crm_store.domain.region import Region
from crm_store.domain.typed_values import read_phone
from crm_store.queries.cases import find_case
from crm_store.settings import settings
from crm_store.tables import Address, Capture, Case, Delay

_CODE_DIGITS = 6


@dataclass(frozen=True)
class PublicCase:
    """What a person is shown of their case. `code`: only when no number stands for them."""

    reference: str
    case_class: str
    category: str
    place: str | None
    municipality: str
    department: str | None
    referred_to: str | None
    stage: str
    emergency: bool
    confidential: bool
    opened_at: datetime
    due_at: datetime | None
    expected_at: datetime | None
    resolved_at: datetime | None
    incident_id: UUID | None
    told_by_sms: bool
    code: str | None


def code_of(reference: str) -> str:
    """Six digits that stand for a person who gave no number; nobody can work them out from the reference."""
    digest = hmac.new(settings().signing_key, f"status:{reference}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(digest[:8]) % 10**_CODE_DIGITS:0{_CODE_DIGITS}}"


def captured(session: Session, key: UUID) -> PublicCase | None:
    """The case of a form that somebody filled in on the web, by the form's key; None: there is none."""
    capture = session.get(Capture, key)
    if capture is None or capture.case_id is None or capture.channel != "web":
        return None
    return public_case(session, session.get_one(Case, capture.case_id))


def public_status(session: Session, region: Region, reference: str, proof: str) -> PublicCase | None:
    """The case when `proof` is a number of its person, or the code of one who gave none; else None.

    A reference that does not exist, another person's and a wrong proof are answered alike.
    """
    read = read_reference(reference, region.letters)
    case = find_case(session, read.digits) if read.kind == "valid" and read.digits else None
    if case is None:
        return None
    digits = "".join(c for c in proof if c.isdigit())
    if not _has_number(session, case):
        return public_case(session, case) if hmac.compare_digest(digits, code_of(case.reference)) else None
    phone = read_phone(proof)
    known = phone is not None and session.scalar(
        select(
            exists().where(
                Address.citizen_id == case.citizen_id,
                Address.address == phone,
                Address.channel.in_(("sms", "whatsapp")),
            )
        )
    )
    return public_case(session, case) if known else None


def public_case(session: Session, case: Case) -> PublicCase:
    """The case as its person is shown it."""
    delay = session.get(Delay, case.id)
    return PublicCase(
        reference=case.reference,
        case_class=case.case_class,
        category=case.category,
        place=case.place,
        municipality=case.municipality,
        department=case.department,
        referred_to=case.referred_to,
        stage=case.stage,
        emergency=case.priority == "emergency",
        confidential=case.confidential,
        opened_at=case.opened_at,
        due_at=case.due_at,
        expected_at=delay.expected_at if delay else None,
        resolved_at=case.resolved_at,
        incident_id=case.incident_id,
        told_by_sms=case.conversation_id is not None,
        code=None if _has_number(session, case) else code_of(case.reference),
    )


def _has_number(session: Session, case: Case) -> bool:
    return case.citizen_id is not None and bool(
        session.scalar(
            select(
                exists().where(
                    Address.citizen_id == case.citizen_id, Address.channel.in_(("sms", "whatsapp"))
                )
            )
        )
    )
