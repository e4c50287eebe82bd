"""Files beside messages, cases and readings, as the desk shows them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session, aliased

from crm_store.attachments import PDF, PICTURE
from crm_store.domain.retention import kept_until
from crm_store.settings import settings
from crm_store.tables import Case, Media

_OF_CONTENT = {"audio": "recording", "video": "film"}


@dataclass(frozen=True)
class FileShown:
    """One file. `sort`: picture, recording, film, pdf, file, or what a channel calls something not kept.

    `reason`: why it is not kept or not used, in words for staff. `kept_until`: when it will be deleted, or
    was; None of one whose case is open.
    """

    sort: str
    media_id: UUID | None = None
    message_id: UUID | None = None
    state: str = "named"
    content_type: str | None = None
    name: str | None = None
    size_bytes: int | None = None
    reason: str | None = None
    kept_until: datetime | None = None

    @property
    def is_there(self) -> bool:
        """Whether it can be looked at."""
        return self.state in ("stored", "dismissed")


def files_of(session: Session, message_ids: Collection[UUID]) -> dict[UUID, list[FileShown]]:
    """The files of these messages."""
    found: dict[UUID, list[FileShown]] = {}
    if not message_ids:
        return found
    for one in _read(session, Media.message_id.in_(message_ids)):
        if one.message_id is not None:
            found.setdefault(one.message_id, []).append(one)
    return found


def files_of_case(session: Session, case_id: UUID) -> list[FileShown]:
    """The files that belong to the case and are kept, or were until their time was over, the oldest first."""
    return _read(session, (Media.case_id == case_id) & Media.state.in_(("stored", "deleted")))


def files_of_reading(session: Session, reading_id: UUID) -> list[FileShown]:
    """The pictures that belong to the reading and are kept, or were until their time was over."""
    return _read(session, (Media.reading_id == reading_id) & Media.state.in_(("stored", "deleted")))


def _read(session: Session, which: ColumnElement[bool]) -> list[FileShown]:
    case, kept = aliased(Case), aliased(Case)
    rows = session.execute(
        select(Media, kept.closed_at)
        .outerjoin(case, case.id == Media.case_id)
        .outerjoin(kept, kept.id == func.coalesce(case.merged_into_id, case.id))
        .where(which)
        .order_by(Media.created_at, Media.ordinal)
    )
    return [
        FileShown(
            sort=_sort(row),
            media_id=row.id,
            message_id=row.message_id,
            state=row.state,
            content_type=row.content_type,
            name=row.name,
            size_bytes=row.size_bytes,
            reason=row.reason,
            kept_until=row.deleted_at or _kept_until(row, closed_at),
        )
        for row, closed_at in rows
    ]


def _kept_until(row: Media, closed_at: datetime | None) -> datetime | None:
    days = settings().attachment_days
    return kept_until(row.created_at, closed_at, days, of_case=row.case_id is not None)


def _sort(row: Media) -> str:
    if row.content_type in (None, PICTURE):
        return str(row.source.get("sort", "picture")) if row.content_type is None else "picture"
    if row.content_type == PDF:
        return "pdf"
    return _OF_CONTENT.get((row.content_type or "").partition("/")[0], "file")
