"""Pictures that a person sends, and the readings that they are kept beside."""

from __future__ import annotations

import io
import secrets
from typing import Any

from PIL import Image

from tests.conversations.chat import Chat
from tests.processes.running import wait_until


def a_photo() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (60, 30), (200, secrets.randbelow(255), 90)).save(out, "JPEG")
    return out.getvalue()


def linked_photo(chat: Chat) -> dict[str, Any]:
    """The person's picture, when it has found its reading."""

    def found() -> list[dict[str, Any]]:
        assert chat.system.command("sweep").returncode == 0
        return [one for one in chat.photos() if one["state"] == "stored" and one["reading_id"]]

    (photo,) = wait_until("the picture to be kept and to find its reading", found, 60)
    return photo
