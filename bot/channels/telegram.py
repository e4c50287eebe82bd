"""Telegram, by webhook or by long polling (bot/telegram_poll.py): both end in `take_update`."""

from __future__ import annotations

import asyncio
import hmac
import json
import logging
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, TypeVar

import structlog
import telegram
from fastapi import APIRouter, Depends, Header, HTTPException, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Conflict,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest

from bot import metrics
from bot.channels.body import body_up_to
from bot.channels.errors import (
    InvalidAddress,
    Misconfigured,
    NoAnswer,
    OptedOut,
    RateLimited,
    Rejected,
    SendError,
    TooLong,
    Unavailable,
)
from bot.receiving import accept
from crm_store.database import transaction
from crm_store.queue import defer
from crm_store.services.inbox import InboundMessage
from crm_store.settings import settings
from crm_store.threads import WEBHOOKS, apart

log = structlog.get_logger(__name__)
CHANNEL = "telegram"
TEXT_LIMIT = 4096
PATH = "/webhooks/telegram"
BODY_LIMIT_BYTES = 256 * 1024
TIME_OUT_SECONDS = 10.0

# Judged in this order: each is a subclass of those below it. https://core.telegram.org/bots/api#making-requests
TELEGRAM_ERRORS: list[tuple[type[TelegramError], type[SendError], str]] = [
    (RetryAfter, RateLimited, "429"),
    (Forbidden, OptedOut, "403"),  # blocked by the person, or never written to us
    (InvalidToken, Misconfigured, "401"),
    (ChatMigrated, InvalidAddress, "migrated"),
    (Conflict, Unavailable, "409"),
    (TimedOut, NoAnswer, "timeout"),
    (BadRequest, Rejected, "400"),
    (NetworkError, NoAnswer, "connection"),
    (TelegramError, Rejected, "telegram"),
]
BAD_REQUESTS: dict[str, type[SendError]] = {
    "chat not found": InvalidAddress,
    "user not found": InvalidAddress,
    "message is too long": TooLong,
}

os.environ.setdefault(
    "PTB_TIMEDELTA", "1"
)  # retry_after as PTB 23 will give it, without the warning of PTB 22
logging.getLogger("httpx").setLevel(logging.WARNING)  # its request lines carry the bot's token

# --- wire form ------------------------------------------------------------------------------------


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore")


class Chat(_Wire):
    id: int
    type: str = "private"


class User(_Wire):
    id: int
    is_bot: bool = False
    first_name: str = ""
    last_name: str = ""


class Location(_Wire):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)


class Venue(_Wire):
    title: str = ""
    address: str = ""


class Contact(_Wire):
    phone_number: str = ""


class Message(_Wire):
    message_id: int
    chat: Chat
    sender: User | None = Field(default=None, alias="from")
    text: str | None = None
    caption: str | None = None
    location: Location | None = None
    venue: Venue | None = None
    contact: Contact | None = None
    photo: list[dict[str, Any]] | None = None
    voice: dict[str, Any] | None = None
    audio: dict[str, Any] | None = None
    video: dict[str, Any] | None = None
    video_note: dict[str, Any] | None = None
    document: dict[str, Any] | None = None
    sticker: dict[str, Any] | None = None
    animation: dict[str, Any] | None = None


class QueryMessage(_Wire):
    chat: Chat


class CallbackQuery(_Wire):
    id: str
    sender: User = Field(alias="from")
    data: str = ""
    message: QueryMessage | None = None


class ChatMember(_Wire):
    status: str = ""


class MemberUpdate(_Wire):
    chat: Chat
    old_chat_member: ChatMember = ChatMember()
    new_chat_member: ChatMember


class Update(_Wire):
    update_id: int
    message: Message | None = None
    edited_message: Message | None = None
    callback_query: CallbackQuery | None = None
    my_chat_member: MemberUpdate | None = None


MEDIA = ("photo", "voice", "audio", "video", "video_note", "document", "sticker", "animation")

# --- routes ---------------------------------------------------------------------------------------

router = APIRouter()


@router.post(PATH)
async def receive_update(
    body: Annotated[bytes, Depends(body_up_to(BODY_LIMIT_BYTES))],
    secret: Annotated[str | None, Header(alias="X-Telegram-Bot-Api-Secret-Token")] = None,
) -> Response:
    """An update from Telegram, proved by the secret we set with setWebhook."""
    return await apart(WEBHOOKS, _take_body, body, secret)


def _take_body(body: bytes, secret: str | None) -> Response:
    expected = settings().telegram_webhook_secret
    if not expected or not hmac.compare_digest(expected.encode(), (secret or "").encode("utf-8", "replace")):
        metrics.refused.labels(CHANNEL, "forged").inc()
        log.warning("webhook_refused", path=PATH, reason="secret")
        raise HTTPException(403, "the secret token is missing or wrong")
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        metrics.refused.labels(CHANNEL, "malformed").inc()
        raise HTTPException(400, {"field": "body", "error": "is no JSON"}) from None
    try:
        take_update(content)
    except ValidationError as error:
        metrics.refused.labels(CHANNEL, "malformed").inc()
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "body"
        raise HTTPException(400, {"field": where, "error": first["msg"]}) from None
    return Response(status_code=200)


