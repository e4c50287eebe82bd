"""What SMS and WhatsApp share at Twilio: signature, form, error codes, client, and asking what was sent."""

from __future__ import annotations

import hmac
import json
import logging
import threading
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NoReturn, TypeVar
from urllib.parse import parse_qsl

import requests
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.datastructures import ImmutableMultiDict
from twilio.base.exceptions import (  # type: ignore[import-untyped]
    TwilioException,
    TwilioRestException,
    TwilioServiceException,
)
from twilio.http.http_client import TwilioHttpClient  # type: ignore[import-untyped]
from twilio.request_validator import RequestValidator  # type: ignore[import-untyped]
from twilio.rest import Client  # type: ignore[import-untyped]

from bot.channels.errors import (
    Filtered,
    InvalidAddress,
    Misconfigured,
    NoAnswer,
    OptedOut,
    RateLimited,
    Rejected,
    SendError,
    TooLong,
    Unavailable,
    WindowClosed,
)
from crm_store.settings import settings

# https://www.twilio.com/docs/api/errors. What is not listed is judged by its HTTP status.
TWILIO_ERRORS: dict[int, type[SendError]] = {
    20003: Misconfigured,  # authentication
    20404: Misconfigured,  # account or messaging service not found
    20429: RateLimited,
    20500: Unavailable,
    20503: Unavailable,
    21211: InvalidAddress,
    21217: InvalidAddress,
    21265: InvalidAddress,
    21408: InvalidAddress,  # country not enabled
    21606: Misconfigured,  # our sender number is not ours
    21603: Misconfigured,
    21610: OptedOut,
    21611: RateLimited,  # our sender's queue is full
    21612: InvalidAddress,
    21614: InvalidAddress,
    21617: TooLong,
    30001: RateLimited,  # queue overflow
    30003: Unavailable,  # phone off or out of reach
    30004: Filtered,
    30005: InvalidAddress,
    30006: InvalidAddress,  # a landline
    30007: Filtered,
    30022: RateLimited,
    63003: InvalidAddress,
    63007: Misconfigured,
    63016: WindowClosed,
    63018: RateLimited,
    63024: InvalidAddress,
}
MESSAGE_PATH = "/webhooks/twilio"
STATUS_PATH = "/webhooks/twilio/status"
TIME_OUT_SECONDS = 10.0
# Twilio's lists lag and our clocks differ: look a little further back than the attempt began.
CLOCK_SLACK = timedelta(seconds=30)
BODY_LIMIT_BYTES = 256 * 1024

logging.getLogger("twilio.http_client").setLevel(logging.WARNING)  # it logs numbers at INFO

Form = ImmutableMultiDict[str, str]
Model = TypeVar("Model", bound=BaseModel)


class MalformedForm(Exception):
    """The form lacks a field we cannot do without, or holds nonsense in it."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(f"{field}: {reason}")
        self.field = field
        self.reason = reason


class TwilioInbound(BaseModel):
    """A message webhook; unknown parameters are Twilio's to add and ours to ignore."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)

    MessageSid: str = Field(min_length=1, max_length=64)
    From: str = Field(min_length=1, max_length=64)
    To: str = ""
    Body: str = ""
    NumMedia: int = Field(default=0, ge=0, le=100)
    ProfileName: str = ""
    ButtonPayload: str = ""
    Latitude: float | None = Field(default=None, ge=-90, le=90)
    Longitude: float | None = Field(default=None, ge=-180, le=180)
    Address: str = ""
    Label: str = ""
    OptOutType: str = ""


class TwilioStatus(BaseModel):
    """A status callback."""

    model_config = ConfigDict(extra="ignore")

    MessageSid: str = Field(min_length=1, max_length=64)
    MessageStatus: str = Field(min_length=1, max_length=32)
    ErrorCode: str = ""
    To: str = ""


def parse_form(body: bytes) -> Form:
    """The form's parameters, blank ones included: the signature covers them too."""
    return ImmutableMultiDict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))


def is_signed(form: Form, path: str, signature: str | None) -> bool:
    """Whether Twilio signed this form for our public address (constant time).

    The address comes from PUBLIC_URL, never from the request: proxies change scheme, host and port.
    https://www.twilio.com/docs/usage/webhooks/webhooks-security
    """
    token = settings().twilio_auth_token
    if not token or not signature:
        return False
    expected: str = RequestValidator(token).compute_signature(public_url(path), form)
    return hmac.compare_digest(expected.encode(), signature.encode("utf-8", "replace"))


def public_url(path: str) -> str:
    """The address under which Twilio knows one of our routes."""
    return settings().public_url.rstrip("/") + path


def read_inbound(form: Form) -> TwilioInbound:
    """Raises MalformedForm, naming the first field at fault."""
    return _validated(TwilioInbound, form)


