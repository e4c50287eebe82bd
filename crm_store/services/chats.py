"""Chats with staff: who has which, how they go from hand to hand, and that none is lost."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store import queue
from crm_store.domain.cases import Stage, is_open
from crm_store.domain.clocks import Calendar
from crm_store.domain.region import Region, ServiceLevel
from crm_store.live import publish
from crm_store.queries.duty import somebody_is_there
from crm_store.services.cases import NewCase, open_case
from crm_store.services.conversations import forget_question, move_chat, refuse_others, tell_desk
from crm_store.services.history import record_event
from crm_store.services.inbox import storable
from crm_store.services.locking import locked
from crm_store.services.sayings import say_key
from crm_store.services.staff_notices import Told, tell_staff
from crm_store.tables import Case, ChatNote, Conversation, Message, User

#: A case that is older is about something else than what is asked now.
_LATELY = timedelta(days=14)
#: What the person wrote within this time belongs to what they ask now.
_OF_THIS_MATTER = timedelta(hours=24)
_MOST_MESSAGES = 10
#: A topic that the learner is less sure of is left to whoever reads the case.
_SURE = 0.7
_OFFICE_TIME = ServiceLevel(office_hours=1)


class ChatRefused(ValueError):
    """The deed is not possible as the chat is now; the message says why, in words for staff."""


@dataclass(frozen=True)
class WhenAnswered:
    """What the person is told: the text's key and its values; `kept`: a case keeps their matter meanwhile."""

    key: str
    values: dict[str, Any]
    kept: bool


def when_answered(session: Session, region: Region, conversation_id: UUID, now: datetime) -> WhenAnswered:
    """When a person will write in this waiting chat.

    With nobody there the matter becomes a case, once, so that nothing is lost; out of office hours the
    opening time is told, else by when somebody answers.
    """
    conversation = locked(session, Conversation, conversation_id)
    if somebody_is_there(session, region, conversation.municipality, conversation.department, now):
        return WhenAnswered("utter_agent_requested", {}, kept=False)
    case = keep_as_case(session, region, conversation, now)
    conversation.waiting_told_at = now
    calendar = Calendar.of(region, conversation.municipality)
    if calendar.open_at(now):
        due_at = case.first_response_due_at
        due_at = due_at if due_at is not None and due_at > now else case.due_at
        if due_at is None or due_at <= now:
            return WhenAnswered("utter_agent_requested_late", {"reference": case.reference}, kept=True)
        values = {"reference": case.reference, "due_at": due_at.isoformat()}
        return WhenAnswered("utter_agent_requested_busy", values, kept=True)
    opens_at, _ = next(calendar.intervals(_OFFICE_TIME, now))
    values = {"reference": case.reference, "opens_at": opens_at.isoformat()}
    return WhenAnswered("utter_agent_requested_closed", values, kept=True)


def keep_as_case(session: Session, region: Region, conversation: Conversation, now: datetime) -> Case:
    """The open case that this chat is about; opened of what the person wrote when there is none."""
    if known := open_case_of(session, conversation, now):
        return known
    messages = _words_of_the_person(session, conversation.id, now)
    category = _category_of(region, messages)
    case = open_case(
        session,
        region,
        NewCase(
            case_class="query",
            category=category,
            description="\n".join(message.body for message in messages) or "A person, please",
            conversation_id=conversation.id,
            source_message_id=messages[-1].id if messages else None,
        ),
        now,
    )
    conversation.municipality = conversation.municipality or case.municipality
    return case


def open_case_of(session: Session, conversation: Conversation, now: datetime) -> Case | None:
    """The open case that the chat is about: its newest, if it is recent and its writer may be known."""
    case = session.get(Case, conversation.last_case_id) if conversation.last_case_id else None
    if case is None or case.anonymous or not is_open(cast(Stage, case.stage)):
        return None
    return case if case.opened_at > now - _LATELY else None


def hand_back(
    session: Session,
    region: Region,
    conversation_id: UUID,
    user: str,
    now: datetime,
    settled: Literal["nothing", "case", "question"] = "nothing",
    case: Case | None = None,
) -> None:
    """The bot answers again, and says so with what was settled; raises TakenByAnother, ChatRefused.

    `case`: the matter goes on as this one. `question`: the bot goes on with what it asked before.
    """
    conversation = locked(session, Conversation, conversation_id)
    refuse_others(conversation, user)
    if conversation.state == "bot":
        raise ChatRefused("the assistant answers this chat already")
    was_written_to = conversation.state == "agent"
    question = last_question(session, conversation) if settled == "question" else None
    if question is None:
        forget_question(session, conversation)
    move_chat(session, conversation, "bot", None, f"agent:{user}", "released", None, settled, now)
    if not was_written_to:
        return  # it waited, and nobody has come: there is nothing to take leave of
    if settled == "case" and case is not None and case.due_at is not None and case.due_at > now:
        values = {"reference": case.reference, "due_at": case.due_at.isoformat()}
        say_key(session, region, conversation, "utter_agent_left_case", values, now)
    else:
        say_key(session, region, conversation, "utter_agent_left", {}, now)
    if question is not None and question.response_key is not None:
        say_key(session, region, conversation, question.response_key, question.response_values, now)


