"""Who answers in a conversation, in which language, and whether it may be written to at all."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, select
from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.attachments import Attachment
from crm_store.domain.chats import AT_THE_TOP, may_write_freely
from crm_store.domain.segments import plain as on_a_basic_phone
from crm_store.domain.segments import segments
from crm_store.live import publish
from crm_store.media_files import keep_file
from crm_store.services.first_responses import note_first_response
from crm_store.services.history import record_event
from crm_store.services.inbox import storable
from crm_store.services.locking import locked
from crm_store.services.media import attach
from crm_store.tables import Address, Case, Citizen, Conversation, EngineMemory, Message, new_id

#: Where a file can go out: a basic phone shows none.
CARRY_FILES = ("whatsapp", "telegram")
# Made once: it runs for every message.
_CITIZEN_OF = (
    select(Address.citizen_id)
    .join(Conversation, Conversation.address_id == Address.id)
    .where(Conversation.id == bindparam("conversation_id"))
)


class TakenByAnother(Exception):
    """The conversation is in another user's hands; its agent must release it first."""

    def __init__(self, agent: str) -> None:
        self.agent = agent
        super().__init__(f"{agent} has taken over this conversation and must release it first")


class WindowIsClosed(Exception):
    """WhatsApp takes no free text: more than 24 hours have passed since the person wrote there."""


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
    """Put the conversation among those that wait for a person; False when it waits or is answered already.

    It waits for the staff of the municipality that has the person's newest case; without one for everybody's.
    """
    conversation = locked(session, Conversation, conversation_id)
    if conversation.state != "bot":
        return False
    case = session.get(Case, conversation.last_case_id) if conversation.last_case_id else None
    # Whose an anonymous report is must not show beside its writer's number.
    conversation.municipality = case.municipality if case is not None and not case.anonymous else None
    conversation.department = None
    move_chat(session, conversation, "waiting", None, actor, "agent_requested", reason)
    return True


def take_over(session: Session, conversation_id: UUID, user: str, *, from_another: bool = False) -> None:
    """From now on the user answers and the bot is silent, until `release`; raises TakenByAnother.

    `from_another`: a supervisor takes it out of a colleague's hands.
    """
    conversation = locked(session, Conversation, conversation_id)
    if not from_another:
        refuse_others(conversation, user)
    if conversation.state != "agent" or conversation.agent != user:
        move_chat(session, conversation, "agent", user, f"agent:{user}", "taken_over", None)


def release(session: Session, conversation_id: UUID, user: str, *, go_on: bool = False) -> None:
    """Hand the conversation back to the bot; raises TakenByAnother.

    A question that the bot asked before the takeover is stale by now, unless the bot is to `go_on` with it:
    otherwise it begins afresh.
    """
    conversation = locked(session, Conversation, conversation_id)
    refuse_others(conversation, user)
    if conversation.state != "bot":
        if not go_on:
            forget_question(session, conversation)
        move_chat(session, conversation, "bot", None, f"agent:{user}", "released", None)


def forget_question(session: Session, conversation: Conversation) -> None:
    """The bot begins afresh: neither the store nor the engine waits for an answer any more."""
    conversation.asking, conversation.choices = None, []
    session.execute(delete(EngineMemory).where(EngineMemory.conversation_id == str(conversation.id)))


def say(
    session: Session,
    conversation_id: UUID,
    text: str,
    user: str,
    *,
    once: UUID | None = None,
    file: Attachment | None = None,
    template: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Said:
    """Write to the person as the user. An opted-out address is never written to.

    `once` is the id that the message gets: said again with it, nothing happens. `file`: one that was looked
    at, on the channels in CARRY_FILES. On SMS what a basic phone cannot show is written so that it can.
    Raises TakenByAnother, and WindowIsClosed on WhatsApp without an approved `template`.
    """
    now = now or datetime.now(UTC)
    conversation = locked(session, Conversation, conversation_id)
    refuse_others(conversation, user)
    before = session.get(Message, once) if once else None
    if before is not None and before.conversation_id == conversation.id:
        return Said(before.id, before.status == "suppressed")
    address = session.get_one(Address, conversation.address_id)
    suppressed = address.opted_out_at is not None
    if template is None and not may_write_freely(address.channel, conversation.last_inbound_at, now):
        raise WindowIsClosed("the person wrote on WhatsApp more than 24 hours ago: only a template goes")
    body = on_a_basic_phone(storable(text)) if address.channel == "sms" else storable(text)
    apart = file is not None and not file.is_picture and address.channel == "whatsapp" and body != ""
    # WhatsApp shows no words with a document: they go before it.
    parts: list[tuple[UUID, str, Attachment | None]] = [(new_id(), body, None)] if apart else []
    parts.append((once or new_id(), "" if apart else body, file))
    for message_id, words, part in parts:
        message = Message(
            id=message_id,
            conversation_id=conversation.id,
            direction="out",
            channel=address.channel,
            kind="media" if part else "text",
            body=words,
            media=[{"type": "picture" if part.is_picture else "document"}] if part else [],
            author=f"agent:{user}",
            language=conversation.language,
            status="suppressed" if suppressed else "stored",
            error_text="the person opted out" if suppressed else None,
            segments=segments(words).count if address.channel == "sms" else None,
            template=template,
        )
        session.add(message)
        session.flush()
        if part:
            attach(session, message_id, keep_file(part.content, part.content_type), part, now)
        if not suppressed:
            queue.defer_delivery(session, message_id, conversation.id)
    conversation.agent_spoke_at, conversation.citizen_waits_since = now, None
    note_first_response(session, conversation.id, f"agent:{user}", now)
    tell_desk(session, conversation)
    return Said(message_id, suppressed)


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
    return session.scalars(_CITIZEN_OF, {"conversation_id": conversation_id}).one()


def move_chat(
    session: Session,
    conversation: Conversation,
    state: str,
    agent: str | None,
    actor: str,
    kind: str,
    reason: str | None,
    note: str | None = None,
    now: datetime | None = None,
    team: str | None = None,
) -> None:
    """Write who answers from now on, with its event, and tell the open pages of the desk.

    `reason`: why it waits; `note`: why, in a colleague's words; `team`: where it goes, 'KDM/roads' or 'KDM/'.
    """
    now = now or datetime.now(UTC)
    before: dict[str, Any] = {"state": conversation.state, "agent": conversation.agent}
    waited = conversation.citizen_waits_since
    conversation.state, conversation.agent = state, agent
    conversation.citizen_waits_since = None
    if state == "bot":
        conversation.waiting_since = conversation.waiting_reason = conversation.waiting_told_at = None
        conversation.waiting_first = False
        conversation.agent_spoke_at = None
    elif state == "waiting":
        conversation.waiting_since, conversation.waiting_reason = now, reason
        conversation.waiting_first = reason in AT_THE_TOP
        conversation.agent_spoke_at = None
    else:
        conversation.agent_spoke_at = now
        # Who has waited for a person waits for the first word of this one.
        conversation.citizen_waits_since = now if before["state"] == "waiting" else waited
    record_event(
        session,
        "conversation",
        conversation.id,
        kind,
        actor=actor,
        before=before,
        after={"state": state, "agent": agent} | ({"team": team} if team else {}),
        note=note or reason,
        at=now,
    )
    tell_desk(session, conversation)


def tell_desk(session: Session, conversation: Conversation) -> None:
    """The pages that show the chat, and the lists of chats, look again."""
    publish(session, f"chat:{conversation.id}", "chats")


def refuse_others(conversation: Conversation, user: str) -> None:
    """Raises TakenByAnother when a colleague answers the conversation."""
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
