"""What staff are told, as the desk shows it: a user's own lines and those of their role."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.scope import Scope
from crm_store.services.staff_notices import about_case
from crm_store.staff_texts import line
from crm_store.tables import Case, StaffNotice


@dataclass(frozen=True)
class StaffLine:
    """One notice: `reference` of the case it is about, `conversation_id` of the chat, None of neither."""

    notice_id: UUID
    kind: str
    at: datetime
    words: str
    reference: str | None
    conversation_id: str | None
    personal: bool
    read_at: datetime | None


def staff_lines(
    session: Session,
    region: Region,
    username: str,
    role: str,
    scope: Scope,
    *,
    language: str,
    unread: bool = True,
    limit: int = 100,
) -> list[StaffLine]:
    """What the user is told, in their language, the newest first."""
    query = (
        select(StaffNotice, Case)
        .join(Case, Case.id == StaffNotice.case_id, isouter=True)
        .where(told_to(username, role, scope))
        .order_by(StaffNotice.created_at.desc(), StaffNotice.id)
        .limit(limit)
    )
    if unread:
        query = query.where(StaffNotice.read_at.is_(None))
    return [
        StaffLine(
            notice_id=notice.id,
            kind=notice.kind,
            at=notice.created_at,
            words=line(notice.kind, notice.data, about_case(case) if case else None, language, region),
            reference=case.reference if case else None,
            conversation_id=notice.data.get("conversation_id"),
            personal=bool(notice.to_user),
            read_at=notice.read_at,
        )
        for notice, case in session.execute(query)
    ]


def count_unread(session: Session, username: str, role: str, scope: Scope) -> int:
    """How many lines the user has not read."""
    query = select(func.count()).select_from(StaffNotice).where(told_to(username, role, scope))
    return session.scalar(query.where(StaffNotice.read_at.is_(None))) or 0


def told_to(username: str, role: str, scope: Scope) -> ColumnElement[bool]:
    """Notices on the desk of this user: their own, and those for their role where they work."""
    for_role = [StaffNotice.to_role == role, StaffNotice.to_user == ""]
    if scope.municipality is not None:
        for_role.append(StaffNotice.municipality == scope.municipality)
    if scope.departments:
        wanted = StaffNotice.department.in_(sorted(scope.departments))
        for_role.append(or_(StaffNotice.department.is_(None), wanted))
    return and_(StaffNotice.channel == "desk", or_(StaffNotice.to_user == username, and_(*for_role)))
