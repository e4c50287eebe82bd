"""Chats in which nobody writes: they return by themselves, and the person hears of it."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.clocks import Calendar
from crm_store.domain.notices import time_to_tell
from crm_store.domain.region import Region
from crm_store.services.chats import keep_as_case, tell_colleagues, when_answered
from crm_store.services.conversations import forget_question, move_chat
from crm_store.services.locking import locked
from crm_store.services.sayings import say_key
from crm_store.tables import Conversation

Begin = Callable[[], AbstractContextManager[Session]]


def sweep_chats(begin: Begin, region: Region, now: datetime) -> str:
    """Every chat that has stood still too long, each in a transaction of its own."""
    counts = [
        _each(begin, _left_by_its_agent(region, now), _return_to_the_list, region, now),
        _each(begin, _left_by_the_person(region, now), _return_to_the_bot, region, now),
        _each(begin, _taken_by_nobody(region, now), _keep, region, now),
    ]
    return "{} returned to the list, {} to the assistant, {} kept as cases".format(*counts)


def _left_by_its_agent(region: Region, now: datetime) -> ColumnElement[bool]:
    long_ago = now - timedelta(minutes=region.chats.agent_idle_minutes)
    return (Conversation.state == "agent") & (Conversation.citizen_waits_since < long_ago)


def _left_by_the_person(region: Region, now: datetime) -> ColumnElement[bool]:
    long_ago = now - timedelta(hours=region.chats.citizen_silent_hours)
    return (
        (Conversation.state == "agent")
        & Conversation.citizen_waits_since.is_(None)
        & (func.coalesce(Conversation.agent_spoke_at, Conversation.waiting_since) < long_ago)
        & or_(Conversation.last_inbound_at.is_(None), Conversation.last_inbound_at < long_ago)
    )


def _taken_by_nobody(region: Region, now: datetime) -> ColumnElement[bool]:
    long_ago = now - timedelta(minutes=region.chats.unclaimed_minutes)
    return (
        (Conversation.state == "waiting")
        & Conversation.waiting_told_at.is_(None)
        & (Conversation.waiting_since < long_ago)
    )


def _each(
    begin: Begin,
    which: ColumnElement[bool],
    deed: Callable[[Session, Region, Conversation, datetime], bool],
    region: Region,
    now: datetime,
) -> int:
    with begin() as session:
        ids: list[UUID] = list(session.scalars(select(Conversation.id).where(which)))
    done = 0
    for conversation_id in ids:
        with begin() as session:
            conversation = locked(session, Conversation, conversation_id)
            # Somebody may have written, or another worker been here, since it was looked up.
            if session.scalar(select(Conversation.id).where(Conversation.id == conversation_id, which)):
                done += deed(session, region, conversation, now)
    return done


def _return_to_the_list(session: Session, region: Region, conversation: Conversation, now: datetime) -> bool:
    """Its agent does not write: it goes to the top of the list, and their supervisor hears of it."""
    agent = conversation.agent or ""
    waited = conversation.citizen_waits_since
    conversation.waiting_told_at = None
    move_chat(
        session,
        conversation,
        "waiting",
        None,
        "system",
        "returned",
        "returned",
        f"{agent} did not write",
        now,
    )
    conversation.waiting_since = waited or now
    answered = when_answered(session, region, conversation.id, now)
    if answered.kept:
        say_key(session, region, conversation, answered.key, answered.values, now)
    else:
        case = keep_as_case(session, region, conversation, now)
        conversation.waiting_told_at = now
        say_key(session, region, conversation, "utter_agent_returned", {"reference": case.reference}, now)
    tell_colleagues(session, region, conversation, "chat_returned", now, to_role="supervisor", by=agent)
    return True


def _return_to_the_bot(session: Session, region: Region, conversation: Conversation, now: datetime) -> bool:
    """The person does not answer: the assistant is back, and says so at a decent hour."""
    if time_to_tell(now, region.telling, region.timezone) > now:
        return False
    forget_question(session, conversation)
    move_chat(session, conversation, "bot", None, "system", "released", None, "the person was silent", now)
    say_key(session, region, conversation, "utter_agent_gone", {}, now)
    return True


def _keep(session: Session, region: Region, conversation: Conversation, now: datetime) -> bool:
    """Nobody has taken it, though somebody is there: it becomes a case, and the person hears by when."""
    conversation.waiting_told_at = now
    case = keep_as_case(session, region, conversation, now)
    due_at = case.first_response_due_at
    if due_at is None or due_at <= now:
        due_at = case.due_at
    if Calendar.of(region, conversation.municipality).open_at(now) and due_at is not None and due_at > now:
        values = {"reference": case.reference, "due_at": due_at.isoformat()}
        say_key(session, region, conversation, "utter_agent_requested_busy", values, now)
    tell_colleagues(session, region, conversation, "chat_unclaimed", now, to_role="supervisor")
    return True
