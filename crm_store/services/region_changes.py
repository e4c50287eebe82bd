"""The desk changes the municipalities' data: over the file, checked like the file, undone in one step."""

from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.region_file import RegionFile
from crm_store.domain.region_overlay import (
    Change,
    RegionRefused,
    laid_over,
    topic_of,
    value_at,
    with_change,
)
from crm_store.plain import plain
from crm_store.queries.region_changes import as_changes, changes_in_force, last_change_of
from crm_store.tables import Case, RegionChange, User

LONGEST_REASON = 300
#: any number, the same in every process: changes are made one after the other, each on the one before
_LOCK = 7_436_337_202


class ChangedMeanwhile(ValueError):
    """Somebody else changed the same part since it was read; the message says who and when."""


class CannotUndo(ValueError):
    """The change cannot be taken back; the message says why."""


def change_region(
    session: Session,
    file: RegionFile,
    way: str,
    value: Any,
    actor: str,
    now: datetime,
    *,
    why: str | None = None,
    seen: int | None = None,
) -> RegionChange | None:
    """Put `value` (None: nothing) at the way; None when it stands there already.

    `seen`: the number of the part's last change when its editor read it (0: none). Raises RegionRefused with
    the field that is wrong, ChangedMeanwhile.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    last = last_change_of(session, way)
    if seen is not None and last is not None and last.number != seen:
        raise ChangedMeanwhile(f"{last.actor.removeprefix('agent:')} changed this at {last.at:%H:%M}")
    return _change(session, file, way, value, actor, now, why=why)


def preview_change(session: Session, file: RegionFile, way: str, value: Any) -> tuple[Region, Region]:
    """The region as it is and as it would be; raises RegionRefused."""
    lying = as_changes(changes_in_force(session))
    before = with_change(file.data, lying, Change(way, value_at(laid_over(file.data, lying), way)))
    return before, with_change(file.data, lying, Change(way, plain(value)))


def undo_change(
    session: Session, file: RegionFile, number: int, actor: str, now: datetime
) -> RegionChange | None:
    """What stood before the change stands again, by a change of its own; twice undone is done again.

    Raises CannotUndo for one that is not its part's last, or whose former state does not fit any more.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    undone = session.get(RegionChange, number)
    if undone is None:
        raise CannotUndo(f"there is no change {number}")
    last = last_change_of(session, undone.way)
    if last is None or last.number != number:
        raise CannotUndo(f"{undone.way} was changed again since: undo that change first")
    try:
        return _change(session, file, undone.way, undone.before, actor, now, undoes=number)
    except RegionRefused as refusal:
        raise CannotUndo(f"what stood before does not fit any more: {refusal}") from None


def fold_changes(session: Session, file: RegionFile, actor: str, now: datetime) -> list[str]:
    """Changes that the file says by now lie over it no more; returns their ways.

    So that later edits of these parts in the file count.
    """
    session.execute(select(func.pg_advisory_xact_lock(_LOCK)))
    folded = []
    for row in changes_in_force(session):
        if plain(value_at(file.data, row.way)) == row.after:
            session.add(
                RegionChange(
                    way=row.way, before=row.after, after=row.after, as_file=True, actor=actor, at=now
                )
            )
            folded.append(row.way)
    session.flush()
    return folded


def _insist_unused(session: Session, way: str) -> None:
    """A department in which cases or people are cannot go away: they would be nowhere."""
    keys = way.split(".")
    if len(keys) != 4 or keys[2] != "departments":
        return
    code, department = keys[1], keys[3]
    for table in (Case, User):
        there = select(table.id).where(table.municipality == code, table.department == department)
        if session.scalar(there.limit(1)) is not None:
            raise RegionRefused([("", "there are cases or people in this department")])


def _change(
    session: Session,
    file: RegionFile,
    way: str,
    value: Any,
    actor: str,
    now: datetime,
    *,
    why: str | None = None,
    undoes: int | None = None,
) -> RegionChange | None:
    if topic_of(way) is None:
        raise RegionRefused([(way, "cannot be changed at the desk: it stands in the municipality file")])
    lying = as_changes(changes_in_force(session))
    value, before = plain(value), plain(value_at(laid_over(file.data, lying), way))
    if value == before:
        return None
    with_change(file.data, lying, Change(way, value))
    if value is None:
        _insist_unused(session, way)
    row = RegionChange(
        way=way,
        before=before,
        after=value,
        as_file=value == plain(value_at(file.data, way)),
        actor=actor,
        why=" ".join((why or "").split())[:LONGEST_REASON] or None,
        undoes=undoes,
        at=now,
    )
    session.add(row)
    session.flush()
    return row