# --- receive --------------------------------------------------------------------------------------


def take_update(content: Any) -> None:
    """Does what one update asks for, once. Raises pydantic's ValidationError when it is no update."""
    update = Update.model_validate(content)
    if update.callback_query is not None:
        with transaction() as session:
            defer(session, "answer_callback", callback_query_id=update.callback_query.id)
    inbound = receive(update)
    if inbound is not None:
        accept(inbound)


def receive(update: Update) -> InboundMessage | None:
    """The message of an update; None for groups, other bots and updates that carry no message."""
    if update.callback_query is not None:
        return _receive_choice(update.update_id, update.callback_query)
    if update.my_chat_member is not None:
        return _receive_membership(update.update_id, update.my_chat_member)
    message = update.message or update.edited_message
    if message is None:
        return None
    if message.chat.type != "private" or (message.sender is not None and message.sender.is_bot):
        log.info("not_for_us", channel=CHANNEL, chat_type=message.chat.type)
        return None
    media: list[dict[str, Any]] = []
    for name in MEDIA:
        found = getattr(message, name)
        if found:
            # A photo comes in several sizes, the largest last.
            file = found[-1] if isinstance(found, list) else found
            item = {"type": name, "file_id": str(file.get("file_id", ""))}
            if file.get("mime_type"):
                item["mime_type"] = str(file["mime_type"])
            if file.get("file_name"):
                item["name"] = str(file["file_name"])[:200]
            media.append(item)
    if message.animation:  # comes as a document, too
        media = [item for item in media if item["type"] != "document"]
    text = message.text or message.caption or ""
    if not text and message.venue is not None:
        text = message.venue.title or message.venue.address
    if not text and message.contact is not None:
        text = message.contact.phone_number
    if update.edited_message is not None:
        media.append({"type": "edited"})
    kind = "text"
    if message.location is not None:
        kind = "location"
    elif media and update.edited_message is None:
        kind = "media"
    elif not text and message.text is None:
        kind = "other"  # a poll, a dice, or what Telegram invents next
    return InboundMessage(
        channel=CHANNEL,
        address=str(message.chat.id),
        provider_id=f"update:{update.update_id}",
        body=text,
        kind=kind,
        latitude=message.location.latitude if message.location else None,
        longitude=message.location.longitude if message.location else None,
        media=media,
        profile_name=_name(message.sender),
        opt_out_type=None,
        button_payload=None,
        received_at=datetime.now(UTC),
    )


def _receive_choice(update_id: int, query: CallbackQuery) -> InboundMessage | None:
    if query.message is not None and query.message.chat.type != "private":
        return None
    chat_id = query.message.chat.id if query.message is not None else query.sender.id
    return InboundMessage(
        channel=CHANNEL,
        address=str(chat_id),
        provider_id=f"update:{update_id}",
        body=query.data,
        kind="text",
        latitude=None,
        longitude=None,
        media=[],
        profile_name=_name(query.sender),
        opt_out_type=None,
        button_payload=query.data or None,
        received_at=datetime.now(UTC),
    )


def _receive_membership(update_id: int, change: MemberUpdate) -> InboundMessage | None:
    """A person who blocks the bot has opted out, who unblocks it is back.

    Told as a provider tells it, so that it is kept in the order of the conversation and nothing is
    confirmed to somebody who cannot hear it.
    """
    if change.chat.type != "private":
        return None
    before, now = change.old_chat_member.status, change.new_chat_member.status
    if now != "kicked" and before != "kicked":
        return None
    return InboundMessage(
        channel=CHANNEL,
        address=str(change.chat.id),
        provider_id=f"update:{update_id}",
        kind="other",
        media=[{"type": "blocked" if now == "kicked" else "unblocked"}],
        opt_out_type="STOP" if now == "kicked" else "START",
        received_at=datetime.now(UTC),
    )


def _name(user: User | None) -> str | None:
    return f"{user.first_name} {user.last_name}".strip() or None if user is not None else None


# --- receipts -------------------------------------------------------------------------------------
# Telegram sends none: what it takes is delivered as far as anyone can know.

# --- send -----------------------------------------------------------------------------------------

Result = TypeVar("Result")


def send(address: str, body: str, buttons: list[dict[str, Any]]) -> str:
    """Sends with the choices as an inline keyboard; returns '<chat>:<message id>'. Raises a SendError."""
    message = _call(
        bot().send_message(
            chat_id=int(address),
            text=body,
            reply_markup=_keyboard(buttons),
            link_preview_options=telegram.LinkPreviewOptions(is_disabled=True),
        )
    )
    return f"{address}:{message.message_id}"


