"""Chats with staff as the desk shows them: who waits, what was gathered, and the thread."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, Select, and_, bindparam, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from crm_store.domain.cases import CLASSES
from crm_store.domain.masks import mask_account
from crm_store.domain.scope import Scope
from crm_store.queries.files import FileShown, files_of
from crm_store.tables import (
    Address,
    Case,
    ChatNote,
    Citizen,
    CitizenAccount,
    Conversation,
    Event,
    Message,
    User,
)

#: What happened to a chat that its thread tells.
TOLD_EVENTS = ("agent_requested", "taken_over", "released", "transferred", "returned", "language_changed")
#: Messages of a thread that are shown at once; older ones on demand.
SHOWN = 60
_DAY = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class ChatHead:
    """Whose chat it is and who has it. `since`: since when the person waits (for a person, or their agent's
    word). The case only where its writer may be known.
    """

    conversation_id: UUID
    channel: str
    address: str
    name: str | None
    language: str | None
    state: str
    agent: str | None
    municipality: str | None
    department: str | None
    reason: str | None
    first: bool
    since: datetime | None
    last_inbound_at: datetime | None
    case_id: UUID | None
    reference: str | None
    category: str | None
    opted_out: bool


@dataclass(frozen=True, kw_only=True)
class ChatLine(ChatHead):
    """A chat in a list."""

    #: None: there are none that may stand beside their number
    last_words: str | None


@dataclass(frozen=True, kw_only=True)
class Chat(ChatHead):
    """One chat with what the bot gathered."""

    citizen_id: UUID
    asking: str | None
    opted_out_at: datetime | None
    accounts: list[str]
    gathered: dict[str, str]
    case: Case | None


@dataclass(frozen=True, kw_only=True)
class ThreadItem:
    """A message, a note among colleagues, or something that happened to the chat.

    `kind`: message, note or event. `who`: citizen, bot, system, or the username; `name`: their name.
    """

    kind: str
    at: datetime
    who: str
    body: str
    name: str = ""
    message_id: UUID | None = None
    sequence: int = 0
    inbound: bool = False
    status: str | None = None
    error_code: str | None = None
    error_text: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    files: list[FileShown] = field(default_factory=list)
    event: str | None = None
    #: to which the chat was passed: 'KDM/roads', 'KDM/'
    team: str | None = None
    note: str | None = None


def in_scope(scope: Scope) -> list[ColumnElement[bool]]:
    """Conditions on `Conversation`; the same as crm_store.domain.chats.in_reach.

    A chat of no team belongs to the municipality of the person's newest case; without one it is everybody's.
    """
    conditions: list[ColumnElement[bool]] = []
    if scope.municipality is not None:
        whose = func.coalesce(Conversation.municipality, _KNOWN.c.municipality)
        conditions.append(or_(whose.is_(None), whose == scope.municipality))
    if scope.departments:
        conditions.append(
            or_(Conversation.department.is_(None), Conversation.department.in_(sorted(scope.departments)))
        )
    return conditions


#: The newest case of a conversation, unless its writer is not to be known.
_KNOWN = (
    select(Case.id, Case.reference, Case.category, Case.municipality, Case.confidential)
    .where(Case.anonymous.is_(False))
    .subquery("known")
)


def waiting_chats(session: Session, scope: Scope, limit: int = 200) -> list[ChatLine]:
    """Who waits for a person: those who waited before at the top, then who has waited longest."""
    query = (
        _lines(scope)
        .where(Conversation.state == "waiting")
        .order_by(Conversation.waiting_first.desc(), Conversation.waiting_since, Conversation.id)
    )
    return _read(session, query.limit(limit))


def chats_in_hand(
    session: Session, scope: Scope, agent: str | None = None, limit: int = 200
) -> list[ChatLine]:
    """Chats that staff answer (only this agent's), those in which the person waits first."""
    query = _lines(scope).where(Conversation.state == "agent")
    if agent is not None:
        query = query.where(Conversation.agent == agent)
    query = query.order_by(
        Conversation.citizen_waits_since.asc().nulls_last(), Conversation.last_inbound_at.desc()
    )
    return _read(session, query.limit(limit))


def count_in_hand(session: Session, scope: Scope) -> dict[str, int]:
    """How many chats each of the staff answers now; who answers none is left out."""
    rows = session.execute(
        select(Conversation.agent, func.count())
        .select_from(Conversation)
        .outerjoin(_KNOWN, _KNOWN.c.id == Conversation.last_case_id)
        .where(Conversation.state == "agent", Conversation.agent.is_not(None), *in_scope(scope))
        .group_by(Conversation.agent)
    )
    return {agent: count for agent, count in rows if agent}


def count_waiting(session: Session, scope: Scope) -> tuple[int, datetime | None]:
    """How many wait for a person, and since when the longest of them does."""
    row = session.execute(
        select(func.count(), func.min(Conversation.waiting_since))
        .select_from(Conversation)
        .outerjoin(_KNOWN, _KNOWN.c.id == Conversation.last_case_id)
        .where(Conversation.state == "waiting", *in_scope(scope))
    ).one()
    return row[0], row[1]


def find_head(session: Session, scope: Scope, conversation_id: UUID) -> ChatHead | None:
    """The chat's head, without a confidential case; None when there is no such chat in the scope."""
    row = session.execute(_one(scope), {"id_of_chat": conversation_id}).first()
    return ChatHead(**_head(row, confidential=False)) if row is not None else None


def find_chat(
    session: Session, scope: Scope, conversation_id: UUID, *, confidential: bool = False
) -> Chat | None:
    """The chat; None when there is none, or it is outside of the scope.

    `confidential`: with its case even if that one is confidential, for those who may see it.
    """
    row = session.execute(_one(scope), {"id_of_chat": conversation_id}).first()
    if row is None:
        return None
    head = _head(row, confidential=confidential)
    accounts = session.scalars(
        select(CitizenAccount.account_number)
        .where(CitizenAccount.citizen_id == row.citizen_id)
        .order_by(CitizenAccount.last_used_at.desc())
        .limit(3)
    ).all()
    return Chat(
        **head,
        citizen_id=row.citizen_id,
        asking=row.asking,
        opted_out_at=row.opted_out_at,
        accounts=[mask_account(number) for number in accounts],
        gathered=_gathered(session, row.id),
        case=session.get(Case, head["case_id"]) if head["case_id"] else None,
    )


def thread(
    session: Session, conversation_id: UUID, *, before: int | None = None, limit: int = SHOWN
) -> list[ThreadItem]:
    """The newest messages (below the sequence `before`) with the notes and events of their time.

    Messages of an anonymous report never stand beside the address, and nothing tells that there are any.
    """
    asked = {"of_chat": conversation_id, "below": before, "most": limit}
    items = _messages(session, _MESSAGES if before is None else _MESSAGES_BEFORE, asked)
    # With all messages shown, what happened before the first of them is shown, too.
    since = min((item.at for item in items), default=None) if len(items) == limit else None
    until = max(item.at for item in items) if items and before is not None else None
    items += _notes(session, conversation_id, since, until)
    items += _events(session, conversation_id, since, until)
    return sorted(_with_names(session, items), key=lambda item: (item.at, item.sequence))


def thread_from(session: Session, conversation_id: UUID, sequence: int) -> list[ThreadItem]:
    """The messages from the one of this sequence on, without notes and events: what an open page shows
    last, and what was said since. SHOWN at most.
    """
    items = _messages(session, _MESSAGES_FROM, {"of_chat": conversation_id, "above": sequence, "most": SHOWN})
    return _with_names(session, items)


def _messages(session: Session, query: Select[Any], asked: Mapping[str, Any]) -> list[ThreadItem]:
    messages = session.scalars(query, asked).all()
    files = files_of(session, [message.id for message in messages if message.media])
    return [_message_item(message, files.get(message.id, [])) for message in messages]


def _with_names(session: Session, items: Sequence[ThreadItem]) -> list[ThreadItem]:
    staff = {one for item in items for one in (item.who, item.note) if one} - {"citizen", "bot", "system"}
    names = _names(session, staff) if staff else {}
    return [replace(item, name=names.get(item.who, item.who), note=_named(item, names)) for item in items]


def _named(item: ThreadItem, names: Mapping[str, str]) -> str | None:
    return names.get(item.note or "", item.note) if item.event == "transferred" else item.note


def _names(session: Session, usernames: set[str]) -> dict[str, str]:
    rows = session.execute(select(User.username, User.name).where(User.username.in_(usernames)))
    return {row.username: row.name or row.username for row in rows}


def has_older(session: Session, conversation_id: UUID, sequence: int) -> bool:
    """Whether there are messages before the one of this sequence."""
    return (
        session.scalar(
            select(Message.id)
            .where(
                Message.conversation_id == conversation_id,
                Message.sequence < sequence,
                Message.sealed.is_(False),
            )
            .limit(1)
        )
        is not None
    )


# Statements of open pages are made once (for a scope): SQLAlchemy takes longer to make them than to run them.
_OPEN_MESSAGES = select(Message).where(
    Message.conversation_id == bindparam("of_chat"), Message.sealed.is_(False)
)
_MESSAGES = _OPEN_MESSAGES.order_by(Message.sequence.desc()).limit(bindparam("most", type_=Integer))
_MESSAGES_BEFORE = _MESSAGES.where(Message.sequence < bindparam("below"))
_MESSAGES_FROM = (
    _OPEN_MESSAGES.where(Message.sequence >= bindparam("above"))
    .order_by(Message.sequence)
    .limit(bindparam("most", type_=Integer))
)


@lru_cache(maxsize=256)
def _lines(scope: Scope) -> Select[*tuple[Any, ...]]:
    return (
        select(
            Conversation.id,
            Conversation.language,
            Conversation.state,
            Conversation.agent,
            Conversation.municipality,
            Conversation.department,
            Conversation.asking,
            Conversation.waiting_reason,
            Conversation.waiting_first,
            Conversation.waiting_since,
            Conversation.citizen_waits_since,
            Conversation.last_inbound_at,
            Address.channel,
            Address.address,
            Address.citizen_id,
            Address.opted_out_at,
            Citizen.name.label("name"),
            _KNOWN.c.id.label("case_id"),
            _KNOWN.c.reference,
            _KNOWN.c.category,
            _KNOWN.c.confidential,
        )
        .join(Address, Address.id == Conversation.address_id)
        .join(Citizen, Citizen.id == Address.citizen_id)
        .outerjoin(_KNOWN, _KNOWN.c.id == Conversation.last_case_id)
        .where(*in_scope(scope))
    )


@lru_cache(maxsize=256)
def _one(scope: Scope) -> Select[*tuple[Any, ...]]:
    return _lines(scope).where(Conversation.id == bindparam("id_of_chat"))


def _read(session: Session, query: Select[*tuple[Any, ...]]) -> list[ChatLine]:
    rows = session.execute(query).all()
    words = _last_words(session, [row.id for row in rows])
    return [ChatLine(**_head(row, confidential=False), last_words=words.get(row.id)) for row in rows]


def _head(row: Any, *, confidential: bool) -> dict[str, Any]:
    """The fields of ChatHead."""
    waiting = row.state == "waiting"
    shown = row.case_id is not None and (confidential or not row.confidential)
    return {
        "conversation_id": row.id,
        "channel": row.channel,
        "address": row.address,
        "name": row.name,
        "language": row.language,
        "state": row.state,
        "agent": row.agent,
        "municipality": row.municipality,
        "department": row.department,
        "reason": row.waiting_reason,
        "first": row.waiting_first,
        "since": row.waiting_since if waiting else row.citizen_waits_since,
        "last_inbound_at": row.last_inbound_at,
        "case_id": row.case_id if shown else None,
        "reference": row.reference if shown else None,
        "category": row.category if shown else None,
        "opted_out": row.opted_out_at is not None,
    }


def _last_words(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """What each person wrote last, where it may stand beside their number."""
    if not ids:
        return {}
    rows = session.execute(
        select(Message.conversation_id, Message.body)
        .ext(distinct_on(Message.conversation_id))
        .where(Message.conversation_id.in_(ids), Message.direction == "in", Message.sealed.is_(False))
        .order_by(Message.conversation_id, Message.sequence.desc())
    )
    return {row.conversation_id: row.body for row in rows}


def _gathered(session: Session, conversation_id: UUID) -> dict[str, str]:
    """Class and category of the newest message of the last day that had a matter."""
    newest = session.scalars(
        select(Message.understanding)
        .where(
            Message.conversation_id == conversation_id,
            Message.direction == "in",
            Message.sealed.is_(False),
            Message.understanding.is_not(None),
            Message.received_at > datetime.now(UTC) - _DAY,
        )
        .order_by(Message.sequence.desc())
        .limit(10)
    ).all()
    understood = next((one for one in newest if one and one.get("class") in CLASSES), None) or {}
    return {name: str(understood[name]) for name in ("class", "category") if understood.get(name)}


def _message_item(message: Message, files: list[FileShown]) -> ThreadItem:
    inbound = message.direction == "in"
    return ThreadItem(
        kind="message",
        at=message.received_at if inbound else message.created_at,
        who=message.author.removeprefix("agent:"),
        body=message.body,
        message_id=message.id,
        sequence=message.sequence,
        inbound=inbound,
        status=None if inbound else message.status,
        error_code=message.error_code,
        error_text=message.error_text,
        latitude=message.latitude,
        longitude=message.longitude,
        files=files
        or [FileShown(str(item.get("type") or item.get("content_type") or "")) for item in message.media],
    )


def _notes(
    session: Session, conversation_id: UUID, since: datetime | None, until: datetime | None
) -> list[ThreadItem]:
    query = select(ChatNote).where(ChatNote.conversation_id == conversation_id)
    if since is not None:
        query = query.where(ChatNote.created_at >= since)
    if until is not None:
        query = query.where(ChatNote.created_at <= until)
    return [
        ThreadItem(kind="note", at=note.created_at, who=note.author.removeprefix("agent:"), body=note.body)
        for note in session.scalars(query.order_by(ChatNote.created_at).limit(200))
    ]


def _events(
    session: Session, conversation_id: UUID, since: datetime | None, until: datetime | None
) -> list[ThreadItem]:
    chosen = and_(
        Event.subject_type == "conversation",
        Event.subject_id == str(conversation_id),
        Event.kind.in_(TOLD_EVENTS),
    )
    query = select(Event).where(chosen)
    if since is not None:
        query = query.where(Event.at >= since)
    if until is not None:
        query = query.where(Event.at <= until)
    return [
        ThreadItem(
            kind="event",
            at=event.at,
            who=event.actor.removeprefix("agent:"),
            body="",
            event=event.kind,
            note=str((event.after or {}).get("agent") or "") if event.kind == "transferred" else event.note,
            team=(event.after or {}).get("team"),
        )
        for event in session.scalars(query.order_by(Event.id).limit(200))
    ]
