"""Pictures that came with messages: kept or refused, and put beside what they show."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.media_files import drop_file
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.services.notices import plan_account_notice
from crm_store.tables import Case, Media, Message, new_id

#: A picture and a reading of one person this near to each other belong together.
NEAR = timedelta(hours=2)
#: So long a provider may fetch a picture of ours: it does within seconds, and again while it retries.
GIVEN_OUT = timedelta(days=2)
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
WHERE messages.id = media.message_id AND messages.direction = 'in' AND media.state = 'stored'
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


def attach_picture(
    session: Session, message_id: UUID, sha256: str, content_type: str, size_bytes: int, now: datetime
) -> None:
    """Put the picture, whose file is written, to a message of ours."""
    session.add(
        Media(
            message_id=message_id, ordinal=0, source={}, state="stored", sha256=sha256,
            content_type=content_type, size_bytes=size_bytes, stored_at=now,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class PictureToSend:
    """A picture that goes out with a message of ours."""

    media_id: UUID
    sha256: str
    content_type: str


def picture_of(session: Session, message_id: UUID) -> PictureToSend | None:
    """The picture of a message of ours, None when it has none (any more)."""
    row = session.scalar(
        select(Media).where(Media.message_id == message_id, Media.state == "stored").limit(1)
    )
    if row is None or row.sha256 is None:
        return None
    return PictureToSend(row.id, row.sha256, row.content_type or "image/jpeg")


def picture_to_give_out(session: Session, media_id: UUID, now: datetime) -> PictureToSend | None:
    """A picture that a provider fetches from us: of a message of ours, of the last two days; else None."""
    row = session.get(Media, media_id)
    message = session.get(Message, row.message_id) if row is not None else None
    if row is None or message is None or message.direction != "out" or row.state != "stored":
        return None
    if row.sha256 is None or message.created_at < now - GIVEN_OUT:
        return None
    return PictureToSend(row.id, row.sha256, row.content_type or "image/jpeg")


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
    conversation_id = _conversation_of(session, row)
    subject = ("case", row.case_id) if conversation_id is None else ("conversation", conversation_id)
    record_event(
        session, subject[0], str(subject[1]), "photo_dismissed", actor=actor, note=reason,
        after={"media_id": row.id}, at=now,
    )  # fmt: skip
    _tell(session, region, row, now, reason=reason)


def _tell(session: Session, region: Region, row: Media, now: datetime, **said: str) -> None:
    conversation_id = _conversation_of(session, row)
    if conversation_id is not None:
        plan_account_notice(session, region, conversation_id, "photo_refused", f"media:{row.id}", now, **said)


def _conversation_of(session: Session, row: Media) -> UUID | None:
    """Whom to tell of the picture; nobody when it came with a form that named no number."""
    if row.message_id is not None:
        return session.get_one(Message, row.message_id).conversation_id
    return session.get_one(Case, row.case_id).conversation_id


def link_media(session: Session, now: datetime) -> int:
    """Put pictures beside the reading sent with them or near them, or the case that their message opened.

    In whichever order they came; returns how many found their place.
    """
    session.flush()
    rows = session.execute(text(_LINK), {"near": NEAR, "now": now}).all()
    session.expire_all()
    return sum(row.reading_id is not None or row.case_id is not None for row in rows)


def keep_form_picture(
    session: Session, case: Case, sha256: str, content_type: str, size_bytes: int, now: datetime
) -> None:
    """A picture came with the form that made the case; its file is written."""
    session.add(
        Media(
            id=new_id(), case_id=case.id, ordinal=0, source={}, state="stored", stored_at=now, created_at=now,
            sha256=sha256, content_type=content_type, size_bytes=size_bytes,
        )
    )  # fmt: skip


def erase_media(session: Session, conversation_ids: Sequence[UUID], case_ids: Sequence[UUID] = ()) -> int:
    """Forget the pictures of these conversations and cases; a file that nobody else sent is removed."""
    rows = session.scalars(
        select(Media)
        .outerjoin(Message, Message.id == Media.message_id)
        .where(
            or_(
                Message.conversation_id.in_(conversation_ids),
                and_(Media.message_id.is_(None), Media.case_id.in_(case_ids)),
            ),
            Media.state != "erased",
        )
    ).all()
    for row in rows:
        sha256, row.sha256 = row.sha256, None
        row.state, row.source, row.reason = "erased", {}, None
        session.flush()
        if sha256 and not session.scalar(select(func.count()).where(Media.sha256 == sha256)):
            drop_file(sha256)
    return len(rows)
