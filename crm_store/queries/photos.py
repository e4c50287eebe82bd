"""Pictures beside readings, and those that nobody has looked at yet."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from crm_store.media_files import path_of
from crm_store.pictures import CONTENT_TYPE
from crm_store.tables import Account, Address, CitizenAccount, Conversation, Media, Message


@dataclass(frozen=True)
class PhotoToRead:
    """A picture that belongs to no reading and no case: perhaps of a meter."""

    media_id: UUID
    sent_at: datetime
    channel: str
    address: str
    words: str
    path: Path


def photos_to_read(
    session: Session, limit: int = 100, *, municipality: str | None = None, media_id: UUID | None = None
) -> list[PhotoToRead]:
    """Kept pictures that belong to nothing and were not dismissed, oldest first; or the one of `media_id`.

    `municipality`: only of people with an account there, or with none that we know.
    """
    session.flush()
    query = (
        select(Media, Message, Address.address)
        .join(Message, Message.id == Media.message_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .join(Address, Address.id == Conversation.address_id)
        .where(Media.state == "stored", Media.reading_id.is_(None), Media.case_id.is_(None))
        .where(Media.content_type == CONTENT_TYPE)
        .where(Message.sealed.is_(False))
        .order_by(Media.created_at)
        .limit(limit)
    )
    if media_id is not None:
        query = query.where(Media.id == media_id)
    if municipality is not None:
        accounts = (
            select(Account.municipality)
            .join(CitizenAccount, CitizenAccount.account_number == Account.account_number)
            .where(CitizenAccount.citizen_id == Address.citizen_id)
        )
        query = query.where(
            or_(~accounts.exists(), accounts.where(Account.municipality == municipality).exists())
        )
    rows = session.execute(query)
    return [
        PhotoToRead(
            row.id, message.received_at, message.channel, address, message.body, path_of(row.sha256 or "")
        )
        for row, message, address in rows
    ]


def photos_of(session: Session, reading_ids: Collection[UUID]) -> dict[UUID, list[Path]]:
    """The files of the pictures that belong to these readings."""
    found: dict[UUID, list[Path]] = {}
    rows = session.scalars(
        select(Media).where(Media.reading_id.in_(reading_ids), Media.sha256.is_not(None)).order_by(Media.id)
    )
    for row in rows:
        if row.reading_id and row.sha256:
            found.setdefault(row.reading_id, []).append(path_of(row.sha256))
    return found
