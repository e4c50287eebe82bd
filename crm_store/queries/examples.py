"""The examples as they stand, files and changes together: who brought each, and what a new one would meet."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.example_checks import Findings, findings
from crm_store.domain.examples import Example
from crm_store.example_files import held_out_texts, known_examples
from crm_store.services.examples import as_change, pending_changes
from crm_store.tables import ExampleChange


@dataclass(frozen=True)
class Origin:
    """Who brought an example, and when; not of those that came with the files."""

    actor: str
    at: datetime
    change_id: UUID
    written: bool
    from_live: bool


def all_examples(session: Session, folder: Path) -> tuple[Example, ...]:
    """Every example, in the order of the files, the changed ones last."""
    changes = tuple(as_change(row) for row in pending_changes(session))
    known = known_examples(folder)
    if not changes:
        return known
    now = dict.fromkeys(known)
    for change in changes:
        if change.before is not None:
            now.pop(change.before, None)
        if change.after is not None:
            now[change.after] = None
    return tuple(now)


def example_with(session: Session, folder: Path, key: str) -> Example | None:
    """The example of this key, or None when it was changed meanwhile."""
    return next((one for one in all_examples(session, folder) if one.key == key), None)


def origins(session: Session) -> dict[str, Origin]:
    """Where examples came from, by their key."""
    rows = session.scalars(
        select(ExampleChange)
        .where(ExampleChange.undone_at.is_(None), ExampleChange.after.is_not(None))
        .order_by(ExampleChange.made_at)
    )
    return {
        Example(**row.after).key: Origin(
            row.actor, row.made_at, row.id, row.written_at is not None, row.group_id is not None
        )
        for row in rows
        if row.after
    }


def findings_of(
    session: Session, folder: Path, example: Example, instead_of: Example | None = None
) -> Findings:
    """What the example would meet if it were saved, in place of another one or beside all."""
    others = tuple(one for one in all_examples(session, folder) if one != instead_of)
    return findings(example, others, held_out_texts(folder))
