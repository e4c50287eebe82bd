"""Examples added, changed and taken out: kept here, beside the files, until they are written into them.

The files may be read-only, and several people work at once; so the store holds what was changed, training
learns from both (`merged_files`), and `write_into_files` puts it into the files as one change.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.example_text import Change
from crm_store.domain.examples import Example
from crm_store.example_files import changed_files, read_files, write_files
from crm_store.tables import ExampleChange, new_id


class ChangeRefused(ValueError):
    """The change cannot be made, or not be undone, any more; the message says why."""


@dataclass(frozen=True)
class Written:
    """What came into the files: their names, and how many changes."""

    files: tuple[str, ...]
    changes: int


def change_example(
    session: Session,
    before: Example | None,
    after: Example | None,
    actor: str,
    now: datetime,
    group_id: UUID | None = None,
) -> ExampleChange:
    """Add (before: None), take out (after: None) or replace an example."""
    if before is None and after is None:
        raise ValueError("a change has something before or after it")
    row = ExampleChange(
        id=new_id(), before=_stored(before), after=_stored(after), actor=actor, made_at=now, group_id=group_id
    )
    session.add(row)
    session.flush()
    return row


def undo_change(session: Session, change_id: UUID, actor: str, now: datetime) -> None:
    """As if the change had not been made; one that stands in the files is taken back by its opposite.

    Raises ChangeRefused when it was undone before.
    """
    row = session.get(ExampleChange, change_id, with_for_update=True)
    if row is None or row.undone_at is not None:
        raise ChangeRefused("this change was undone before")
    if row.written_at is None:
        row.undone_at = now
        return
    change_example(session, _example(row.after), _example(row.before), actor, now)


def pending_changes(session: Session, *, lock: bool = False) -> Sequence[ExampleChange]:
    """What the files do not hold yet, in order."""
    query = (
        select(ExampleChange)
        .where(ExampleChange.undone_at.is_(None), ExampleChange.written_at.is_(None))
        .order_by(ExampleChange.made_at, ExampleChange.id)
    )
    return session.scalars(query.with_for_update() if lock else query).all()


def as_change(row: ExampleChange) -> Change:
    """The row as the files' rules take it."""
    return Change(_example(row.before), _example(row.after))


def merged_files(session: Session, folder: Path) -> dict[str, str]:
    """The files of examples as they would be with everything written: what training learns from.

    Raises FileNotUnderstood.
    """
    files = read_files(folder)
    return files | changed_files(files, map(as_change, pending_changes(session)))


def write_into_files(session: Session, folder: Path, now: datetime) -> Written:
    """Write what is pending into the files, each at once and whole; a crash leaves it to the next time.

    Raises FileNotUnderstood, then nothing is written; OSError where the files are read-only.
    """
    rows = pending_changes(session, lock=True)
    files = changed_files(read_files(folder), map(as_change, rows))
    write_files(folder, files)
    for row in rows:
        row.written_at = now
    return Written(tuple(sorted(files)), len(rows))


def _stored(example: Example | None) -> dict[str, Any] | None:
    return asdict(example) if example else None


def _example(stored: dict[str, Any] | None) -> Example | None:
    return Example(**stored) if stored else None