def send_picture(address: str, body: str, picture: bytes) -> str:
    """Sends a picture with words under it; returns '<chat>:<message id>'. Raises a SendError."""
    message = _call(bot().send_photo(chat_id=int(address), photo=picture, caption=body or None))
    return f"{address}:{message.message_id}"


def send_document(address: str, body: str, document: bytes, name: str) -> str:
    """Sends a file under its name with words below it; returns '<chat>:<message id>'. Raises a SendError."""
    file = telegram.InputFile(document, filename=name)
    message = _call(bot().send_document(chat_id=int(address), document=file, caption=body or None))
    return f"{address}:{message.message_id}"


def show_typing(address: str) -> None:
    """Shows the person for five seconds that somebody is typing. Raises a SendError."""
    _call(bot().send_chat_action(chat_id=int(address), action=telegram.constants.ChatAction.TYPING))


def file_address(file_id: str) -> str:
    """Where a file that somebody sent can be fetched for the next hour. Raises a SendError."""
    address = _call(bot().get_file(file_id)).file_path
    if not address or not address.startswith(f"{bot().base_file_url}/"):
        raise Rejected("the file has no address at Telegram", "file")
    return address


def answer_callback(callback_query_id: str) -> None:
    """Stops the little clock on the pressed key. Raises a SendError."""
    _call(bot().answer_callback_query(callback_query_id))


def _keyboard(buttons: list[dict[str, Any]]) -> telegram.InlineKeyboardMarkup | None:
    """Short choices side by side, others one a row."""
    if not buttons:
        return None
    keys = [telegram.InlineKeyboardButton(b["title"], callback_data=callback_data(b)) for b in buttons]
    if len(keys) <= 3 and all(len(key.text) <= 12 for key in keys):
        return telegram.InlineKeyboardMarkup([keys])
    return telegram.InlineKeyboardMarkup([[key] for key in keys])


def callback_data(button: dict[str, Any]) -> str:
    """The payload, or the choice's number when the payload is over Telegram's 64 bytes."""
    payload = str(button["payload"])
    return payload if len(payload.encode()) <= 64 else str(button["number"])


class _Line:
    """An event loop in a thread of its own, and the bot that lives on it: PTB is asynchronous, we are not."""

    def __init__(self, token: str, api_base: str | None) -> None:
        self.loop = asyncio.new_event_loop()
        threading.Thread(target=self.loop.run_forever, name="telegram", daemon=True).start()
        request = HTTPXRequest(
            connection_pool_size=16,
            connect_timeout=5.0,
            read_timeout=TIME_OUT_SECONDS,
            write_timeout=TIME_OUT_SECONDS,
            pool_timeout=TIME_OUT_SECONDS,
        )
        if api_base:
            base = api_base.rstrip("/")
            self.bot = telegram.Bot(
                token, base_url=f"{base}/bot", base_file_url=f"{base}/file/bot", request=request
            )
        else:
            self.bot = telegram.Bot(token, request=request)


_lines: dict[tuple[str, str | None], _Line] = {}
_lines_lock = threading.Lock()


def _line() -> _Line:
    values = settings()
    key = (values.telegram_bot_token or "", values.telegram_api_base)
    with _lines_lock:
        if key not in _lines:
            _lines[key] = _Line(*key)
        return _lines[key]


def bot() -> telegram.Bot:
    """The bot of TELEGRAM_BOT_TOKEN at TELEGRAM_API_BASE."""
    return _line().bot


def submit(work: Coroutine[Any, Any, Result]) -> Future[Result]:
    """Starts PTB's coroutine on its loop."""
    return asyncio.run_coroutine_threadsafe(work, _line().loop)


def call(work: Coroutine[Any, Any, Result], time_out_seconds: float = 3 * TIME_OUT_SECONDS) -> Result:
    """Runs PTB's coroutine on its loop and waits. Raises what it raises."""
    return submit(work).result(time_out_seconds)


def _call(work: Coroutine[Any, Any, Result]) -> Result:
    try:
        return call(work)
    except TelegramError as error:
        _translate(error)
    except TimeoutError as error:
        raise NoAnswer("Telegram did not answer in time", "timeout") from error


def _translate(error: TelegramError) -> NoReturn:
    text = error.message
    if isinstance(error, RetryAfter):
        wait = error.retry_after
        seconds = wait.total_seconds() if not isinstance(wait, int | float) else float(wait)
        raise RateLimited(text, "429", seconds) from error
    if isinstance(error, BadRequest):
        for words, kind in BAD_REQUESTS.items():
            if words in text.lower():
                raise kind(text, "400") from error
    for theirs, ours, code in TELEGRAM_ERRORS:
        if isinstance(error, theirs):
            raise ours(text, code) from error
    raise Rejected(text, "telegram") from error
