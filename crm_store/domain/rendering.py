"""How a text looks on each channel: numbered choices or keys. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm_store.domain.segments import plain

# Twilio's error 21617 stands at 1600; Telegram's limit is 4096.
TEXT_LIMITS = {"sms": 1600, "whatsapp": 1600, "telegram": 4096, "web": 4096}
#: Under a picture, on Telegram and WhatsApp.
CAPTION_LIMIT = 1024
ONE_LINE_CHOICES = 3
ONE_LINE_TITLE = 12

_CHOICE = re.compile(r"\s*(\d{1,2})\s*[.):]?\s*")


@dataclass(frozen=True)
class Shown:
    """A message as its channel gets it; `choices` are numbered whether or not the numbers are shown."""

    body: str
    choices: list[dict[str, Any]]


def show(channel: str, text: str, buttons: Sequence[tuple[str, str]]) -> Shown:
    """The text with its choices, (title, payload) each, as this channel shows them."""
    choices = [
        {"number": number, "title": plain(title) if channel == "sms" else title, "payload": payload}
        for number, (title, payload) in enumerate(buttons, start=1)
    ]
    if channel in ("sms", "whatsapp") and choices:
        numbered = [f"{choice['number']} {choice['title']}" for choice in choices]
        short = all(len(str(choice["title"])) <= ONE_LINE_TITLE for choice in choices)
        one_line = channel == "sms" and short and len(choices) <= ONE_LINE_CHOICES
        text = f"{text}\n{(' ' if one_line else chr(10)).join(numbered)}"
    return Shown(plain(text) if channel == "sms" else text, choices)


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