def last_question(session: Session, conversation: Conversation) -> Message | None:
    """What the bot had asked when the agent came; None when nothing was open."""
    if conversation.asking is None:
        return None
    return session.scalar(
        select(Message)
        .where(
            Message.conversation_id == conversation.id,
            Message.direction == "out",
            Message.author == "bot",
            Message.response_key == f"utter_ask_{conversation.asking}",
        )
        .order_by(Message.sequence.desc())
        .limit(1)
    )


def give_to_colleague(
    session: Session, region: Region, conversation_id: UUID, user: str, to: str, note: str, now: datetime
) -> None:
    """The colleague answers from now on, and is told; raises TakenByAnother, ChatRefused."""
    conversation = locked(session, Conversation, conversation_id)
    refuse_others(conversation, user)
    known = session.scalar(select(User).where(User.username == to))
    if known is None:
        raise ChatRefused(f"there is no user {to}")
    if conversation.state == "agent" and conversation.agent == to:
        return
    add_chat_note(session, conversation_id, user, note, now)
    move_chat(session, conversation, "agent", to, f"agent:{user}", "transferred", None, note or None, now)
    tell_colleagues(session, region, conversation, "chat_given", now, to_user=to, by=user)


def give_to_team(
    session: Session,
    region: Region,
    conversation_id: UUID,
    user: str,
    municipality: str,
    department: str | None,
    note: str,
    now: datetime,
) -> None:
    """The chat waits for staff of that municipality or department; raises TakenByAnother, ChatRefused.

    The person is told; with nobody there also when somebody will write, and gets a case.
    """
    conversation = locked(session, Conversation, conversation_id)
    refuse_others(conversation, user)
    if municipality not in region.municipalities or (
        department and department not in region.municipalities[municipality].departments
    ):
        raise ChatRefused("there is no such team")
    add_chat_note(session, conversation_id, user, note, now)
    conversation.municipality, conversation.department = municipality, department
    conversation.waiting_told_at = None
    actor, team = f"agent:{user}", f"{municipality}/{department or ''}"
    move_chat(session, conversation, "waiting", None, actor, "transferred", "transferred", note, now, team)
    answered = when_answered(session, region, conversation_id, now)
    if answered.kept:
        say_key(session, region, conversation, answered.key, answered.values, now)
    else:
        say_key(session, region, conversation, "utter_agent_moved", {"department": team}, now)
    tell_colleagues(session, region, conversation, "chat_moved", now, to_role="agent", by=user)


def add_chat_note(session: Session, conversation_id: UUID, user: str, body: str, now: datetime) -> None:
    """Write a note for colleagues beside the chat; an empty one is none."""
    if not body.strip():
        return
    session.add(
        ChatNote(
            conversation_id=conversation_id,
            author=f"agent:{user}",
            body=storable(body.strip()),
            created_at=now,
        )
    )
    record_event(session, "conversation", conversation_id, "note_added", actor=f"agent:{user}", at=now)
    publish(session, f"chat:{conversation_id}")


def send_again(session: Session, conversation_id: UUID, message_id: UUID, user: str) -> None:
    """Ask once more for the delivery of a failed message of staff; raises TakenByAnother, ChatRefused."""
    conversation = locked(session, Conversation, conversation_id)
    refuse_others(conversation, user)
    message = locked(session, Message, message_id)
    if message.conversation_id != conversation.id or not message.author.startswith("agent:"):
        raise ChatRefused("this message was not written by staff")
    if message.status not in ("failed", "undelivered"):
        return  # it is on its way again, or arrived after all
    before = {"status": message.status, "error_code": message.error_code}
    # It goes as a new message: a late report about the former attempt must not be taken for this one's.
    message.status, message.provider_id = "stored", None
    message.error_code = message.error_text = None
    record_event(
        session, "conversation", conversation.id, "sent_again", actor=f"agent:{user}",
        before=before, after={"message_id": message.id, "status": "stored"},
    )  # fmt: skip
    queue.defer_delivery(session, message.id, conversation.id)
    tell_desk(session, conversation)


def tell_colleagues(
    session: Session, region: Region, conversation: Conversation, kind: str, now: datetime, *,
    by: str = "", to_user: str = "", to_role: str = "",
) -> None:  # fmt: skip
    """A line on the desk of the user, or of those of the role in the chat's team."""
    name = session.scalar(select(User.name).where(User.username == by)) if by else None
    tell_staff(
        session,
        region,
        [
            Told(
                kind=kind,
                municipality=conversation.municipality or region.regional_desk.municipality,
                department=conversation.department,
                to_user=to_user,
                to_role=to_role,
                subject=f"chat:{conversation.id}:{now.isoformat(timespec='seconds')}",
                data={"conversation_id": str(conversation.id), "by": name or by},
            )
        ],
        now,
    )


def _words_of_the_person(session: Session, conversation_id: UUID, now: datetime) -> list[Message]:
    newest = session.scalars(
        select(Message)
        .where(
            Message.conversation_id == conversation_id,
            Message.direction == "in",
            Message.sealed.is_(False),
            Message.received_at > now - _OF_THIS_MATTER,
        )
        .where(Message.body != "")
        .order_by(Message.sequence.desc())
        .limit(_MOST_MESSAGES)
    ).all()
    return list(reversed(newest))


def _category_of(region: Region, messages: list[Message]) -> str:
    """What the newest message with a plain topic is about."""
    for message in reversed(messages):
        understood = message.understanding or {}
        category = understood.get("category")
        sure = float(understood.get("category_confidence") or 0) >= _SURE
        if sure and category in region.categories and category not in region.confidential.categories:
            return str(category)
    return "general"
