"""What the municipality's own people are told about a case: on the desk always, by e-mail and SMS if set."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.domain.region import Region, StaffContact
from crm_store.plain import plain
from crm_store.settings import settings
from crm_store.staff_texts import AboutCase, line, mail
from crm_store.tables import Case, StaffNotice, User, new_id

#: The step that is loud enough for a telephone.
BY_SMS = "municipal_manager"
_TRIED_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Told:
    """One matter for one role of a department, or for one user, about a case (or about none)."""

    kind: str
    municipality: str
    department: str | None
    to_role: str = ""
    to_user: str = ""
    case_id: UUID | None = None
    step: int = 0
    subject: str = ""
    data: dict[str, Any] | None = None


def tell_staff(session: Session, region: Region, told: Iterable[Told], now: datetime) -> None:
    """Write the notices: a line on the desk each, an e-mail where there is an address and SMTP is set up.

    The municipal manager hears by SMS too where a number is configured. What was told to the same one before
    is not told again.
    """
    ways = _Ways(session, region)
    rows = [row for one in told for row in ways.rows(one, now)]
    if rows:
        session.flush()
        session.connection().execute(
            insert(StaffNotice).on_conflict_do_nothing(constraint="uq_staff_notices_once"), rows
        )


def owner_of(region: Region, case: Case, kind: str, **more: Any) -> Told:
    """A notice for whoever works on the case; nobody does: for its department's supervisor."""
    role = "" if case.assignee else supervising(region, case, "supervisor")
    return Told(
        kind=kind,
        municipality=case.municipality,
        department=case.department,
        to_role=role,
        to_user=case.assignee or "",
        case_id=case.id,
        **more,
    )


def for_role(region: Region, case: Case, kind: str, role: str, **more: Any) -> Told:
    """A notice for that role of the case's department; a confidential case: for a role that may see it."""
    return Told(
        kind=kind,
        municipality=case.municipality,
        department=case.department,
        to_role=supervising(region, case, role),
        case_id=case.id,
        **more,
    )


def supervising(region: Region, case: Case, role: str) -> str:
    """The role that is told in place of `role`: nobody hears of a confidential case who may not see it."""
    allowed = region.confidential.roles
    return role if not case.confidential or role in allowed else allowed[-1]


class _Ways:
    """By which ways a role or user is reached; each is looked up once."""

    def __init__(self, session: Session, region: Region) -> None:
        self.region = region
        self.by_email, self.by_sms = settings().smtp_host is not None, not settings().sandbox("sms")
        self.users = {user.username: user for user in session.scalars(select(User))}

    def rows(self, told: Told, now: datetime) -> list[dict[str, Any]]:
        common = {
            "case_id": told.case_id,
            "kind": told.kind,
            "step": told.step,
            "subject": told.subject,
            "municipality": told.municipality,
            "department": told.department,
            "data": plain(told.data or {}),
            "created_at": now,
        }
        rows = [self._row(common, told, "desk", told.to_user, None)]
        for user, contact in self._contacts(told):
            if contact.email and self.by_email:
                rows.append(self._row(common, told, "email", user, contact.email))
            if contact.phone and self.by_sms and told.to_role == BY_SMS:
                rows.append(self._row(common, told, "sms", user, contact.phone))
        return rows

    @staticmethod
    def _row(
        common: dict[str, Any], told: Told, channel: str, user: str, address: str | None
    ) -> dict[str, Any]:
        return {
            "id": new_id(),
            **common,
            "to_role": told.to_role,
            "to_user": user,
            "channel": channel,
            "address": address,
        }

    def _contacts(self, told: Told) -> list[tuple[str, StaffContact]]:
        if told.to_user:
            user = self.users.get(told.to_user)
            return [(told.to_user, StaffContact(email=user.email, phone=user.phone))] if user else []
        found = [
            (user.username, StaffContact(email=user.email, phone=user.phone))
            for user in self.users.values()
            if user.role == told.to_role
            and user.municipality in (None, told.municipality)
            and user.department in (None, told.department)
        ]
        municipality = self.region.municipalities[told.municipality]
        department = municipality.departments.get(told.department or "")
        for staff in (department.staff if department else {}, municipality.staff):
            if told.to_role in staff:
                return [*found, ("", staff[told.to_role])]
        if told.to_role == "supervisor" and department and department.email and not found:
            return [("", StaffContact(email=department.email))]
        return found


@dataclass(frozen=True)
class ToSend:
    """One notice that goes out by e-mail or SMS."""

    notice_id: UUID
    channel: str
    address: str
    subject: str
    body: str
    line: str


def unsent(session: Session, region: Region, limit: int = 200) -> list[ToSend]:
    """What is still to be sent, oldest first: in the user's language, else in the department's for staff."""
    spoken = {user.username: user.language for user in session.scalars(select(User))}
    rows = session.execute(
        select(StaffNotice, Case)
        .join(Case, Case.id == StaffNotice.case_id, isouter=True)
        .where(StaffNotice.channel != "desk", StaffNotice.sent_at.is_(None), StaffNotice.error.is_(None))
        .order_by(StaffNotice.created_at, StaffNotice.case_id, StaffNotice.step)
        .limit(limit)
    ).all()
    found = []
    for notice, case in rows:
        about = about_case(case) if case else None
        language = spoken.get(notice.to_user) or _staff_language(region, notice)
        subject, body = mail(notice.kind, notice.data, about, language, region, settings().public_url)
        told = line(notice.kind, notice.data, about, language, region)
        found.append(ToSend(notice.id, notice.channel, notice.address or "", subject, body, told))
    return found


def _staff_language(region: Region, notice: StaffNotice) -> str:
    """For an address that is no user's."""
    municipality = region.municipalities.get(notice.municipality)
    if municipality is None:
        return "en"
    department = municipality.departments.get(notice.department or "")
    return (department.staff_language if department else None) or municipality.staff_language


def note_sent(session: Session, notice_id: UUID, now: datetime) -> None:
    """It went out."""
    session.get_one(StaffNotice, notice_id).sent_at = now


def note_unsent(session: Session, notice_id: UUID, why: str, now: datetime, *, again: bool) -> None:
    """It did not go out: it is tried `again` for a day, then the error stands and the desk shows it."""
    notice = session.get_one(StaffNotice, notice_id)
    if not again or now - notice.created_at > _TRIED_FOR:
        notice.error = why


def mark_read(session: Session, notice_ids: Iterable[UUID], mine: ColumnElement[bool], now: datetime) -> int:
    """These notices were read; `mine`: which of all are the reader's. What is told to a role is read for all
    who have it. Returns how many were unread.
    """
    read = session.scalars(
        update(StaffNotice)
        .where(StaffNotice.id.in_(list(notice_ids)), StaffNotice.read_at.is_(None), mine)
        .values(read_at=now)
        .returning(StaffNotice.id)
    )
    return len(read.all())


def about_case(case: Case) -> AboutCase:
    """What staff notices may say of the case."""
    return AboutCase(
        reference=case.reference,
        case_class=case.case_class,
        category=case.category,
        municipality=case.municipality,
        department=case.department,
        confidential=case.confidential,
    )
