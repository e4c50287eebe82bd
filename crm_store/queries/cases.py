"""Cases read: a citizen's own, one in full, many for a list or an export."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID

from rapidfuzz.distance import OSA
from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, aliased

from crm_store.domain.references import digits_of, read_reference
from crm_store.domain.region import Region
from crm_store.plain import plain
from crm_store.queries.case_filter import CLOSED_STAGES, CaseFilter, Reader, chosen
from crm_store.queries.files import files_of_case
from crm_store.queries.notices import notices_of
from crm_store.tables import Address, Case, Citizen, Event, Message

#: The columns of an export, in order: one row a case, nothing about one case in another's row.
EXPORT_COLUMNS = (
    *("reference", "class", "category", "priority", "stage", "municipality", "department", "referred_to"),
    *("place", "location_text", "latitude", "longitude", "description", "reason", "account_number"),
    *("meter_number", "disputed_amount", "reading", "period", "person", "language", "channel"),
    *("opened_at", "first_response_due_at", "due_at", "resolved_at", "closed_at", "updated_at"),
)
#: What `case show` tells beside these.
MORE_COLUMNS = (
    *("assignee", "acknowledged_at", "first_responded_at", "escalation_step", "next_step_at", "question"),
    *("referral_state", "referral_count", "referred_by", "follow_up_on", "resolution", "resolved_by"),
    *("outcome", "outcome_reason", "outcome_amount", "confidential", "anonymous", "incident_id"),
    *("merged_into_id", "divided_from_id"),
)
#: What could lead to the writer of an anonymous report.
_IDENTITY = frozenset(
    {"citizen_id", "conversation_id", "source_message_id", "message_id", "account_number", "meter_number"}
    | {"latitude", "longitude", "channel", "language"}
)
#: In its history also the words as they were before the writer's number was taken out of them.
_IDENTITY_IN_EVENTS = _IDENTITY | {"description", "reason"}
#: Typing errors between a written reference and one of the person's own that we still take for a slip.
_NEAR = 2


@dataclass(frozen=True)
class CaseLookup:
    """`case` when found or suggested. Another person's reference is 'not_found', as if never given."""

    kind: Literal["found", "not_found", "typing_error", "suggestion"]
    case: Case | None = None


def cases_of(session: Session, citizen_id: UUID, limit: int = 5, *, open_only: bool = False) -> list[Case]:
    """The citizen's cases, newest first; of those that were merged only the one that is kept."""
    query = _own(select(Case), citizen_id, open_only)
    return list(session.scalars(query.order_by(Case.opened_at.desc(), Case.id.desc()).limit(limit)))


def standing_of(session: Session, case: Case) -> Case:
    """The case whose progress this one's person is told: the one that it was merged into, else itself."""
    return session.get_one(Case, case.merged_into_id) if case.merged_into_id else case


def count_cases_of(session: Session, citizen_id: UUID, *, open_only: bool = False) -> int:
    """How many cases the citizen has."""
    return session.scalar(_own(select(func.count(Case.id)), citizen_id, open_only)) or 0


def _own(query: Select[Any], citizen_id: UUID, open_only: bool) -> Select[Any]:
    kept = aliased(Case)
    query = query.outerjoin(kept, kept.id == Case.merged_into_id).where(
        Case.citizen_id == citizen_id, kept.citizen_id.is_distinct_from(citizen_id)
    )
    # What was merged into another's case is as open as that one.
    return query.where(func.coalesce(kept.stage, Case.stage).not_in(CLOSED_STAGES)) if open_only else query


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


class Confidential(PermissionError):
    """The case is confidential, and it was not asked for as one who may see it."""


def find_case(session: Session, reference: str) -> Case | None:
    """The case of the reference (dashes, spaces and case do not matter), or None."""
    return session.scalar(select(Case).where(Case.digits == digits_of(reference)))


