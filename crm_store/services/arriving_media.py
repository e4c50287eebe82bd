"""Pictures of a message that comes in: noted, and their fetching asked for."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.tables import Media, new_id


def is_picture(item: dict[str, Any]) -> bool:
    """Whether a provider's medium calls itself a picture; what it is its content tells, once it is here."""
    if item.get("file_id"):
        return item.get("type") == "photo" or str(item.get("mime_type", "")).startswith("image/")
    return bool(item.get("url")) and str(item.get("content_type", "")).lower().startswith("image/")


def ask_for_media(session: Session, message_id: UUID, media: list[dict[str, Any]]) -> None:
    """Note the message's pictures and ask for their fetching, in the transaction that stores the message."""
    for ordinal, item in enumerate(media):
        if is_picture(item):
            source = {name: item[name] for name in ("url", "file_id") if item.get(name)}
            row = Media(id=new_id(), message_id=message_id, ordinal=ordinal, source=source)
            session.add(row)
            session.flush()
            queue.defer(session, "fetch_media", media_id=str(row.id))
