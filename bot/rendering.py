"""What a channel takes of a text, and which of its choices an answer names. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

# Twilio's error 21617 stands at 1600; Telegram's limit is 4096.
TEXT_LIMITS = {"sms": 1600, "whatsapp": 1600, "telegram": 4096, "web": 4096}

_CHOICE = re.compile(r"\s*(\d{1,2})\s*[.):]?\s*")


def in_parts(text: str, limit: int) -> list[str]:
    """The text in pieces that the provider takes, cut between lines or words where that is possible."""
    parts = []
    rest = text
    while len(rest) > limit:
        cut = max(rest.rfind("\n", limit // 2, limit), rest.rfind(" ", limit // 2, limit))
        cut = cut if cut > 0 else limit
        parts.append(rest[:cut].rstrip())
        rest = rest[cut:].lstrip()
    return [*parts, rest] if rest or not parts else parts


def chosen(text: str, choices: Sequence[dict[str, Any]]) -> str | None:
    """The payload of the choice this message names by number ('1', '1.', ' 1 ') or title, or None."""
    number = _CHOICE.fullmatch(text)
    wanted = text.strip().rstrip(".!").casefold()
    for choice in choices:
        if number is not None and number.group(1).isascii() and int(number.group(1)) == choice["number"]:
            return str(choice["payload"])
        if wanted and wanted == str(choice["title"]).strip().rstrip(".!").casefold():
            return str(choice["payload"])
    return None
