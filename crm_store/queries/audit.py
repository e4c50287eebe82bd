"""Who viewed or changed what, newest first: the history by its actors instead of its subjects."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.tables import Case, Event, User

#: Of these the page tells the values; of people and their cases only which fields changed.
TOLD_IN_FULL = frozenset({"user", "setting", "text", "example", "model"})


@dataclass(frozen=True)
class Deed:
    """One event of a member of staff; `subject` is a reference, a username or an id."""

    number: int
    at: datetime
    username: str
    kind: str
    subject_type: str
    subject_id: str
    subject: str
    changes: list[tuple[str, Any, Any]]
    note: str | None


def deeds(
    session: Session,
    *,
    username: str = "",
    subject_type: str = "",
    views: bool | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    within: str | None = None,
    before: int | None = None,
    limit: int = 100,
) -> list[Deed]:
    """What members of staff did and looked at.

    `views`: only views, or all but those; `within`: of users of this municipality; `before`: older than that
    number, for the next page.
    """
    query = select(Event).order_by(Event.id.desc()).limit(limit)
    if username:
        query = query.where(Event.actor == f"agent:{username}")
    else:
        query = query.where(Event.actor.like("agent:%"))
    if within is not None:
        staff = select("agent:" + User.username).where(User.municipality == within)
        query = query.where(Event.actor.in_(staff))
    if subject_type:
        query = query.where(Event.subject_type == subject_type)
    if views is not None:
        query = query.where(Event.kind == "viewed" if views else Event.kind != "viewed")
    if since is not None:
        query = query.where(Event.at >= since)
    if until is not None:
        query = query.where(Event.at < until)
    if before is not None:
        query = query.where(Event.id < before)
    events = session.scalars(query).all()
    names = _names(session, events)
    return [
        Deed(
            event.id,
            event.at,
            event.actor.removeprefix("agent:"),
            event.kind,
            event.subject_type,
            event.subject_id,
            names.get((event.subject_type, event.subject_id), event.subject_id),
            _changes(event),
            event.note if event.subject_type in TOLD_IN_FULL else None,
        )
        for event in events
    ]


def _changes(event: Event) -> list[tuple[str, Any, Any]]:
    before, after = event.before or {}, event.after or {}
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    if event.subject_type not in TOLD_IN_FULL:
        return [(name, None, None) for name in names]
    return [(name, before.get(name), after.get(name)) for name in names]


def _names(session: Session, events: Collection[Event]) -> dict[tuple[str, str], str]:
    """What cases and users are called, by (type, id)."""
    found: dict[tuple[str, str], str] = {}
    cases = {UUID(event.subject_id) for event in events if event.subject_type == "case"}
    for case_id, reference in session.execute(select(Case.id, Case.reference).where(Case.id.in_(cases))):
        found["case", str(case_id)] = reference
    people = {UUID(event.subject_id) for event in events if event.subject_type == "user"}
    for user_id, name in session.execute(select(User.id, User.username).where(User.id.in_(people))):
        found["user", str(user_id)] = name
    return found
