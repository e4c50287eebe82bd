"""Planned work: announced ahead by the desk or a file, told to whoever reports or asks meanwhile."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.places import Gazetteer
from crm_store.domain.refusals import Refusal
from crm_store.domain.region import Region
from crm_store.services.history import record_event
from crm_store.services.incident_cases import state_of
from crm_store.services.incidents import (
    IncidentRefused,
    NewIncident,
    incident_numbered,
    open_incident,
    update_incident,
)
from crm_store.tables import Incident

COLUMNS = (
    *("id", "category", "trouble", "place", "ward", "starts_at", "ends_at"),
    *("title_en", "title_zu"),
)
#: The others may be blank or left out; one of place and ward must be there.
REQUIRED = ("category", "starts_at", "ends_at")
_USUAL_TROUBLE = {"water": "outage", "electricity": "outage"}
_TIMES = ("%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%d/%m/%Y %H:%M")


class PlannedFileError(Refusal):
    """The file as a whole cannot be read; the message says why."""


@dataclass
class PlannedResult:
    """How many rows were new, changed, as before; and those left out: line, field, reason."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    rejected: list[tuple[int, str, Refusal]] = field(default_factory=list)


class _BadField(Refusal):
    def __init__(self, field: str, code: str, english: str, **values: object) -> None:
        super().__init__(code, english, **values)
        self.field = field


def import_planned(session: Session, region: Region, path: Path, actor: str, now: datetime) -> PlannedResult:
    """Take in a CSV file of planned work; again with the same file changes nothing.

    The same work is known again by its `id`, or without one by category, place or ward and beginning. Rows
    with faults are named and left out, all others are taken. Raises PlannedFileError.
    """
    result = PlannedResult()
    places = Gazetteer(region)
    for line, row in _rows(path):
        try:
            new = _read(region, places, row)
            outcome = _take(session, region, new, actor, now)
        except _BadField as fault:
            result.rejected.append((line, fault.field, fault))
        except IncidentRefused as refusal:
            result.rejected.append((line, "(row)", refusal))
        else:
            setattr(result, outcome, getattr(result, outcome) + 1)
    return result


def cancel_planned(
    session: Session, number: int, actor: str, now: datetime, why: str | None = None
) -> Incident:
    """The work does not take place: nobody is told of it any more. Raises IncidentNotFound, IncidentRefused
    for work that has begun (end it) or an outage.
    """
    incident = incident_numbered(session, number)
    if incident.state == "dismissed":
        return incident
    if incident.kind != "planned" or incident.state != "open" or incident.started_at <= now:
        raise IncidentRefused(
            "planned_begun", f"incident {number} is no planned work still to come: end it instead"
        )
    before = state_of(incident)
    incident.state, incident.ended_at = "dismissed", now
    record_event(
        session,
        *("incident", incident.id, "cancelled"),
        actor=actor,
        before=before,
        after=state_of(incident),
        note=why,
        at=now,
    )
    return incident


def _take(session: Session, region: Region, new: NewIncident, actor: str, now: datetime) -> str:
    there = session.scalar(select(Incident).where(Incident.source_key == new.source_key))
    if there is None:
        open_incident(session, region, new, actor, now)
        return "added"
    if there.state != "open":
        return "unchanged"  # cancelled or over here: the file is not asked again
    if there.started_at != new.started_at:
        raise _BadField(
            "starts_at",
            "begins_otherwise",
            f"work {there.number} begins at another time; cancel it first",
            number=there.number,
        )
    before = state_of(there)
    update_incident(
        session,
        region,
        there.number,
        actor,
        now,
        expected_end_at=new.expected_end_at,
        title=new.title,
    )
    return "unchanged" if state_of(there) == before else "changed"


def _read(region: Region, places: Gazetteer, row: dict[str, str]) -> NewIncident:
    for name in REQUIRED:
        if not row[name]:
            raise _BadField(name, "missing", "is missing")
    category = row["category"].lower()
    trouble = row["trouble"].lower() or _USUAL_TROUBLE.get(category, "other")
    place = None
    if row["place"]:
        found = places.find(row["place"])
        if found is None:
            raise _BadField(
                "place",
                "no_place",
                f"'{row['place'][:40]}' is not in the municipality file",
                place=row["place"][:40],
            )
        place = found.place.name
    title: dict[str, Any] | None = {"en": row["title_en"], "zu": row["title_zu"]}
    starts_at, ends_at = (_time(region, name, row[name]) for name in ("starts_at", "ends_at"))
    where = place or row["ward"].upper()
    return NewIncident(
        category=category,
        trouble=trouble,
        started_at=starts_at,
        expected_end_at=ends_at,
        place=place,
        ward=row["ward"].upper() or None if place is None else None,
        title=title if row["title_en"] or row["title_zu"] else None,
        kind="planned",
        source="file",
        source_key=row["id"] or f"{category}|{where}|{starts_at.isoformat()}",
    )


def _time(region: Region, name: str, written: str) -> datetime:
    for form in (None, *_TIMES):
        try:
            moment = datetime.fromisoformat(written) if form is None else datetime.strptime(written, form)  # noqa: DTZ007
        except ValueError:
            continue
        if form is None and len(written) <= len("2026-11-24"):
            break  # a day alone says no hour
        return (moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(region.timezone))).astimezone(UTC)
    raise _BadField(name, "no_time", f"'{written[:40]}' is not a time such as 2026-11-24 08:00")


def _rows(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    try:
        text = path.read_text(encoding="utf-8-sig", errors="replace").replace("\0", "")
    except OSError as error:
        raise PlannedFileError("file_unreadable", f"{path} cannot be read: {error.strerror}") from error
    first = text.partition("\n")[0]
    reader = csv.reader(text.splitlines(keepends=True), delimiter=max(",;\t", key=first.count))
    names = [name.strip().lower() for name in next(reader, [])]
    missing = [name for name in REQUIRED if name not in names]
    if missing or not {"place", "ward"} & set(names):
        lacking = ", ".join(missing) or "place or ward"
        raise PlannedFileError(
            "file_columns",
            f"{path} lacks the columns {lacking}; its first line must name {', '.join(COLUMNS)}",
            lacking=lacking,
            columns=", ".join(COLUMNS),
        )
    for row in reader:
        given = dict(zip(names, row, strict=False))
        if any(cell.strip() for cell in row):
            yield reader.line_num, {name: given.get(name, "").strip() for name in COLUMNS}
