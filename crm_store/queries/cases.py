"""Cases read: a citizen's own, one in full, many for a list or an export."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from rapidfuzz.distance import OSA
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from crm_store.domain.references import digits_of, read_reference
from crm_store.domain.region import Region
from crm_store.plain import plain
from crm_store.tables import Address, Case, Citizen, Event, Message

CLOSED_STAGES = ("resolved", "closed")

#: The columns of an export, in order: one row a case, nothing about one case in another's row.
EXPORT_COLUMNS = (
    *("reference", "class", "category", "priority", "stage", "municipality", "department", "referred_to"),
    *("place", "location_text", "latitude", "longitude", "description", "reason", "account_number"),
    *("meter_number", "disputed_amount", "reading", "period", "person", "language", "channel"),
    *("opened_at", "first_response_due_at", "due_at", "resolved_at", "closed_at", "updated_at"),
)
#: Typing errors between a written reference and one of the person's own that we still take for a slip.
_NEAR = 2


@dataclass(frozen=True)
class CaseLookup:
    """`case` when found or suggested. Another person's reference is 'not_found', as if never given."""

    kind: Literal["found", "not_found", "typing_error", "suggestion"]
    case: Case | None = None


def cases_of(session: Session, citizen_id: UUID, limit: int = 5, *, open_only: bool = False) -> list[Case]:
    """The citizen's cases, newest first."""
    query = select(Case).where(Case.citizen_id == citizen_id)
    if open_only:
        query = query.where(Case.stage.not_in(CLOSED_STAGES))
    return list(session.scalars(query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(limit)))


def count_cases_of(session: Session, citizen_id: UUID, *, open_only: bool = False) -> int:
    """How many cases the citizen has."""
    query = select(func.count()).select_from(Case).where(Case.citizen_id == citizen_id)
    if open_only:
        query = query.where(Case.stage.not_in(CLOSED_STAGES))
    return session.scalar(query) or 0


def find_own_case(session: Session, region: Region, citizen_id: UUID, written: str) -> CaseLookup:
    """The citizen's own case of the reference in the text, read forgivingly.

    Other people's cases are never looked at, so nothing in the answer tells whether a reference exists. A
    reference that is nearly one of the citizen's own gives that one as a suggestion.
    """
    own = {
        row.digits: row.id
        for row in session.execute(
            select(Case.digits, Case.id).where(Case.citizen_id == citizen_id).order_by(Case.opened_at)
        )
    }
    read = read_reference(written, region.letters)
    if read.kind == "none" or read.digits is None:
        return CaseLookup("not_found")
    if read.digits in own:
        return CaseLookup("found", session.get_one(Case, own[read.digits]))
    distances = {digits: OSA.distance(read.digits, digits, score_cutoff=_NEAR) for digits in own}
    nearest = min(distances, key=lambda digits: distances[digits], default=None)
    if nearest is not None and distances[nearest] <= _NEAR:
        return CaseLookup("suggestion", session.get_one(Case, own[nearest]))
    return CaseLookup("typing_error" if read.kind == "typing_error" else "not_found")


def case_json(session: Session, reference: str) -> dict[str, Any] | None:
    """The whole case as JSON, its citizen, source message and events included; None without one."""
    case = session.scalar(select(Case).where(Case.digits == digits_of(reference)))
    if case is None:
        return None
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id else None
    addresses = (
        session.scalars(
            select(Address).where(Address.citizen_id == citizen.id).order_by(Address.created_at)
        ).all()
        if citizen
        else []
    )
    source = session.get(Message, case.source_message_id) if case.source_message_id else None
    events = session.scalars(
        select(Event).where(Event.subject_type == "case", Event.subject_id == str(case.id)).order_by(Event.id)
    )
    shown: dict[str, Any] = plain(
        {
            "id": case.id,
            **{column: _value(case, column) for column in EXPORT_COLUMNS},
            "conversation_id": case.conversation_id,
            "citizen": {
                "id": citizen.id,
                "name": citizen.name,
                "language": citizen.language,
                "addresses": [{"channel": row.channel, "address": row.address} for row in addresses],
            }
            if citizen
            else None,
            "source_message": {"id": source.id, "body": source.body, "received_at": source.received_at}
            if source
            else None,
            "events": [event_json(event) for event in events],
        }
    )
    return shown


def event_json(event: Event) -> dict[str, Any]:
    """One event as JSON."""
    return {
        "id": event.id,
        "kind": event.kind,
        "actor": event.actor,
        "at": event.at.isoformat(),
        "before": event.before,
        "after": event.after,
        "note": event.note,
    }


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    """Which cases: every field that is given must fit. `overdue_at`: open and due before that time."""

    municipality: str | None = None
    department: str | None = None
    category: str | None = None
    case_class: str | None = None
    stage: str | None = None
    citizen_id: UUID | None = None
    open_only: bool = False
    overdue_at: datetime | None = None
    opened_from: datetime | None = None
    opened_before: datetime | None = None


def list_cases(
    session: Session, which: CaseFilter | None = None, *, limit: int = 100, after: Case | None = None
) -> list[Case]:
    """Cases, newest first; `after`: the last of the page before (pages stay whole while cases come in)."""
    query = _chosen(which or CaseFilter()).order_by(Case.opened_at.desc(), Case.id.desc())
    if after is not None:
        query = query.where(
            (Case.opened_at < after.opened_at) | ((Case.opened_at == after.opened_at) & (Case.id < after.id))
        )
    return list(session.scalars(query.limit(limit)))


def export_cases(session: Session, which: CaseFilter | None = None) -> Iterator[dict[str, Any]]:
    """One row a case, oldest first, with the columns of EXPORT_COLUMNS; few are held in memory at a time."""
    query = _chosen(which or CaseFilter()).order_by(Case.opened_at, Case.id)
    for case in session.scalars(query.execution_options(yield_per=1000)):
        yield plain({column: _value(case, column) for column in EXPORT_COLUMNS})
        session.expunge(case)


def _value(case: Case, column: str) -> Any:
    return getattr(case, "case_class" if column == "class" else column)


def _chosen(which: CaseFilter) -> Select[Case]:
    query = select(Case)
    for column, value in (
        (Case.municipality, which.municipality),
        (Case.department, which.department),
        (Case.category, which.category),
        (Case.case_class, which.case_class),
        (Case.stage, which.stage),
        (Case.citizen_id, which.citizen_id),
    ):
        if value is not None:
            query = query.where(column == value)
    if which.open_only or which.overdue_at is not None:
        query = query.where(Case.stage.not_in(CLOSED_STAGES))
    if which.overdue_at is not None:
        query = query.where(Case.due_at < which.overdue_at)
    if which.opened_from is not None:
        query = query.where(Case.opened_at >= which.opened_from)
    if which.opened_before is not None:
        query = query.where(Case.opened_at < which.opened_before)
    return query
