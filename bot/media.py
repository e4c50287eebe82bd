"""A file on its way in: fetched, looked at, kept. No transaction is open meanwhile."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID

import structlog

from bot.downloads import DownloadFailed, DownloadRefused, download
from crm_store.attachments import NotTaken, looked_at
from crm_store.database import transaction
from crm_store.domain.region import Region
from crm_store.media_files import keep_file
from crm_store.pictures import NoPicture
from crm_store.services.media import keep_media, media_to_fetch, refuse_media

log = structlog.get_logger(__name__)


def fetch_media(media_id: UUID, region: Region, *, last_attempt: bool = False) -> str:
    """Fetches the file once and returns how that ended. Raises DownloadFailed: try again."""
    with transaction() as session:
        wanted = media_to_fetch(session, media_id)
    if wanted is None:
        return "nothing_to_fetch"
    try:
        file = looked_at(download(wanted.channel, wanted.source), wanted.name)
    except DownloadFailed as error:
        if not last_attempt:
            raise
        return _refuse(media_id, region, f"it could not be fetched: {error}")
    except DownloadRefused as error:
        return _refuse(media_id, region, str(error), tell=error.tell)
    except (NoPicture, NotTaken) as error:
        return _refuse(media_id, region, str(error))
    sha256 = keep_file(file.content, file.content_type)
    with transaction() as session:
        keep_media(session, media_id, sha256, file, datetime.now(UTC))
    return "stored"


def _refuse(media_id: UUID, region: Region, reason: str, *, tell: bool = True) -> str:
    log.info("file_refused", reason=reason)
    with transaction() as session:
        refuse_media(session, region, media_id, reason, datetime.now(UTC), tell=tell)
    return "refused"