def case_json(session: Session, reference: str, *, confidential: bool = False) -> dict[str, Any] | None:
    """The whole case as JSON, its citizen, source message and events included; None without one.

    Raises Confidential unless `confidential` ones are asked for (by somebody who may see them: the caller
    looks at that). Of an anonymous one nothing leads to its writer.
    """
    case = find_case(session, reference)
    if case is None:
        return None
    if case.confidential and not confidential:
        raise Confidential(f"{case.reference} is confidential")
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id and not case.anonymous else None
    addresses = (
        session.scalars(
            select(Address).where(Address.citizen_id == citizen.id).order_by(Address.created_at)
        ).all()
        if citizen
        else []
    )
    told_by = None if case.anonymous else case.source_message_id
    source = session.get(Message, told_by) if told_by else None
    events = session.scalars(
        select(Event).where(Event.subject_type == "case", Event.subject_id == str(case.id)).order_by(Event.id)
    )
    shown: dict[str, Any] = plain(
        {
            "id": case.id,
            **{column: _value(case, column) for column in EXPORT_COLUMNS},
            **{column: _value(case, column) for column in MORE_COLUMNS},
            "conversation_id": None if case.anonymous else case.conversation_id,
            "reporter": "anonymous" if case.anonymous else "known" if citizen else "unknown",
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
            # Not by the name that their sender gave them: it may be theirs.
            "files": [
                {"id": one.media_id, "kind": one.sort, "state": one.state, "kept_until": one.kept_until}
                for one in files_of_case(session, case.id)
            ],
            "notices": notices_of(session, case.id),
            "events": [event_json(event, anonymous=case.anonymous) for event in events],
        }
    )
    return shown


def event_json(event: Event, *, anonymous: bool = False) -> dict[str, Any]:
    """One event as JSON; of an `anonymous` case without what leads to its writer."""

    def shown(fields: dict[str, Any] | None) -> dict[str, Any] | None:
        if fields is None or not anonymous:
            return fields
        return {name: value for name, value in fields.items() if name not in _IDENTITY_IN_EVENTS}

    return {
        "id": event.id,
        "kind": event.kind,
        "actor": event.actor,
        "at": event.at.isoformat(),
        "before": shown(event.before),
        "after": shown(event.after),
        "note": event.note,
    }


def list_cases(
    session: Session, which: CaseFilter | None = None, *, limit: int = 100, after: Case | None = None
) -> list[Case]:
    """Cases, newest first; `after`: the last of the page before (pages stay whole while cases come in)."""
    query = chosen(session, which or CaseFilter()).order_by(Case.opened_at.desc(), Case.id.desc())
    if after is not None:
        query = query.where(
            (Case.opened_at < after.opened_at) | ((Case.opened_at == after.opened_at) & (Case.id < after.id))
        )
    return list(session.scalars(query.limit(limit)))


def confidential_cases(session: Session, which: CaseFilter) -> list[Case]:
    """The confidential ones among the cases: who reads them is written down."""
    return list(session.scalars(chosen(session, which).where(Case.confidential)))


def export_cases(
    session: Session, which: CaseFilter | None = None, reader: Reader | None = None
) -> Iterator[dict[str, Any]]:
    """One row a case, oldest first, with the columns of EXPORT_COLUMNS; few are held in memory at a time.

    Of a `reader` only what they may see, and nothing confidential: a file is read on many screens.
    """
    query = chosen(session, which or CaseFilter(), reader)
    if reader is not None:
        query = query.where(Case.confidential.is_(False))
    query = query.order_by(Case.opened_at, Case.id)
    for case in session.scalars(query.execution_options(yield_per=1000)):
        yield plain({column: _value(case, column) for column in EXPORT_COLUMNS})
        session.expunge(case)


def _value(case: Case, column: str) -> Any:
    if case.anonymous and column in _IDENTITY:
        return None
    return getattr(case, "case_class" if column == "class" else column)
