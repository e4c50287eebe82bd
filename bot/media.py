"""A picture on its way in: fetched, looked at, drawn anew, kept. No transaction is open meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import structlog

from bot.downloads import DownloadFailed, DownloadRefused, download
from crm_store.database import transaction
from crm_store.domain.region import Region
from crm_store.media_files import keep_file
from crm_store.pictures import CONTENT_TYPE, NoPicture, clean_copy
from crm_store.services.media import keep_media, media_to_fetch, refuse_media
from crm_store.settings import settings

log = structlog.get_logger(__name__)


def fetch_media(media_id: UUID, region: Region, *, last_attempt: bool = False) -> str:
    """Fetches the picture once and returns how that ended. Raises DownloadFailed: try again."""
    with transaction() as session:
        wanted = media_to_fetch(session, media_id)
    if wanted is None:
        return "nothing_to_fetch"
    if settings().sandbox(wanted.channel):  # type: ignore[arg-type]
        return _refuse(media_id, region, "the channel has no credentials to fetch it with", tell=False)
    try:
        picture = clean_copy(download(wanted.channel, wanted.source))
    except DownloadFailed as error:
        if not last_attempt:
            raise
        return _refuse(media_id, region, f"it could not be fetched: {error}")
    except (DownloadRefused, NoPicture) as error:
        return _refuse(media_id, region, str(error))
    sha256 = keep_file(picture)
    with transaction() as session:
        keep_media(session, media_id, sha256, CONTENT_TYPE, len(picture), datetime.now(UTC))
    return "stored"


def _refuse(media_id: UUID, region: Region, reason: str, *, tell: bool = True) -> str:
    log.info("picture_refused", reason=reason)
    with transaction() as session:
        refuse_media(session, region, media_id, reason, datetime.now(UTC), tell=tell)
    return "refused"
