"""What a picture is by its content, and a clean copy of it: drawn anew, without anything hidden in it."""

from __future__ import annotations

import io
import struct

from PIL import Image, ImageOps

CONTENT_TYPE = "image/jpeg"
#: A photo of 50 million points is larger than any phone's; decoding more is an attack on our memory.
MOST_PIXELS = 50_000_000
LONGEST_SIDE = 2000
_QUALITY = 85
_FAULTS = (OSError, ValueError, SyntaxError, struct.error, Image.DecompressionBombError, MemoryError)


class NoPicture(ValueError):
    """The content is no picture that we take; the message says why, for staff."""


def kind_of(content: bytes) -> str | None:
    """JPEG, PNG, WEBP, or None; by the first bytes, whatever the sender calls it."""
    if content.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "WEBP"
    return None


def clean_copy(content: bytes) -> bytes:
    """The picture as a JPEG of at most 2000 points a side, turned upright, without EXIF (place, phone, time).

    Raises NoPicture.
    """
    kind = kind_of(content)
    if kind is None:
        raise NoPicture("it is neither JPEG nor PNG nor WebP")
    try:
        # Only the decoder of that kind may look at it.
        with Image.open(io.BytesIO(content), formats=(kind,)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise NoPicture(f"it has {picture.width} x {picture.height} points")
            upright = ImageOps.exif_transpose(picture).convert("RGB")
            upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
            out = io.BytesIO()
            # Drawn onto a new one: no comment, profile or thumbnail of the old one comes along.
            fresh = Image.new("RGB", upright.size)
            fresh.paste(upright)
            fresh.save(out, "JPEG", quality=_QUALITY)
            return out.getvalue()
    except NoPicture:
        raise
    except _FAULTS as error:
        raise NoPicture(f"it cannot be read: {type(error).__name__}") from error
