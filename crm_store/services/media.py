"""Files that came with messages or go out with them: kept or refused, and put beside what they belong to."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from sqlalchemy import and_, func, or_, select, text
from sqlalchemy.orm import Session

from crm_store.attachments import Attachment
from crm_store.domain.cases import Stage, is_open
from crm_store.domain.notices import AccountNoticeKind
from crm_store.domain.region import Region
from crm_store.live import publish
from crm_store.media_files import drop_file
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.services.notices import plan_account_notice
from crm_store.tables import Case, Conversation, Media, Message, new_id

#: A picture and a reading of one person this near to each other belong together.
NEAR = timedelta(hours=2)
_LINK = """
UPDATE media SET
    reading_id = (
        SELECT readings.id FROM readings JOIN messages sent ON sent.id = readings.source_message_id
        WHERE sent.conversation_id = messages.conversation_id
          AND media.content_type = 'image/jpeg'
          AND readings.state IN ('accepted', 'flagged')
          AND readings.taken_at BETWEEN media.created_at - CAST(:near AS interval)
                                    AND media.created_at + CAST(:near AS interval)
        -- of several in one message it stands beside one that a person looks at
        ORDER BY (sent.id = messages.id) DESC, (sent.id = messages.id AND readings.state = 'flagged') DESC,
                 abs(extract(epoch FROM readings.taken_at - media.created_at))
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
    """A file that waits to be fetched from its channel's provider."""

    media_id: UUID
    channel: str
    source: dict[str, Any]
    name: str | None


def media_to_fetch(session: Session, media_id: UUID) -> MediaToFetch | None:
    """The file, or None when it was fetched or refused before."""
    row = session.get(Media, media_id)
    if row is None or row.state != "waiting":
        return None
    return MediaToFetch(row.id, session.get_one(Message, row.message_id).channel, row.source, row.name)


def keep_media(session: Session, media_id: UUID, sha256: str, file: Attachment, now: datetime) -> None:
    """The file is written: note it. Again changes nothing; of one that was forgotten meanwhile none stays."""
    row = locked(session, Media, media_id)
    if row.state != "waiting":
        _drop_unless_used(session, sha256, file.content_type)
        return
    row.state, row.stored_at, row.name = "stored", now, file.name
    row.sha256, row.content_type, row.size_bytes = sha256, file.content_type, len(file.content)
    _tell_chat(session, row)
    conversation_id = _conversation_of(session, row)
    # While staff answer, what comes belongs to what they speak of with the person.
    if conversation_id and session.get_one(Conversation, conversation_id).state == "agent":
        case = open_case_of(session, conversation_id)
        if case is not None and row.message_id is not None:
            put_to_case(session, row.message_id, case, now)


def attach(session: Session, message_id: UUID, sha256: str, file: Attachment, now: datetime) -> None:
    """Put the file, which is written, to a message of ours."""
    session.add(
        Media(
            id=new_id(), message_id=message_id, ordinal=0, source={}, state="stored", sha256=sha256,
            content_type=file.content_type, name=file.name, size_bytes=len(file.content), stored_at=now,
        )
    )  # fmt: skip


@dataclass(frozen=True)
class FileToSend:
    """A file that goes out with a message of ours."""

    media_id: UUID
    sha256: str
    content_type: str
    name: str | None


def file_of(session: Session, message_id: UUID) -> FileToSend | None:
    """The file of a message of ours, None when it has none (any more)."""
    row = session.scalar(
        select(Media).where(Media.message_id == message_id, Media.state == "stored").limit(1)
    )
    return _to_send(row) if row is not None else None


def file_to_give_out(session: Session, media_id: UUID) -> FileToSend | None:
    """A file that a provider fetches from us: of a message of ours; None of all others."""
    row = session.get(Media, media_id)
    message = session.get(Message, row.message_id) if row is not None and row.message_id else None
    if row is None or message is None or message.direction != "out" or row.state != "stored":
        return None
    return _to_send(row)


def _to_send(row: Media) -> FileToSend | None:
    if row.sha256 is None:
        return None
    return FileToSend(row.id, row.sha256, row.content_type or "image/jpeg", row.name)


def open_case_of(session: Session, conversation_id: UUID) -> Case | None:
    """The case that the person has open and wrote of last, to which a file of theirs belongs.

    None of an anonymous report: a voice and a face tell who it was.
    """
    last = session.get_one(Conversation, conversation_id).last_case_id
    case = session.get(Case, last) if last else None
    takes = case is not None and not case.anonymous and is_open(cast(Stage, case.stage))
    return case if takes else None


def put_to_case(session: Session, message_id: UUID, case: Case, now: datetime) -> bool:
    """Put the files of the message to the case; False when it has none. Again changes nothing."""
    rows = session.scalars(
        select(Media).where(Media.message_id == message_id, Media.reading_id.is_(None))
    ).all()
    fresh = [row for row in rows if row.case_id is None]
    for row in fresh:
        row.case_id = case.id
    if fresh:
        record_event(
            session, "case", case.id, "file_added", actor="citizen", after={"message_id": message_id}, at=now
        )
    return bool(rows)


def refuse_media(
    session: Session, region: Region, media_id: UUID, reason: str, now: datetime, *, tell: bool = True
) -> None:
    """The file cannot be kept; `tell` its sender to write instead."""
    row = locked(session, Media, media_id)
    if row.state != "waiting":
        return
    row.state, row.reason = "refused", reason
    _tell_chat(session, row)
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
    if conversation_id is None:
        return
    was_picture = row.source.get("sort", "picture") == "picture"
    kind: AccountNoticeKind = "photo_refused" if was_picture else "file_refused"
    plan_account_notice(session, region, conversation_id, kind, f"media:{row.id}", now, **said)


def _tell_chat(session: Session, row: Media) -> None:
    """The open page of the chat shows the file now, or why there is none."""
    conversation = session.get(Conversation, _conversation_of(session, row))
    if conversation is not None and conversation.state != "bot":
        publish(session, f"words:{conversation.id}")


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
    """Forget the files of these conversations and cases; one that nobody else sent is removed."""
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
        forget_file(session, row, "erased")
    return len(rows)


def forget_file(session: Session, row: Media, state: str) -> None:
    """Remove the file, unless somebody else sent the same, and all that came with it but its kind."""
    sha256, row.sha256 = row.sha256, None
    row.state, row.source, row.reason, row.name = state, {}, None, None
    session.flush()
    if sha256:
        _drop_unless_used(session, sha256, row.content_type)


def _drop_unless_used(session: Session, sha256: str, content_type: str | None) -> None:
    if not session.scalar(select(func.count()).where(Media.sha256 == sha256)):
        drop_file(sha256, content_type)
