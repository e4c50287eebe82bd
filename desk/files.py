"""A file that somebody sent, given to who may see it: a picture is shown, all else is played or saved."""

from __future__ import annotations

from fastapi import HTTPException
from fastapi.responses import FileResponse

from crm_store.attachments import PICTURE, SUFFIXES
from crm_store.media_files import path_of
from crm_store.queries.files import FileShown
from crm_store.tables import Media
from desk.refusals import plainly
from desk.words import N_, _

_WORDS = {
    "picture": N_("A picture"),
    "recording": N_("A recording"),
    "film": N_("A film"),
    "pdf": N_("A PDF"),
    "file": N_("A file"),
    # As channels call what came before files were kept, and what is kept of no one.
    "voice": N_("A recording"),
    "audio": N_("A recording"),
    "video": N_("A film"),
    "video_note": N_("A film"),
    "animation": N_("A film"),
    "document": N_("A file"),
    "sticker": N_("A sticker"),
    "edited": N_("They changed an earlier message to this one."),
}
#: Nothing of it runs, whatever it holds; `nosniff` comes with every answer of the desk.
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
}


def file_answer(media: Media) -> FileResponse:
    """The file; 404 when it is not kept (any more)."""
    content_type = media.content_type or PICTURE
    path = path_of(media.sha256, content_type) if media.sha256 else None
    if path is None or not path.is_file():
        raise HTTPException(404)
    name = media.name or f"{media.created_at:%Y-%m-%d}-{str(media.id)[-6:]}{SUFFIXES[content_type]}"
    return FileResponse(
        path,
        media_type=content_type,
        headers=_HEADERS,
        filename=name,
        content_disposition_type="inline" if content_type == PICTURE else "attachment",
    )


def file_words(file: FileShown) -> str:
    """What the file is called when it has no name."""
    words = _WORDS.get(file.sort) or _WORDS.get(file.sort.partition("/")[0])
    return _(words or N_("Something that we cannot show"))


def file_fault(file: FileShown) -> str:
    """Why the file cannot be looked at."""
    if file.state == "waiting":
        return _("it is being fetched")
    return plainly(file.reason, N_("it could not be fetched")) if file.reason else _("it is not kept")
