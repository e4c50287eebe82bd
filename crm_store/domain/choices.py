"""How a text looks on each channel: numbered choices or keys. Pure rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from crm_store.domain.segments import plain

ONE_LINE_CHOICES = 3
ONE_LINE_TITLE = 12


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