def read_status(form: Form) -> TwilioStatus:
    """Raises MalformedForm, naming the first field at fault."""
    return _validated(TwilioStatus, form)


def _validated(model: type[Model], form: Form) -> Model:
    # A blank number is no number: WhatsApp sends Latitude= on messages without a pin.
    values = {key: value for key, value in form.items() if value != "" or key in ("MessageSid", "From")}
    # SmsSid and SmsStatus are the older names of the same fields.
    values.setdefault("MessageSid", form.get("SmsMessageSid") or form.get("SmsSid") or "")
    if model is TwilioStatus:
        values.setdefault("MessageStatus", form.get("SmsStatus", ""))
    try:
        return model.model_validate(values)
    except ValidationError as error:
        first = error.errors()[0]
        raise MalformedForm(str(first["loc"][0]), str(first["msg"])) from None


def media_of(form: Form, count: int) -> list[dict[str, Any]]:
    """The media a message carries, as (url, content_type)."""
    return [
        {"url": form.get(f"MediaUrl{n}", ""), "content_type": form.get(f"MediaContentType{n}", "")}
        for n in range(count)
    ]


_clients = threading.local()  # a requests session is not made for several threads


def client() -> Client:
    """Twilio's own client, with a time-out, pointed at TWILIO_API_BASE."""
    values = settings()
    key = (values.twilio_account_sid, values.twilio_auth_token, values.twilio_api_base)
    if getattr(_clients, "key", None) != key:
        http = TwilioHttpClient(timeout=TIME_OUT_SECONDS)
        made = Client(values.twilio_account_sid, values.twilio_auth_token, http_client=http)
        if values.twilio_api_base:
            made.api.base_url = values.twilio_api_base.rstrip("/")
        _clients.key, _clients.client = key, made
    kept: Client = _clients.client
    return kept


def create_message(to: str, body: str, sender: Mapping[str, str], media_url: str | None = None) -> str:
    """Sends, and returns Twilio's sid. Raises a SendError."""
    return _create(to=to, body=body, **sender, **({"media_url": [media_url]} if media_url else {}))


def create_from_template(to: str, sid: str, variables: Mapping[str, str], sender: Mapping[str, str]) -> str:
    """Sends an approved content template with its numbered variables. Raises a SendError."""
    return _create(to=to, content_sid=sid, content_variables=json.dumps(variables), **sender)


def _create(**parameters: str | list[str]) -> str:
    try:
        message = client().messages.create(status_callback=public_url(STATUS_PATH), **parameters)
    except (requests.RequestException, TwilioException) as error:
        _translate(error)
    return str(message.sid)


def sids_sent(to: str, body: str, sender: Mapping[str, str], since: datetime) -> list[str]:
    """The sids, oldest first, of the messages with this very body that Twilio has had from us since then.

    Asked before a delivery is repeated whose former attempt may have reached Twilio. There is no filter on
    the date in the request: Twilio's speaks of DateSent, which a message still in its queue does not have.
    """
    earliest = since - CLOCK_SLACK
    filters: dict[str, Any] = {"to": to}
    if "from_" in sender:
        filters["from_"] = sender["from_"]
    try:
        found = client().messages.list(limit=50, **filters)
    except (requests.RequestException, TwilioException) as error:
        _translate(error)
    sids = []
    for message in found:
        created: datetime | None = message.date_created
        outbound = str(message.direction or "outbound").startswith("outbound")
        if outbound and message.body == body and not (created and created < earliest):
            sids.append(str(message.sid))
    return sids[::-1]


def _translate(error: Exception) -> NoReturn:
    if isinstance(error, TwilioRestException | TwilioServiceException):
        kind = TWILIO_ERRORS.get(error.code or 0) or _by_status(error.status)
        text = error.msg if isinstance(error, TwilioRestException) else (error.detail or error.title)
        raise kind(str(text), str(error.code or error.status), _retry_after()) from error
    if isinstance(error, requests.ConnectionError) and not isinstance(error, requests.Timeout):
        # A refused connection took nothing; one broken in the middle is indistinguishable here.
        raise NoAnswer(str(error), "connection") from error
    if isinstance(error, requests.RequestException):
        raise NoAnswer(str(error), "timeout") from error
    raise Rejected(str(error), "client") from error


def _by_status(status: int) -> type[SendError]:
    if status == 429:
        return RateLimited
    if status in (401, 403):
        return Misconfigured
    return Unavailable if status >= 500 else Rejected


def _retry_after() -> float | None:
    """Seconds from the Retry-After header of this thread's last answer: the client's errors drop it."""
    response = getattr(client().http_client, "_test_only_last_response", None)
    value = (response.headers or {}).get("Retry-After") if response is not None else None
    return float(value) if value and value.replace(".", "", 1).isdigit() else None
