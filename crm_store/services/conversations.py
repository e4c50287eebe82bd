"""Who answers in a conversation, in which language, and whether it may be written to at all."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.services.first_responses import note_first_response
from crm_store.services.history import record_event
from crm_store.services.inbox import storable
from crm_store.services.locking import locked
from crm_store.tables import Address, Citizen, Conversation, Message, new_id


class TakenByAnother(Exception):
    """The conversation is in another user's hands; its agent must release it first."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        super().__init__(f"{agent} has taken over this conversation and must release it first")


@dataclass(frozen=True)
class Said:
    """What a member of staff wrote; `suppressed` when the person has opted out, so that it is not sent."""

    message_id: UUID
    suppressed: bool


def opt_out(session: Session, address_id: UUID, actor: str = "citizen") -> bool:
    """Send nothing more to the address; False when it had opted out before (then confirm nothing again)."""
    address = locked(session, Address, address_id)
    if address.opted_out_at is not None:
        return False
    address.opted_out_at = datetime.now(UTC)
    _record(session, address, "opted_out", actor, None, address.opted_out_at)
    return True


def opt_in(session: Session, address_id: UUID, actor: str = "citizen") -> bool:
    """Write to the address again; False when it had not opted out."""
    address = locked(session, Address, address_id)
    if address.opted_out_at is None:
        return False
    before, address.opted_out_at = address.opted_out_at, None
    _record(session, address, "opted_in", actor, before, None)
    return True


def set_language(
    session: Session, conversation_id: UUID, language: str, asked: bool, actor: str = "citizen"
) -> None:
    """Answer in the language from now on; `asked`: the person asked for it, so detection keeps it."""
    conversation = locked(session, Conversation, conversation_id)
    before = {"language": conversation.language, "language_asked": conversation.language_asked}
    after = {"language": language, "language_asked": asked or conversation.language_asked}
    if after == before:
        return
    conversation.language, conversation.language_asked = language, asked or conversation.language_asked
    address = session.get_one(Address, conversation.address_id)
    session.get_one(Citizen, address.citizen_id).language = language
    record_event(
        session,
        "conversation",
        conversation.id,
        "language_changed",
        actor=actor,
        before=before,
        after=after,
    )


def want_updates(session: Session, conversation_id: UUID, wanted: bool, now: datetime) -> bool:
    """Tell the person of progress, or only questions and results; False when that was so already."""
    citizen = locked(session, Citizen, citizen_of(session, conversation_id))
    if (citizen.no_updates_at is None) == wanted:
        return False
    before, citizen.no_updates_at = citizen.no_updates_at, None if wanted else now
    record_event(
        session,
        "conversation",
        conversation_id,
        "updates_wanted" if wanted else "updates_unwanted",
        actor="citizen",
        before={"no_updates_at": before},
        after={"no_updates_at": citizen.no_updates_at},
        at=now,
    )
    return True


def request_agent(session: Session, conversation_id: UUID, reason: str, actor: str = "citizen") -> bool:
    """Put the conversation among those that wait for a person; False when it waits or is answered already."""
    conversation = locked(session, Conversation, conversation_id)
    if conversation.state != "bot":
        return False
    _move(session, conversation, "waiting", None, actor, "agent_requested", reason)
    return True


def take_over(session: Session, conversation_id: UUID, user: str) -> None:
    """From now on the user answers and the bot is silent, until `release`; raises TakenByAnother."""
    conversation = locked(session, Conversation, conversation_id)
    _refuse_others(conversation, user)
    if conversation.state != "agent":
        _move(session, conversation, "agent", user, f"agent:{user}", "taken_over", None)


def release(session: Session, conversation_id: UUID, user: str) -> None:
    """Hand the conversation back to the bot; raises TakenByAnother."""
    conversation = locked(session, Conversation, conversation_id)
    _refuse_others(conversation, user)
    if conversation.state != "bot":
        # A question that the bot asked before the takeover is stale by now.
        conversation.asking, conversation.choices = None, []
        _move(session, conversation, "bot", None, f"agent:{user}", "released", None)


def say(session: Session, conversation_id: UUID, text: str, user: str) -> Said:
    """Write to the person as the user; raises TakenByAnother. An opted-out address is never written to."""
    conversation = locked(session, Conversation, conversation_id)
    _refuse_others(conversation, user)
    address = session.get_one(Address, conversation.address_id)
    suppressed = address.opted_out_at is not None
    message = Message(
        id=new_id(),
        conversation_id=conversation.id,
        direction="out",
        channel=address.channel,
        body=storable(text),
        author=f"agent:{user}",
        language=conversation.language,
        status="suppressed" if suppressed else "stored",
        error_text="the person opted out" if suppressed else None,
    )
    session.add(message)
    session.flush()
    note_first_response(session, conversation.id, f"agent:{user}", datetime.now(UTC))
    if not suppressed:
        queue.defer_delivery(session, message.id, conversation.id)
    return Said(message.id, suppressed)


def count_not_understood(session: Session, conversation_id: UUID) -> int:
    """Count one more message in a row that was not understood; returns how many it is now."""
    conversation = locked(session, Conversation, conversation_id)
    conversation.not_understood += 1
    return conversation.not_understood


def understood(session: Session, conversation_id: UUID) -> None:
    """End the row of messages that were not understood."""
    conversation = session.get_one(Conversation, conversation_id)
    if conversation.not_understood:
        conversation.not_understood = 0


def citizen_of(session: Session, conversation_id: UUID) -> UUID:
    """The citizen whose conversation it is; raises sqlalchemy.exc.NoResultFound."""
    return session.scalars(
        select(Address.citizen_id)
        .join(Conversation, Conversation.address_id == Address.id)
        .where(Conversation.id == conversation_id)
    ).one()


def _move(
    session: Session,
    conversation: Conversation,
    state: str,
    agent: str | None,
    actor: str,
    kind: str,
    reason: str | None,
) -> None:
    before: dict[str, Any] = {"state": conversation.state, "agent": conversation.agent}
    conversation.state, conversation.agent = state, agent
    if state == "bot":
        conversation.waiting_since = conversation.waiting_reason = None
    elif state == "waiting":
        conversation.waiting_since, conversation.waiting_reason = datetime.now(UTC), reason
    record_event(
        session,
        "conversation",
        conversation.id,
        kind,
        actor=actor,
        before=before,
        after={"state": state, "agent": agent},
        note=reason,
    )


def _refuse_others(conversation: Conversation, user: str) -> None:
    if conversation.state == "agent" and conversation.agent not in (None, user):
        raise TakenByAnother(conversation.agent or "")


def _record(
    session: Session,
    address: Address,
    kind: str,
    actor: str,
    before: datetime | None,
    after: datetime | None,
) -> None:
    record_event(
        session,
        "address",
        address.id,
        kind,
        actor=actor,
        before={"opted_out_at": before},
        after={"opted_out_at": after},
    )
