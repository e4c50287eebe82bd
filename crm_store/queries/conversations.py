"""Conversations read: by address, as a whole, or the messages after a point."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, or_, select
from sqlalchemy.orm import Session

from crm_store.plain import plain
from crm_store.queries.standing import standing_question
from crm_store.tables import Address, Case, Conversation, Message

# Made once: it runs for every message, and SQLAlchemy takes longer to make it than to run it.
_LANGUAGE = select(Conversation.language, Conversation.language_asked).where(
    Conversation.id == bindparam("conversation_id")
)


def find_conversation(session: Session, channel: str, address: str) -> Conversation | None:
    """The conversation with the address ('+2782…', or a Telegram chat id) on the channel, or None."""
    return session.scalar(
        select(Conversation)
        .join(Address, Address.id == Conversation.address_id)
        .where(Address.channel == channel, Address.address == address)
    )


def messages_of(
    session: Session, conversation_id: UUID, *, after: int = 0, limit: int = 200
) -> list[Message]:
    """The newest `limit` messages with a `sequence` above `after`, in the order in which they came about."""
    newest = session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.sequence > after)
        .order_by(Message.sequence.desc())
        .limit(limit)
    ).all()
    return list(reversed(newest))


def language_of(session: Session, conversation_id: UUID) -> tuple[str | None, bool]:
    """The conversation's language, and whether the person asked for it; raises NoResultFound."""
    language, asked = session.execute(_LANGUAGE, {"conversation_id": conversation_id}).one()
    return language, asked


def was_told(session: Session, conversation_id: UUID, response_key: str) -> bool:
    """Whether the conversation has had this reply before."""
    return (
        session.scalar(
            select(Message.id)
            .where(Message.conversation_id == conversation_id, Message.response_key == response_key)
            .limit(1)
        )
        is not None
    )


def person_offered(session: Session, conversation_id: UUID, since: datetime) -> bool:
    """Whether the conversation was offered a person since then."""
    offered = or_(
        Message.response_key == "utter_offer_person", Message.response_values.has_key("person_offered")
    )
    return (
        session.scalar(
            select(Message.id)
            .where(Message.conversation_id == conversation_id, Message.created_at > since, offered)
            .limit(1)
        )
        is not None
    )


def conversation_view(
    session: Session, channel: str, address: str, *, limit: int = 200
) -> dict[str, Any] | None:
    """The conversation as JSON: who answers, language, open question, consent, messages; None without one."""
    conversation = find_conversation(session, channel, address)
    if conversation is None:
        return None
    row = session.get_one(Address, conversation.address_id)
    free = conversation.asking is None and not conversation.choices
    standing = standing_question(session, conversation.id, datetime.now(UTC)) if free else None
    view: dict[str, Any] = plain(
        {
            "id": conversation.id,
            "channel": channel,
            "address": address,
            "state": conversation.state,
            "agent": conversation.agent,
            "waiting_since": conversation.waiting_since,
            "waiting_reason": conversation.waiting_reason,
            "language": conversation.language,
            "language_asked": conversation.language_asked,
            "asking": conversation.asking or (standing.asking if standing else None),
            "choices": conversation.choices or (standing.choices if standing else []),
            "consent": row.notice_sent_at is not None,
            "notice_sent_at": row.notice_sent_at,
            "opted_out": row.opted_out_at is not None,
            "opted_out_at": row.opted_out_at,
            "not_understood": conversation.not_understood,
            "last_inbound_at": conversation.last_inbound_at,
            "last_case_id": _known_case(session, conversation),
            "messages": [
                message_json(message)
                for message in messages_of(session, conversation.id, limit=limit)
                if not message.sealed
            ],
        }
    )
    return view


def _known_case(session: Session, conversation: Conversation) -> UUID | None:
    """The newest case, unless its writer is not to be known."""
    case = session.get(Case, conversation.last_case_id) if conversation.last_case_id else None
    return case.id if case is not None and not case.anonymous else None


def message_json(message: Message) -> dict[str, Any]:
    """One message as JSON, for the phone page and for `conversation show`."""
    shown: dict[str, Any] = plain(
        {
            "id": message.id,
            "sequence": message.sequence,
            "direction": message.direction,
            "author": message.author,
            "kind": message.kind,
            "body": message.body,
            "latitude": message.latitude,
            "longitude": message.longitude,
            "media": message.media,
            "response_key": message.response_key,
            "buttons": message.buttons,
            "language": message.language,
            "status": message.status,
            "error_code": message.error_code,
            "error_text": message.error_text,
            "segments": message.segments,
            "reply_to": message.reply_to,
            "at": message.received_at if message.direction == "in" else message.created_at,
        }
    )
    return shown
