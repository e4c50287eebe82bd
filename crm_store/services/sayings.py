"""What the assistant says by itself in a chat, outside of a turn: its text is made here, and goes at once."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.domain.chats import may_write_freely
from crm_store.domain.languages import FIRST_LANGUAGE
from crm_store.domain.region import Region
from crm_store.domain.rendering import show
from crm_store.domain.segments import segments
from crm_store.live import publish
from crm_store.plain import plain
from crm_store.services.inbox import storable
from crm_store.tables import Address, Conversation, Message, new_id
from crm_store.texts import render


def say_key(
    session: Session,
    region: Region,
    conversation: Conversation,
    key: str,
    values: Mapping[str, Any],
    now: datetime,
) -> UUID | None:
    """Store the text of `key` for the person and ask for its delivery; returns the message's id.

    None, and nothing is said, to who opted out and where WhatsApp takes no free text any more.
    """
    address = session.get_one(Address, conversation.address_id)
    if address.opted_out_at is not None:
        return None
    if not may_write_freely(address.channel, conversation.last_inbound_at, now):
        return None
    language = conversation.language or FIRST_LANGUAGE
    rendered = render(key, language, values, region)
    buttons = [(button.title, button.payload) for button in rendered.buttons]
    shown = show(address.channel, rendered.text, buttons)
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        direction="out",
        channel=address.channel,
        body=storable(shown.body),
        author="system",
        response_key=key,
        response_values=plain(storable(dict(values))),
        buttons=storable(shown.choices),
        language=language,
        status="stored",
        segments=segments(shown.body).count if address.channel == "sms" else None,
    )
    session.add(message)
    session.flush()
    queue.defer_delivery(session, message.id, conversation.id)
    publish(session, f"chat:{conversation.id}")
    return message.id
