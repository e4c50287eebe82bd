"""A conversation as the bubbles on its phone."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm import Session

from bot.channels.telegram import callback_data
from crm_store.domain.segments import segments
from crm_store.queries.conversations import find_conversation, messages_of
from crm_store.tables import Address, Message

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
    bubbles = []
    for message in messages:
        bubbles.append(_bubble(message, titles))
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


def _bubble(message: Message, titles: dict[str, str]) -> dict[str, Any]:
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
        "buttons": [
            {"title": str(button["title"]), "payload": callback_data(button)}
            for button in (message.buttons if message.channel == "telegram" else [])
        ],
        "encoding": counted.encoding if counted else None,
        "segments": counted.count if counted else None,
        "characters": counted.characters if counted else None,
    }
