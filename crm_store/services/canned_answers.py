"""Answers that are ready: written, changed and retired; each change is an event."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_store.domain.chats import PLACEHOLDERS, unknown_placeholders
from crm_store.domain.region import Region
from crm_store.domain.segments import is_gsm, segments
from crm_store.services.history import record_event
from crm_store.services.inbox import storable
from crm_store.services.locking import locked
from crm_store.tables import CannedAnswer, new_id

LONGEST_TITLE = 40
MOST_SEGMENTS = 2
_FIELDS = ("title", "text_en", "text_zu", "municipality", "position", "retired_at")


class AnswerRefused(ValueError):
    """The answer cannot be kept as it is; `faults` names each field and what to do about it."""

    def __init__(self, faults: dict[str, str]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{field}: {fault}" for field, fault in faults.items()))


def write_answer(
    session: Session,
    region: Region,
    *,
    title: str,
    text_en: str,
    text_zu: str,
    actor: str,
    now: datetime,
    municipality: str | None = None,
    position: int = 0,
    answer_id: UUID | None = None,
) -> CannedAnswer:
    """Add an answer, or change the one of `answer_id`; raises AnswerRefused."""
    values: dict[str, Any] = {
        "title": storable(title.strip()),
        "text_en": storable(text_en.strip()),
        "text_zu": storable(text_zu.strip()),
        "municipality": municipality or None,
        "position": position,
    }
    if faults := _faults(session, region, values, answer_id):
        raise AnswerRefused(faults)
    before: dict[str, Any] | None = None
    if answer_id is None:
        row = CannedAnswer(id=new_id(), **values)
        session.add(row)
    else:
        row = locked(session, CannedAnswer, answer_id)
        before = {name: getattr(row, name) for name in _FIELDS}
        for name, value in values.items():
            setattr(row, name, value)
    session.flush()
    record_event(
        session, "text", row.id, "canned_answer_written", actor=actor, before=before, after=values, at=now
    )
    return row


def retire_answer(session: Session, answer_id: UUID, retired: bool, actor: str, now: datetime) -> None:
    """No longer offer the answer, or offer it again; raises AnswerRefused when its title is taken by now."""
    row = locked(session, CannedAnswer, answer_id)
    if (row.retired_at is not None) == retired:
        return
    if not retired and _same_title(session, row.title, row.municipality, row.id):
        raise AnswerRefused({"title": "another answer has this title now"})
    before, row.retired_at = row.retired_at, now if retired else None
    record_event(
        session,
        "text",
        row.id,
        "canned_answer_retired" if retired else "canned_answer_restored",
        actor=actor,
        before={"retired_at": before},
        after={"retired_at": row.retired_at},
        at=now,
    )


def canned_answers(
    session: Session, municipality: str | None = None, *, of_all: bool = False, retired: bool = False
) -> list[CannedAnswer]:
    """The answers for chats of the municipality: its own and everybody's; `of_all`: every municipality's."""
    query = select(CannedAnswer).order_by(CannedAnswer.position, CannedAnswer.title)
    if not retired:
        query = query.where(CannedAnswer.retired_at.is_(None))
    if not of_all:
        query = query.where(
            or_(CannedAnswer.municipality.is_(None), CannedAnswer.municipality == municipality)
        )
    return list(session.scalars(query))


def _faults(
    session: Session, region: Region, values: dict[str, Any], answer_id: UUID | None
) -> dict[str, str]:
    faults: dict[str, str] = {}
    if not 1 <= len(values["title"]) <= LONGEST_TITLE:
        faults["title"] = f"give it a title of at most {LONGEST_TITLE} characters"
    elif _same_title(session, values["title"], values["municipality"], answer_id):
        faults["title"] = "another answer has this title"
    for field in ("text_en", "text_zu"):
        if fault := _fault_of_text(values[field]):
            faults[field] = fault
    if values["municipality"] is not None and values["municipality"] not in region.municipalities:
        faults["municipality"] = "there is no such municipality"
    return faults


def _fault_of_text(text: str) -> str | None:
    if not text:
        return "write the answer in this language, too"
    if unknown := unknown_placeholders(text):
        known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
        return f"{{{unknown[0]}}} is not known; there are {known}"
    if odd := sorted({character for character in text if not is_gsm(character)}):
        return f"{' '.join(odd)} would make every SMS of it twice as dear: write it without"
    if segments(text).count > MOST_SEGMENTS:
        return f"it is more than {MOST_SEGMENTS} SMS long"
    return None


def _same_title(session: Session, title: str, municipality: str | None, but: UUID | None) -> bool:
    query = select(CannedAnswer.id).where(
        CannedAnswer.title == title,
        CannedAnswer.municipality.is_not_distinct_from(municipality),
        CannedAnswer.retired_at.is_(None),
    )
    if but is not None:
        query = query.where(CannedAnswer.id != but)
    return session.scalar(query.limit(1)) is not None
