"""A message without words gets a kind word and a way on."""

from __future__ import annotations

from typing import Any

import pytest

from bot.wordless import wordless_key


@pytest.mark.parametrize(
    ("kind", "media", "asking", "key"),
    [
        ("text", [], None, "utter_empty"),
        ("media", [{"url": "u", "content_type": "image/jpeg"}], None, "utter_photo_only"),
        ("media", [{"url": "u", "content_type": "image/jpeg"}], "location", "utter_photo_only"),
        ("media", [{"url": "u", "content_type": "image/jpeg"}], "reading", "utter_picture_of_meter"),
        ("media", [{"type": "photo", "file_id": "f"}], "reading_again", "utter_picture_of_meter"),
        ("media", [{"url": "u", "content_type": "audio/ogg"}], "reading", "utter_voice_only"),
        ("media", [{"type": "voice", "file_id": "f"}], None, "utter_voice_only"),
        ("media", [{"type": "sticker", "file_id": "f"}], "reading", "utter_sticker_only"),
        ("media", [{"url": "u", "content_type": "image/webp"}], None, "utter_sticker_only"),
        ("media", [{"url": "u", "content_type": "application/pdf"}], "reading", "utter_media_only"),
        ("other", [], None, "utter_media_only"),
    ],
)
def test_key(kind: str, media: list[dict[str, Any]], asking: str | None, key: str) -> None:
    assert wordless_key(kind, media, asking) == key
