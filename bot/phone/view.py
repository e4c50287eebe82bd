"""A conversation as the bubbles on its phone."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from bot.channels.telegram import callback_data
from crm_store.attachments import SUFFIXES
from crm_store.domain.segments import segments
from crm_store.media_files import path_of
from crm_store.queries.conversations import find_conversation, messages_of
from crm_store.queries.files import FileShown, files_of
from crm_store.tables import Address, Media, Message

SHOWN = 200  # messages, the newest


def conversation(session: Session, channel: str, address: str) -> dict[str, Any]:
    """What the phone shows: messages in their order, and what the assistant is doing.

    Keys: state (none, bot, waiting, agent), opted_out, waiting_seconds (of the oldest unanswered message, or
    null), messages, segments (of all SMS replies).
    """
    row = find_conversation(session, channel, address)
    if row is None:
        return {"state": "none", "opted_out": False, "waiting_seconds": None, "messages": [], "segments": 0}
    owner = session.get_one(Address, row.address_id)
    messages = [m for m in messages_of(session, row.id, limit=SHOWN) if m.status != "suppressed"]
    titles: dict[str, str] = {}
    files = files_of(session, [message.id for message in messages if message.media])
    bubbles = []
    for message in messages:
        bubbles.append(_bubble(message, titles, files.get(message.id, [])))
        for button in message.buttons:
            titles[callback_data(button)] = str(button["title"])
    unanswered = [m.received_at for m in messages if m.direction == "in" and m.status == "received"]
    waiting = (datetime.now(UTC) - min(unanswered)).total_seconds() if unanswered else None
    return {
        "state": row.state,
        "opted_out": owner.opted_out_at is not None,
        "waiting_seconds": max(0, round(waiting)) if waiting is not None else None,
        "messages": bubbles,
        "segments": sum(bubble["segments"] or 0 for bubble in bubbles if bubble["from"] == "us"),
    }


def file_shown(session: Session, media_id: UUID) -> tuple[str, Path, str, str] | None:
    """Channel, path, content type and name of a file that a phone got or sent; None when it is not kept."""
    media = session.get(Media, media_id)
    if media is None or media.message_id is None or media.sha256 is None or media.content_type is None:
        return None
    path = path_of(media.sha256, media.content_type)
    name = media.name or f"phendula{SUFFIXES[media.content_type]}"
    channel = session.get_one(Message, media.message_id).channel
    return (channel, path, media.content_type, name) if path.is_file() else None


def _files(files: list[FileShown]) -> list[dict[str, Any]]:
    return [
        {"id": str(one.media_id), "sort": one.sort, "name": one.name, "kept": one.is_there}
        for one in files
        if one.media_id is not None
    ]


def _bubble(message: Message, titles: dict[str, str], files: list[FileShown]) -> dict[str, Any]:
    inbound = message.direction == "in"
    text = message.body
    if inbound and message.button_payload:
        text = titles.get(message.button_payload, text)
    counted = segments(message.body) if message.channel == "sms" and not inbound else None
    return {
        "id": str(message.id),
        "from": "me" if inbound else "us",
        "person": message.author.removeprefix("agent:") if message.author.startswith("agent:") else None,
        "kind": message.kind,
        "text": text,
        "latitude": message.latitude,
        "longitude": message.longitude,
        "at": (message.received_at if inbound else message.created_at).astimezone(UTC).isoformat(),
        "status": message.status,
        "files": _files(files),
        "buttons": [
            {"title": str(button["title"]), "payload": callback_data(button)}
            for button in (message.buttons if message.channel == "telegram" else [])
        ],
        "encoding": counted.encoding if counted else None,
        "segments": counted.count if counted else None,
        "characters": counted.characters if counted else None,
    }
