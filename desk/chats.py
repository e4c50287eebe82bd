"""Chats with staff: who waits, who answers, and one chat with its thread; what is done there: chat_deeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from crm_store.approved_templates import approved_template
from crm_store.database import transaction
from crm_store.domain.cases import CLASSES
from crm_store.domain.chats import filled, may_write_freely, writable_until
from crm_store.domain.languages import FIRST_LANGUAGE
from crm_store.domain.region import GSM7
from crm_store.domain.segments import AS_GSM
from crm_store.queries.chats import (
    SHOWN,
    Chat,
    ChatHead,
    ThreadItem,
    chats_in_hand,
    find_chat,
    find_head,
    has_older,
    thread,
    thread_from,
    waiting_chats,
)
from crm_store.queries.duty import colleagues
from crm_store.region import region
from crm_store.services.audit import note_view
from crm_store.services.canned_answers import canned_answers
from crm_store.services.chats import last_question
from crm_store.services.conversations import CARRY_FILES
from crm_store.services.duty import note_seen, set_available
from crm_store.settings import settings
from crm_store.tables import Conversation, Media, Message, new_id
from crm_store.texts import LOCAL_TIME, render
from desk import chat_words
from desk.access import SignedIn, allowed
from desk.files import file_answer
from desk.forms import Form, posted, redirect
from desk.pages import date_in_words, page
from desk.words import _

router = APIRouter(prefix="/desk/chats")
Who = Annotated[SignedIn, Depends(allowed("chats"))]
#: The template that opens WhatsApp's window again.
TEMPLATE_KEY = "utter_agent_message"


@router.get("")
def show(request: Request, who: Who) -> Response:
    """Who waits for a person, and the chats in hand."""
    return page(request, who, "chats/list.html", **_lists(who))


@router.get("/_lists")
def lists(request: Request, who: Who) -> Response:
    """The same, for the open page."""
    return page(request, who, "chats/_lists.html", **_lists(who))


@router.post("/duty")
def duty(who: Who, form: Annotated[Form, Depends(posted)]) -> Response:
    """The user takes chats from now on, or does not."""
    available = form["available"] == "yes"
    with transaction() as session:
        set_available(session, who.username, available, datetime.now(UTC))
    said = _("You take chats now.") if available else _("You are away: no new chats. Yours stay with you.")
    return redirect("/desk/chats", who, flash=said)


@router.get("/{conversation_id}")
def show_chat(request: Request, who: Who, conversation_id: UUID) -> Response:
    """One chat: its thread, what was gathered, and what can be done."""
    return chat_page(request, who, conversation_id)


@router.get("/{conversation_id}/_thread")
def show_thread(
    request: Request,
    who: Who,
    conversation_id: UUID,
    before: Annotated[int | None, Query(ge=1)] = None,
    after: Annotated[int | None, Query(ge=1)] = None,
) -> Response:
    """The messages, for the open page; `before` this sequence: older ones; `after` it: only what was said
    since.
    """
    now = datetime.now(UTC)
    with transaction() as session:
        chat = _head_or_404(session, who, conversation_id)
        if after is not None:
            values = _said_since(session, chat, after)
        else:
            note_seen(session, who.username, now)
            values = _thread(session, chat, before)
    return page(request, who, "chats/_thread.html", chat=chat, **values)


@router.get("/{conversation_id}/_state")
def show_state(request: Request, who: Who, conversation_id: UUID) -> Response:
    """Who has the chat, and whether the person may be written to, for the open page."""
    with transaction() as session:
        chat = _head_or_404(session, who, conversation_id)
    return page(request, who, "chats/_state.html", **_state(who, chat))


@router.get("/{conversation_id}/media/{media_id}")
def show_media(who: Who, conversation_id: UUID, media_id: UUID) -> Response:
    """A file of this chat."""
    with transaction() as session:
        chat_or_404(session, who, conversation_id)
        row = session.get(Media, media_id)
        message = session.get(Message, row.message_id) if row is not None else None
        if row is None or message is None or message.conversation_id != conversation_id or message.sealed:
            raise HTTPException(404)
        if row.state not in ("stored", "dismissed"):
            raise HTTPException(404)
        answer = file_answer(row)
        note_view(session, who.actor, "conversation", conversation_id, datetime.now(UTC))
    return answer


def _head_or_404(session: Session, who: SignedIn, conversation_id: UUID) -> ChatHead:
    head = find_head(session, who.scope, conversation_id)
    if head is None:
        raise HTTPException(404)
    return head


def chat_or_404(session: Session, who: SignedIn, conversation_id: UUID) -> Chat:
    """The chat, if it is in the user's area of work; else 404, as if there were none."""
    confidential = who.role in region().confidential.roles
    chat = find_chat(session, who.scope, conversation_id, confidential=confidential)
    if chat is None:
        raise HTTPException(404)
    return chat


