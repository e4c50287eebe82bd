"""Files of ours that a provider fetches: Twilio takes an address, not a file."""

from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from crm_store.attachments import SUFFIXES
from crm_store.database import transaction
from crm_store.media_files import path_of
from crm_store.services.media import FileToSend, file_to_give_out
from crm_store.settings import settings

PATH = "/files"
#: So long a provider may fetch it: it does within seconds, and again while it retries.
GIVEN_OUT = timedelta(days=2)

router = APIRouter()


def address_of(file: FileToSend, now: datetime) -> str:
    """The path under which the file can be fetched for two days, by whoever was told it."""
    until = int((now + GIVEN_OUT).timestamp())
    name = quote(file_name(file), safe="")
    return f"{PATH}/{file.media_id}/{until}-{_seal(file.media_id, until)}/{name}"


@router.get(f"{PATH}/{{media_id}}/{{pass_}}/{{name}}")
def give_out(media_id: UUID, pass_: str, name: str) -> Response:
    """A file that an agent sent, at the address that was given to the provider; to be saved, not shown."""
    del name  # it is for the telephone that shows it
    if not _is_ours(media_id, pass_, datetime.now(UTC)):
        raise HTTPException(404)
    with transaction() as session:
        file = file_to_give_out(session, media_id)
    if file is None or not path_of(file.sha256, file.content_type).is_file():
        raise HTTPException(404)
    headers = {
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "Cache-Control": "no-store",
    }
    path = path_of(file.sha256, file.content_type)
    return FileResponse(path, media_type=file.content_type, headers=headers, filename=file_name(file))


def _is_ours(media_id: UUID, pass_: str, now: datetime) -> bool:
    """Whether we signed this address and it still holds (constant time)."""
    until, _dash, seal = pass_.partition("-")
    if not (until.isascii() and until.isdigit() and len(until) < 12):
        return False
    signed = hmac.compare_digest(seal.encode(), _seal(media_id, int(until)).encode())
    return signed and now.timestamp() < int(until)


def _seal(media_id: UUID, until: int) -> str:
    return hmac.digest(settings().signing_key, f"file:{media_id}:{until}".encode(), "sha256").hex()


def file_name(file: FileToSend) -> str:
    """What the person sees the file is called."""
    return file.name or f"phendula{SUFFIXES[file.content_type]}"
