"""Taking a deed back within some minutes, as if it had not been: until then the citizen is not told of it."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from sqlalchemy import delete, func, inspect, select, update
from sqlalchemy.orm import Session

from crm_store.domain.case_deeds import UNDO_WITHIN
from crm_store.domain.cases import Stage, is_open
from crm_store.domain.refusals import Refusal
from crm_store.domain.region import Region
from crm_store.queries.case_versions import changes_since
from crm_store.services.confidence import insist_on_access
from crm_store.services.divisions import unite
from crm_store.services.history import changing
from crm_store.services.holds import lift_hold, place_hold
from crm_store.services.locking import locked
from crm_store.services.splits import merged_into
from crm_store.tables import Case, CasePause, Event, Notice, StaffNotice

#: Deeds that can be taken back: they change the case and nothing that others act on at once.
UNDOABLE = frozenset(
    {"stage_changed", "assigned", "priority_changed", "category_changed", "decided", "merged", "divided"}
)
#: What a deed writes beside its own event, and what the machine may do to a case of these minutes.
_BELONGS = frozenset({"hold_placed", "hold_lifted"})
_BY_ITSELF = frozenset({"incident_linked", "incident_unlinked", "delay_noted"})


class CannotUndo(Refusal):
    """The deed cannot be taken back any more; the message says why."""


def hold_back(session: Session, case: Case, now: datetime) -> None:
    """The citizen hears of what was done just now when it can no longer be undone, not before."""
    session.flush()
    until = now + UNDO_WITHIN
    session.execute(
        update(Notice)
        .where(
            Notice.case_id.in_(_told(session, case)),
            Notice.state == "planned",
            Notice.created_at == now,
            Notice.not_before < until,
        )
        .values(not_before=until)
    )


def deed_to_undo(session: Session, case_id: UUID, now: datetime) -> int | None:
    """The event of what was done to the case just now, if it can be taken back; else None."""
    session.flush()
    return session.scalar(
        select(func.max(Event.id)).where(
            Event.subject_type == "case",
            Event.subject_id == str(case_id),
            Event.kind.in_(UNDOABLE),
            Event.at == now,
        )
    )


def undo_deed(session: Session, region: Region, event_id: int, actor: str, now: datetime) -> Case:
    """Put the case back as it was before the deed; what the citizen was to hear is left unsaid.

    Raises CannotUndo when it is too late, somebody else's, already told, or the case was changed since.
    """
    event = session.get(Event, event_id)
    if event is None or event.subject_type != "case" or event.kind not in UNDOABLE or event.actor != actor:
        raise CannotUndo("not_your_deed", "only your own last deed can be taken back")
    case = locked(session, Case, UUID(event.subject_id))
    insist_on_access(session, region, case, actor)
    if now - event.at > UNDO_WITHIN:
        raise CannotUndo(
            "undo_too_late",
            f"{case.reference}: more than {UNDO_WITHIN.seconds // 60} minutes have passed",
            reference=case.reference,
            minutes=UNDO_WITHIN.seconds // 60,
        )
    later = [one for one in changes_since(session, case.id, event_id) if one.kind not in _BELONGS]
    divided = event.after if event.kind == "divided" else None
    if divided is not None:
        second = changes_since(session, UUID(divided["case_id"]), event_id)
        later += [one for one in second if one.kind not in _BY_ITSELF]
    if later and later[-1].kind == "undone":
        raise CannotUndo(
            "undone_already",
            f"{case.reference} was changed since: it was taken back already",
            reference=case.reference,
        )
    if later:
        raise CannotUndo(
            "changed_since",
            f"{case.reference} was changed since, by {later[-1].actor.removeprefix('agent:')}",
            reference=case.reference,
            user=later[-1].actor.removeprefix("agent:"),
        )
    _leave_unsaid(session, case, event, now)
    note = None
    if divided is not None:
        unite(session, region, case, divided, actor, now)
        note = divided["divided"]
    with changing(session, case, "undone", actor=actor, at=now, note=note, also={"event_id": event.id}):
        for name, value in _fields(event.before or {}).items():
            setattr(case, name, value)
    _put_pauses_back(session, case, event.at)
    if is_open(cast(Stage, case.stage)):
        place_hold(session, case, now)
    else:
        lift_hold(session, case, case.outcome or "withdrawn", actor, now)
    session.execute(
        delete(StaffNotice).where(
            StaffNotice.case_id == case.id,
            StaffNotice.created_at == event.at,
            StaffNotice.sent_at.is_(None),
            StaffNotice.read_at.is_(None),
        )
    )
    return case


def _leave_unsaid(session: Session, case: Case, event: Event, now: datetime) -> None:
    of_deed = (Notice.case_id.in_(_told(session, case)), Notice.created_at == event.at)
    if session.scalar(select(Notice.id).where(*of_deed, Notice.state == "sent").limit(1)):
        raise CannotUndo(
            "told_already", f"{case.reference}: the citizen has been told", reference=case.reference
        )
    session.execute(
        update(Notice)
        .where(*of_deed, Notice.state == "planned")
        .values(state="suppressed", reason="taken back", ended_at=now)
    )


def _told(session: Session, case: Case) -> list[UUID]:
    """The case, and those of whose people a deed done to it is told: merged into it, or split off from it."""
    session.flush()
    split_off = session.scalars(select(Case.id).where(Case.divided_from_id == case.id))
    return [case.id, *(other.id for other in merged_into(session, case)), *split_off]


def _put_pauses_back(session: Session, case: Case, at: datetime) -> None:
    """The clock runs, or stands still, as it did before."""
    session.execute(delete(CasePause).where(CasePause.case_id == case.id, CasePause.paused_at == at))
    session.execute(
        update(CasePause)
        .where(CasePause.case_id == case.id, CasePause.resumed_at == at)
        .values(resumed_at=None)
    )


def _fields(written: dict[str, Any]) -> dict[str, Any]:
    """The fields as an event keeps them, made what the columns hold."""
    columns = inspect(Case).columns
    return {name: _value(columns[name].type.python_type, value) for name, value in written.items()}


def _value(kind: type, value: Any) -> Any:
    if value is None or isinstance(value, kind):
        return value
    if kind is datetime:
        return datetime.fromisoformat(value)
    if hasattr(kind, "fromisoformat"):
        return kind.fromisoformat(value)
    return kind(value)
