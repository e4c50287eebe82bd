"""Pictures that came with messages: kept or refused, and put beside what they show."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.media_files import drop_file
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.services.notices import plan_account_notice
from crm_store.tables import Conversation, Media, Message

#: A picture and a reading of one person this near to each other belong together.
NEAR = timedelta(hours=2)
_LINK = """
UPDATE media SET
    reading_id = (
        SELECT readings.id FROM readings JOIN messages sent ON sent.id = readings.source_message_id
        WHERE sent.conversation_id = messages.conversation_id
          AND readings.state IN ('accepted', 'flagged')
          AND readings.taken_at BETWEEN media.created_at - CAST(:near AS interval)
                                    AND media.created_at + CAST(:near AS interval)
        ORDER BY (sent.id = messages.id) DESC, abs(extract(epoch FROM readings.taken_at - media.created_at))
        LIMIT 1),
    case_id = (SELECT cases.id FROM cases WHERE cases.source_message_id = messages.id
               ORDER BY cases.source_ordinal LIMIT 1)
FROM messages
WHERE messages.id = media.message_id AND media.state = 'stored'
  AND media.reading_id IS NULL AND media.case_id IS NULL
  AND media.created_at > CAST(:now AS timestamptz) - CAST(:near AS interval)
RETURNING media.reading_id, media.case_id
"""


@dataclass(frozen=True)
class MediaToFetch:
    """A picture that waits to be fetched from its channel's provider."""

    media_id: UUID
    channel: str
    source: dict[str, Any]


def media_to_fetch(session: Session, media_id: UUID) -> MediaToFetch | None:
    """The picture, or None when it was fetched or refused before."""
    row = session.get(Media, media_id)
    if row is None or row.state != "waiting":
        return None
    return MediaToFetch(row.id, session.get_one(Message, row.message_id).channel, row.source)


def keep_media(
    session: Session, media_id: UUID, sha256: str, content_type: str, size_bytes: int, now: datetime
) -> None:
    """The picture's file is written: note it. Again changes nothing."""
    row = locked(session, Media, media_id)
    if row.state != "waiting":
        return
    row.state, row.stored_at = "stored", now
    row.sha256, row.content_type, row.size_bytes = sha256, content_type, size_bytes


def refuse_media(
    session: Session, region: Region, media_id: UUID, reason: str, now: datetime, *, tell: bool = True
) -> None:
    """The picture cannot be kept; `tell` its sender to write instead."""
    row = locked(session, Media, media_id)
    if row.state != "waiting":
        return
    row.state, row.reason = "refused", reason
    if tell:
        _tell(session, region, row, now)


def dismiss_media(
    session: Session, region: Region, media_id: UUID, reason: str, actor: str, now: datetime
) -> None:
    """A person looked at the picture and cannot use it; its sender is told why and asked to write."""
    row = locked(session, Media, media_id)
    if row.state != "stored":
        return
    row.state, row.reason = "dismissed", reason
    message = session.get_one(Message, row.message_id)
    record_event(
        session, "conversation", message.conversation_id, "photo_dismissed", actor=actor, note=reason,
        after={"media_id": row.id}, at=now,
    )  # fmt: skip
    _tell(session, region, row, now, reason=reason)


def _tell(session: Session, region: Region, row: Media, now: datetime, **said: str) -> None:
    conversation_id = session.get_one(Message, row.message_id).conversation_id
    plan_account_notice(session, region, conversation_id, "photo_refused", f"media:{row.id}", now, **said)


def link_media(session: Session, now: datetime) -> int:
    """Put pictures beside the reading sent with them or near them, or the case that their message opened.

    In whichever order they came; returns how many found their place.
    """
    session.flush()
    rows = session.execute(text(_LINK), {"near": NEAR, "now": now}).all()
    session.expire_all()
    return sum(row.reading_id is not None or row.case_id is not None for row in rows)


def erase_media(session: Session, conversation_ids: list[UUID]) -> int:
    """Forget the pictures of these conversations; a file that nobody else sent is removed."""
    rows = session.scalars(
        select(Media)
        .join(Message, Message.id == Media.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Conversation.id.in_(conversation_ids), Media.state != "erased")
    ).all()
    for row in rows:
        sha256, row.sha256 = row.sha256, None
        row.state, row.source, row.reason = "erased", {}, None
        session.flush()
        if sha256 and not session.scalar(select(func.count()).where(Media.sha256 == sha256)):
            drop_file(sha256)
    return len(rows)
