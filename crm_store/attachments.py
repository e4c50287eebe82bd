"""Which files are taken, from people and from staff: told by their content, whatever they are called.

A picture is drawn anew (crm_store/pictures.py); a recording, a film and a PDF are kept as they came, and so
are never shown as a page: who serves them says their kind, and that they are to be saved or played.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from crm_store.pictures import CONTENT_TYPE, clean_copy
from crm_store.pictures import kind_of as picture_kind

PICTURE, PDF = CONTENT_TYPE, "application/pdf"
#: What is taken, and how its file ends.
SUFFIXES = {
    PICTURE: ".jpg",
    PDF: ".pdf",
    "audio/ogg": ".ogg",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/amr": ".amr",
    "audio/mp4": ".m4a",
    "video/mp4": ".mp4",
    "video/3gpp": ".3gp",
}
#: What staff may send: what every telephone with WhatsApp or Telegram opens.
SENDABLE = (PICTURE, PDF)
LONGEST_NAME = 80
_OGG_CODECS = (b"OpusHead", b"\x01vorbis", b"Speex   ")
_MP4_BRANDS = re.compile(rb"isom|iso[2-9]|mp4[12]|avc1|MSNV|dash|qt  |f4v ")
_MPEG_BIT_RATES, _MPEG_FREQUENCIES = range(1, 15), range(3)


class NotTaken(ValueError):
    """The file is of no kind that we take; the message says why, for staff."""


@dataclass(frozen=True)
class Attachment:
    """A file that was looked at. `name`: what its sender called it, safe to show and to save under."""

    content: bytes
    content_type: str
    name: str | None = None

    @property
    def is_picture(self) -> bool:
        """Whether it is shown, and not saved or played."""
        return self.content_type == PICTURE


def looked_at(content: bytes, name: str | None = None) -> Attachment:
    """The file as it is kept. Raises NotTaken, or NoPicture of one that cannot be read."""
    if picture_kind(content) is not None:
        return Attachment(clean_copy(content), PICTURE, safe_name(name, PICTURE))
    content_type = kind_of(content)
    if content_type is None:
        raise NotTaken("it is no picture, recording, film or PDF")
    return Attachment(content, content_type, safe_name(name, content_type))


def kind_of(content: bytes) -> str | None:
    """The content type of a recording, a film or a PDF by its first bytes; None for all else."""
    if content.startswith(b"%PDF-1.") or content.startswith(b"%PDF-2."):
        return PDF
    if content.startswith(b"OggS"):
        return "audio/ogg" if any(codec in content[:80] for codec in _OGG_CODECS) else None
    if content.startswith((b"#!AMR\n", b"#!AMR-WB\n")):
        return "audio/amr"
    if content[4:8] == b"ftyp":
        return _of_brand(content[8:12])
    return _of_frames(content)


def safe_name(name: str | None, content_type: str) -> str | None:
    """The file's own name without path or control letters, with the ending of what it really is."""
    letters = unicodedata.normalize("NFC", (name or "").replace("\\", "/").rpartition("/")[2])
    kept = "".join(one for one in letters if one.isprintable() and one not in '<>:"|?*;%')
    bare = re.sub(r"\.[A-Za-z0-9]{1,5}$", "", " ".join(kept.split())).strip(" .")
    return bare[: LONGEST_NAME - 5].rstrip() + SUFFIXES[content_type] if bare else None


def _of_brand(brand: bytes) -> str | None:
    """ISO 14496-12: the first brand of the file."""
    if brand in (b"M4A ", b"M4B "):
        return "audio/mp4"
    if brand.startswith(b"3g"):
        return "video/3gpp"
    return "video/mp4" if _MP4_BRANDS.fullmatch(brand) else None


def _of_frames(content: bytes) -> str | None:
    """MP3 or AAC by the head of its first frame, behind an ID3 tag if there is one (ISO 11172-3, 13818-7)."""
    start = 0
    if content.startswith(b"ID3") and len(content) > 10:
        start = 10 + sum((content[6 + n] & 0x7F) << (7 * (3 - n)) for n in range(4))
    head = content[start : start + 4]
    if len(head) < 4 or head[0] != 0xFF or head[1] & 0xE0 != 0xE0:
        return None
    layer, bit_rate, frequency = head[1] >> 1 & 3, head[2] >> 4, head[2] >> 2 & 3
    if head[1] & 0xF6 == 0xF0:
        return "audio/aac"
    is_mp3 = layer == 1 and bit_rate in _MPEG_BIT_RATES and frequency in _MPEG_FREQUENCIES
    return "audio/mpeg" if is_mp3 and head[1] >> 3 & 3 != 1 else None
