"""The one place that writes events."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import inspect
from sqlalchemy.orm import Session

from crm_store.live import publish
from crm_store.plain import plain
from crm_store.tables import Case, Event

#: Every column of a case but those that say nothing about it.
_FIELDS = tuple(
    column.key for column in inspect(Case).column_attrs if column.key not in ("id", "digits", "updated_at")
)
#: Of these no open page of the desk need hear: looks, and what the machine does to many cases at once.
_UNTOLD = frozenset({"viewed", "citizen_told", "escalated", "delay_noted", "follow_up_due"})


def record_event(
    session: Session,
    subject_type: str,
    subject_id: UUID | str,
    kind: str,
    *,
    actor: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
    note: str | None = None,
    at: datetime | None = None,
) -> Event:
    """Write what happened to the subject: who did it, and how it was before and after."""
    event = Event(
        subject_type=subject_type,
        subject_id=str(subject_id),
        kind=kind,
        actor=actor,
        before=plain(before),
        after=plain(after),
        note=note,
    )
    if at is not None:
        event.at = at
    session.add(event)
    if subject_type == "case" and kind not in _UNTOLD:
        publish(session, f"case:{subject_id}", "cases")
    elif subject_type == "incident":
        publish(session, "overview")
    return event


@contextmanager
def changing(
    session: Session,
    case: Case,
    kind: str,
    *,
    actor: str,
    at: datetime,
    note: str | None = None,
    also: dict[str, Any] | None = None,
) -> Iterator[None]:
    """Write, after the block, one event with every field of the case that the block changed.

    So the history holds the whole case: its events, one laid over the other, are its row. `also` is said
    beside the changed fields (the id of the message that brought them). No change and no note: no event.
    """
    before = case_fields(case)
    yield
    after = case_fields(case)
    changed = [name for name in after if after[name] != before[name]]
    if not changed and note is None:
        return
    record_event(
        session,
        "case",
        case.id,
        kind,
        actor=actor,
        before={name: before[name] for name in changed},
        after={**{name: after[name] for name in changed}, **(also or {})},
        note=note,
        at=at,
    )


def case_fields(case: Case) -> dict[str, Any]:
    """The fields of the case that its history tells, by their names."""
    return {name: getattr(case, name) for name in _FIELDS}