def chat_page(
    request: Request,
    who: SignedIn,
    conversation_id: UUID,
    *,
    faults: dict[str, str] | None = None,
    typed: Form | None = None,
    status: int = 200,
) -> Response:
    """The page of a chat; after a refusal with what is wrong and what was typed."""
    now = datetime.now(UTC)
    here = region()
    with transaction() as session:
        chat = chat_or_404(session, who, conversation_id)
        note_view(session, who.actor, "conversation", conversation_id, now)
        note_seen(session, who.username, now)
        spoken = chat.language or FIRST_LANGUAGE
        values = chat_words.values_of(here, chat, who, spoken)
        ready = [
            chat_words.Ready(one.title, filled(one.text_zu if spoken == "zu" else one.text_en, values))
            for one in canned_answers(session, chat.municipality)
        ]
        question = last_question(session, session.get_one(Conversation, conversation_id))
        said = {
            **_state(who, chat),
            **_thread(session, chat, None),
            "ready": ready,
            "colleagues": [
                one
                for one in colleagues(session, here, now, chat.municipality)
                if one.username != who.username
            ],
            "question": question.body if question is not None else "",
            "once": str(new_id()),
        }
        said["prefilled"] = "\n".join(_newest_words(said["days"]))
    return page(
        request,
        who,
        "chats/chat.html",
        status,
        **said,
        faults=defaultdict(str, faults or {}),
        typed=typed if typed is not None else {},
        classes=[name for name in CLASSES if name != "compliment"],
        gsm={"basic": "".join(sorted(GSM7)), "as": AS_GSM},
        price=here.chats.sms_price,
        carries_files=said["chat"].channel in CARRY_FILES,
        most_mb=settings().attachment_mb,
    )


def _lists(who: SignedIn) -> dict[str, Any]:
    now = datetime.now(UTC)
    with transaction() as session:
        note_seen(session, who.username, now)
        mine = chats_in_hand(session, who.scope, who.username)
        others = chats_in_hand(session, who.scope) if who.may("assign") else []
        there = colleagues(session, region(), now, who.municipality, available=True)
        return {
            "waiting": waiting_chats(session, who.scope),
            "mine": mine,
            "others": [line for line in others if line.agent != who.username],
            "available": any(one.username == who.username for one in there),
            "there": there,
            "words": chat_words,
        }


def _state(who: SignedIn, chat: ChatHead) -> dict[str, Any]:
    now = datetime.now(UTC)
    spoken = chat.language or FIRST_LANGUAGE
    is_open = may_write_freely(chat.channel, chat.last_inbound_at, now)
    sid = None if is_open else approved_template(region(), TEMPLATE_KEY, spoken)
    until = writable_until(chat.channel, chat.last_inbound_at)
    return {
        "chat": chat,
        "mine": chat.state == "agent" and chat.agent == who.username,
        "is_open": is_open,
        "closes_soon": until if until is not None and is_open and until - now < timedelta(hours=2) else None,
        "has_template": bool(sid) or (not is_open and settings().sandbox("whatsapp")),
        "template_text": render(TEMPLATE_KEY, spoken, {}, region()).text,
        "words": chat_words,
    }


def _thread(session: Session, chat: ChatHead, before: int | None) -> dict[str, Any]:
    items = thread(session, chat.conversation_id, before=before)
    sequences = [item.sequence for item in items if item.sequence]
    first = min(sequences, default=0)
    full = len(sequences) == SHOWN
    return {
        "days": _by_day(items),
        "older": first if full and has_older(session, chat.conversation_id, first) else None,
        "words": chat_words,
        "empty": not any(item.kind == "message" for item in items),
    }


def _newest_words(days: list[tuple[str | None, list[ThreadItem]]]) -> list[str]:
    """What the person wrote among the newest dozen messages."""
    messages = [item for _day, items in days for item in items if item.kind == "message"]
    return [item.body for item in messages[-12:] if item.inbound]


def _said_since(session: Session, chat: ChatHead, after: int) -> dict[str, Any]:
    """What goes below the message `after`: under a new day only if it is another one."""
    items = thread_from(session, chat.conversation_id, after)
    shown = [item for item in items if item.sequence <= after]
    days = _by_day([item for item in items if item.sequence > after])
    if days and _by_day(shown) and _by_day(shown)[-1][0] == days[0][0]:
        days[0] = (None, days[0][1])
    return {"days": days, "older": None, "words": chat_words, "empty": False}


def _by_day(items: Sequence[ThreadItem]) -> list[tuple[str | None, list[ThreadItem]]]:
    """Under the words for each day."""
    return [
        (_day(day), list(of_day))
        for day, of_day in groupby(items, key=lambda item: item.at.astimezone(LOCAL_TIME).date())
    ]


def _day(day: date) -> str:
    today = datetime.now(LOCAL_TIME).date()
    if day == today:
        return _("Today")
    return _("Yesterday") if (today - day).days == 1 else date_in_words(day)
