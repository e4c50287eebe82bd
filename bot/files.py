"""Pictures of ours that a provider fetches (Twilio takes an address, not a file)."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse, Response

from bot.channels.whatsapp import FILES_PATH
from crm_store.database import transaction
from crm_store.media_files import path_of
from crm_store.services.media import picture_to_give_out

router = APIRouter()


@router.get(f"{FILES_PATH}/{{media_id}}")
def give_out(media_id: UUID) -> Response:
    """A picture that an agent sent, for two days; nobody can guess its address."""
    with transaction() as session:
        picture = picture_to_give_out(session, media_id, datetime.now(UTC))
    if picture is None or not path_of(picture.sha256).is_file():
        raise HTTPException(404)
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return FileResponse(path_of(picture.sha256), media_type=picture.content_type, headers=headers)
