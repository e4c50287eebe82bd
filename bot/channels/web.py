"""The channel without a provider: the phone page, on which one types as any number on a sandbox channel.

What is typed there goes the way of every other message (bot/receiving.py); what it shows is what is stored.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from fastapi import APIRouter, Depends, HTTPException, Query, Request, Response
from fastapi.responses import FileResponse, JSONResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from bot.channels.body import body_up_to
from bot.phone.uploads import leave_upload
from bot.phone.view import conversation, file_shown
from bot.receiving import accept
from crm_store.attachments import PICTURE
from crm_store.database import transaction
from crm_store.region import region
from crm_store.services.inbox import InboundMessage
from crm_store.settings import settings

CHANNEL = "web"
PHONE_CHANNELS = ("sms", "whatsapp", "telegram")
#: A file of the largest size that can be set, in base64, and the words beside it.
_MOST_BASE64 = 22 * 1024 * 1024
BODY_LIMIT_BYTES = _MOST_BASE64 + 64 * 1024

# --- wire form ------------------------------------------------------------------------------------

_ADDRESS = {"sms": re.compile(r"\+[1-9]\d{6,14}"), "telegram": re.compile(r"[1-9]\d{4,15}")}
_ADDRESS["whatsapp"] = _ADDRESS["sms"]
PhoneChannel = Literal["sms", "whatsapp", "telegram"]


class Typed(BaseModel):
    """A message typed on the phone page."""

    model_config = ConfigDict(extra="forbid")

    id: Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{8,64}$")]
    channel: PhoneChannel
    address: str
    kind: Literal["text", "location", "media"] = "text"
    text: Annotated[str, Field(max_length=12_000)] = ""
    latitude: Annotated[float, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Field(ge=-180, le=180)] | None = None
    payload: Annotated[str, Field(max_length=256)] | None = None
    #: of kind media: what was attached, and what it is called
    file: Annotated[bytes, Field(max_length=_MOST_BASE64)] | None = None
    file_name: Annotated[str, Field(max_length=200)] = ""
    file_type: Annotated[str, Field(max_length=100)] = ""

    @model_validator(mode="after")
    def _belongs_to_its_channel(self) -> Self:
        if not _ADDRESS[self.channel].fullmatch(self.address):
            raise ValueError(f"address: {self.address!r} is no address on {self.channel}")
        if self.kind == "location" and (self.latitude is None or self.longitude is None):
            raise ValueError("latitude and longitude: are needed for a location")
        return self


# --- routes ---------------------------------------------------------------------------------------

_HERE = Path(__file__).resolve().parent.parent / "phone"
_STATIC = {"phone.css": "text/css", "phone.js": "text/javascript", "icon.svg": "image/svg+xml"}
_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"), autoescape=select_autoescape(), undefined=StrictUndefined
)
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
        " base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def only_in_sandbox(request: Request) -> None:
    """404 where the page does not exist: in production, and when every channel has its provider.

    Another site's page in the same browser may neither write nor read here.
    """
    if not settings().phone_page:
        raise HTTPException(404)
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise HTTPException(403, "only from the phone page itself")


router = APIRouter(prefix="/phone", dependencies=[Depends(only_in_sandbox)])


def _insist_on_sandbox(channel: PhoneChannel) -> None:
    if not settings().sandbox(channel):
        raise HTTPException(404, f"{channel} has its provider: use a real phone")


@router.get("")
def page() -> Response:
    """The phone page."""
    now = settings()
    places = [
        {"name": place.name, "latitude": place.latitude, "longitude": place.longitude}
        for place in sorted(region().places, key=lambda place: place.name)
        if place.latitude is not None and place.longitude is not None
    ]
    text = _templates.get_template("phone.html").render(
        region=region().name.en if hasattr(region().name, "en") else region().name,
        channels=[name for name in PHONE_CHANNELS if now.sandbox(name)],  # type: ignore[arg-type]
        places=places,
    )
    return Response(text, media_type="text/html; charset=utf-8", headers=_HEADERS)


@router.get("/static/{name}")
def static(name: str) -> Response:
    """The page's own style and script."""
    if name not in _STATIC:
        raise HTTPException(404)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-cache"}
    return FileResponse(_HERE / "static" / name, media_type=_STATIC[name], headers=headers)


@router.get("/messages")
def messages(channel: PhoneChannel, address: Annotated[str, Query(max_length=32)]) -> Response:
    """What this phone shows."""
    _insist_on_sandbox(channel)
    if not _ADDRESS[channel].fullmatch(address):
        raise HTTPException(400, {"field": "address", "error": f"is no address on {channel}"})
    with transaction() as session:
        shown = conversation(session, channel, address)
    return JSONResponse(shown, headers={"Cache-Control": "no-store"})


@router.get("/files/{media_id}")
def file(media_id: UUID) -> Response:
    """A file that this phone got or sent."""
    with transaction() as session:
        found = file_shown(session, media_id)
    if found is None:
        raise HTTPException(404)
    channel, path, content_type, name = found
    _insist_on_sandbox(channel)  # type: ignore[arg-type]
    disposition = "inline" if content_type == PICTURE else "attachment"
    headers = {**_HEADERS, "Content-Security-Policy": "default-src 'none'; sandbox"}
    return FileResponse(
        path, media_type=content_type, headers=headers, filename=name, content_disposition_type=disposition
    )


@router.post("/messages")
def type_message(request: Request, body: Annotated[bytes, Depends(body_up_to(BODY_LIMIT_BYTES))]) -> Response:
    """Takes what was typed, as a webhook would."""
    if request.headers.get("content-type", "").split(";")[0].strip() != "application/json":
        raise HTTPException(415, "application/json only")
    try:
        typed = Typed.model_validate(json.loads(body))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "body"
        raise HTTPException(400, {"field": field, "error": first["msg"]}) from None
    except (ValueError, RecursionError):
        raise HTTPException(400, {"field": "body", "error": "is no JSON"}) from None
    _insist_on_sandbox(typed.channel)
    try:
        accepted = accept(receive(typed))
    except binascii.Error:
        raise HTTPException(400, {"field": "file", "error": "is no base64"}) from None
    return JSONResponse({"message_id": str(accepted.message_id), "repeated": accepted.duplicate}, 202)


# --- receive --------------------------------------------------------------------------------------


def receive(typed: Typed) -> InboundMessage:
    """The message as the channel itself would have given it."""
    has_pin = typed.kind == "location"
    return InboundMessage(
        channel=typed.channel,
        address=typed.address,
        provider_id=f"phone:{typed.id}",
        body=typed.payload or typed.text,
        kind=typed.kind,
        latitude=typed.latitude if has_pin else None,
        longitude=typed.longitude if has_pin else None,
        media=_media(typed),
        button_payload=typed.payload,
        received_at=datetime.now(UTC),
    )


def _media(typed: Typed) -> list[dict[str, Any]]:
    """A file waits in a folder of ours, as at a provider, until it is fetched and looked at like any."""
    if typed.kind != "media":
        return []
    if typed.file is None:
        return [{"url": "", "content_type": "image/jpeg"}]
    name = leave_upload(base64.b64decode(typed.file, validate=True))
    return [{"upload": name, "content_type": typed.file_type, "name": typed.file_name}]


# --- send -----------------------------------------------------------------------------------------


def send(_address: str, _body: str, _buttons: list[dict[str, Any]]) -> str:
    """Nothing to send: the web channel is always in sandbox, and who reads it reads the store."""
    raise AssertionError("the web channel has no provider")
