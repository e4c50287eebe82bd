"""Files of a message that comes in: noted, and their fetching asked for."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.tables import Media, new_id

_OF_TELEGRAM = {
    "photo": "picture", "voice": "recording", "audio": "recording", "video": "film", "video_note": "film",
    "document": "file",
}  # fmt: skip
_OF_CONTENT = {"image": "picture", "audio": "recording", "video": "film"}


def sort_of(item: Mapping[str, Any]) -> str | None:
    """What a provider's medium calls itself: picture, recording, film or file; None: it is not kept.

    What it is its content tells, once it is here.
    """
    if item.get("file_id"):
        sort = _OF_TELEGRAM.get(str(item.get("type")))
        own = str(item.get("mime_type", "")).lower().partition("/")[0]
        return _OF_CONTENT.get(own, sort) if sort == "file" else sort
    if not (item.get("url") or item.get("upload")):
        return None
    return _OF_CONTENT.get(str(item.get("content_type", "")).lower().partition("/")[0], "file")


def is_picture(item: Mapping[str, Any]) -> bool:
    """Whether a provider's medium calls itself a picture."""
    return sort_of(item) == "picture"


def ask_for_media(session: Session, message_id: UUID, media: list[dict[str, Any]]) -> None:
    """Note the message's files and ask for their fetching, in the transaction that stores the message."""
    for ordinal, item in enumerate(media):
        if (sort := sort_of(item)) is None:
            continue
        source = {name: item[name] for name in ("url", "file_id", "upload") if item.get(name)}
        row = Media(
            id=new_id(), message_id=message_id, ordinal=ordinal, source={**source, "sort": sort},
            name=item.get("name"),
        )  # fmt: skip
        session.add(row)
        session.flush()
        queue.defer(session, "fetch_media", media_id=str(row.id))
