"""What is answered to a message without words: a picture, a recording, a sticker, or nothing at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from crm_store.services.arriving_media import is_picture

# Questions to which a picture of the meter is half an answer.
_OF_A_METER = frozenset({"reading", "reading_again", "same_reading"})
_RECORDINGS = frozenset({"voice", "audio", "video_note"})


def wordless_key(kind: str, media: Sequence[Mapping[str, Any]], asking: str | None) -> str:
    """The key of the reply. A picture of the meter is kept; its digits are still to be typed."""
    if kind == "text":
        return "utter_empty"
    sorts = {_sort(item) for item in media}
    if sorts & _RECORDINGS:
        return "utter_voice_only"
    if sorts == {"sticker"}:
        return "utter_sticker_only"
    if not any(is_picture(dict(item)) for item in media):
        return "utter_media_only"
    return "utter_picture_of_meter" if asking in _OF_A_METER else "utter_photo_only"


def _sort(item: Mapping[str, Any]) -> str:
    """Telegram names the sort; Twilio gives a content type, and sends stickers as WebP."""
    content_type = str(item.get("content_type") or "")
    if content_type == "image/webp":
        return "sticker"
    return str(item.get("type") or content_type.partition("/")[0])
