"""Messages that come in: stored, and their turn asked for, before the provider hears 'accepted'."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.domain.control_words import read_control, read_updates_wish
from crm_store.live import publish
from crm_store.services.arriving_media import ask_for_media
from crm_store.tables import Address, Citizen, Conversation, Message, new_id

#: Longer bodies are cut; Telegram allows 4,096 characters and Twilio 1,600, so only an attack is longer.
LONGEST_BODY = 10_000
#: Channels whose addresses are telephone numbers: the same number is the same person.
_BY_NUMBER = ("sms", "whatsapp")


# Made once: they run for every message, and SQLAlchemy takes longer to make them than to run them.
_CONVERSATION_WITH = (
    select(Conversation)
    .join(Address, Address.id == Conversation.address_id)
    .where(Address.channel == bindparam("of_channel"), Address.address == bindparam("of_address"))
    .with_for_update(of=Conversation)
)
_STORE_ONCE = (
    insert(Message.__table__)  # type: ignore[arg-type]
    .on_conflict_do_nothing(
        index_elements=["channel", "provider_id"], index_where=Message.provider_id.is_not(None)
    )
    .returning(Message.__table__.c.id)
)


@dataclass(frozen=True, kw_only=True)
class InboundMessage:
    """A message as its channel understood it. `address`: '+2782…' (no 'whatsapp:') or a Telegram chat id."""

    channel: str
    address: str
    provider_id: str | None = None
    body: str = ""
    kind: str = "text"
    latitude: float | None = None
    longitude: float | None = None
    media: list[dict[str, Any]] = field(default_factory=list)
    profile_name: str | None = None
    opt_out_type: str | None = None
    button_payload: str | None = None
    received_at: datetime | None = None


@dataclass(frozen=True)
class Accepted:
    """The stored message; `duplicate` when the provider had sent it before and nothing was done now."""

    message_id: UUID
    conversation_id: UUID
    duplicate: bool = False


def accept_message(session: Session, inbound: InboundMessage) -> Accepted:
    """Store the message once (by channel and provider's id) and ask for its turn in the same transaction; one
    that is for the person who answers the chat needs none.

    Safe under concurrency: of several deliveries of one message exactly one is stored, also if they arrive at
    the same moment on different processes.
    """
    channel, address = inbound.channel, storable(inbound.address)
    provider_id = storable(inbound.provider_id)
    received_at = inbound.received_at or datetime.now(UTC)
    conversation = conversation_with(session, channel, address, storable(inbound.profile_name))
    body = storable(inbound.body)
    kept = _is_for_agent(conversation, inbound)
    values = {
        "id": new_id(),
        "conversation_id": conversation.id,
        "direction": "in",
        "channel": channel,
        "provider_id": provider_id,
        "kind": inbound.kind,
        "body": body[:LONGEST_BODY],
        "body_cut": len(body) > LONGEST_BODY,
        "latitude": inbound.latitude,
        "longitude": inbound.longitude,
        "media": storable(inbound.media),
        "author": "citizen",
        "opt_out_type": inbound.opt_out_type,
        "button_payload": storable(inbound.button_payload),
        "status": "handled" if kept else "received",
        "handled_at": received_at if kept else None,
        "received_at": received_at,
    }
    message_id = session.scalar(_STORE_ONCE, values)
    if message_id is None:  # the provider repeats itself
        stored = _already_stored(session, channel, provider_id)
        if stored is None:
            raise RuntimeError(f"message {provider_id} is neither new nor stored")
        return stored
    conversation.last_inbound_at = received_at
    if conversation.state != "bot":
        changed = "words"  # beside what is said nothing changes
        if conversation.state == "agent" and conversation.citizen_waits_since is None:
            conversation.citizen_waits_since = received_at
            changed = "chat"
        publish(session, f"{changed}:{conversation.id}", "chats", said=True)
    ask_for_media(session, message_id, values["media"])
    if not kept:
        queue.defer_turn(session, message_id, conversation.id)
    return Accepted(message_id, conversation.id)


def _is_for_agent(conversation: Conversation, inbound: InboundMessage) -> bool:
    """Whether nothing is to be done about the message but to show it to the person who answers the chat.

    Words that steer the conversation itself (STOP, 'no updates') are obeyed during a takeover, too.
    """
    return (
        conversation.state == "agent"
        and not inbound.opt_out_type
        and read_control(inbound.body, channel=inbound.channel, asking=conversation.asking) is None
        and read_updates_wish(inbound.body) is None
    )


def _already_stored(session: Session, channel: str, provider_id: str | None) -> Accepted | None:
    if provider_id is None:
        return None
    row = session.execute(
        select(Message.id, Message.conversation_id).where(
            Message.channel == channel, Message.provider_id == provider_id
        )
    ).first()
    return Accepted(row.id, row.conversation_id, duplicate=True) if row else None


def conversation_with(session: Session, channel: str, address: str, name: str | None) -> Conversation:
    """The conversation with the address, locked so that messages are stored in their order; made if new.

    `name`: what the channel says the person is called.
    """
    whose = {"of_channel": channel, "of_address": address}
    conversation = session.scalar(_CONVERSATION_WITH, whose)
    if conversation is None:
        # First contacts from one number, on any channel, take turns: one person gets one citizen.
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(address, 0))))
        conversation = session.scalar(_CONVERSATION_WITH, whose)
    if conversation is None:
        citizen_id = None
        if channel in _BY_NUMBER:
            citizen_id = session.scalar(
                select(Address.citizen_id)
                .where(Address.address == address, Address.channel.in_(_BY_NUMBER))
                .limit(1)
            )
        if citizen_id is None:
            citizen = Citizen(id=new_id(), name=name)
            session.add(citizen)
            session.flush()
            citizen_id = citizen.id
        row = Address(id=new_id(), citizen_id=citizen_id, channel=channel, address=address)
        session.add(row)
        session.flush()
        conversation = Conversation(id=new_id(), address_id=row.id)
        session.add(conversation)
        session.flush()
    return conversation


def storable(value: Any) -> Any:
    """The value without what PostgreSQL's text cannot hold: NUL and halves of surrogate pairs."""
    match value:
        case str():
            return value.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
        case list():
            return [storable(item) for item in value]
        case dict():
            return {storable(key): storable(item) for key, item in value.items()}
        case _:
            return value
