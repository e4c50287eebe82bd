"""How a text looks on each channel: numbered choices or keys, and what an SMS costs. Pure rules."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import smsutil

# Twilio's error 21617 stands at 1600; Telegram's limit is 4096.
TEXT_LIMITS = {"sms": 1600, "whatsapp": 1600, "telegram": 4096, "web": 4096}
ONE_LINE_CHOICES = 3
ONE_LINE_TITLE = 12

# What people and CLDR write, and what GSM-7 has for it. One such character would turn the whole SMS to UCS-2.
_GSM_FOR = str.maketrans(
    {
        "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "ʼ": "'", "`": "'", "´": "'",
        "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"',
        "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "•": "-", "·": "-",
        "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
        "\u200b": None, "\u200d": None, "\ufeff": None, "\ufe0f": None,
    }
)  # fmt: skip
_CHOICE = re.compile(r"\s*(\d{1,2})\s*[.):]?\s*")


@dataclass(frozen=True)
class Segments:
    """What a network counts of one SMS."""

    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    characters: int


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


def plain(text: str) -> str:
    """The text as a basic phone shows it: no emoji, and GSM-7 wherever a character has a counterpart there.

    Letters of other scripts stay as they are: a name is spelled as the person spelled it, and costs UCS-2.
    """
    written = []
    for character in text.translate(_GSM_FOR):
        if is_gsm(character):
            written.append(character)
        elif unicodedata.category(character) in ("So", "Sk", "Cs", "Cf", "Co") or character in "\u20e3":
            continue  # emoji, their modifiers and joiners
        else:
            bare = unicodedata.normalize("NFKD", character)[0]
            written.append(bare if is_gsm(bare) else character)
    return re.sub(r" {2,}", " ", "".join(written)).strip()


def is_gsm(text: str) -> bool:
    """Whether GSM 03.38 has every character; nothing is in every alphabet."""
    return not text or bool(smsutil.is_valid_gsm(text))


def segments(text: str) -> Segments:
    """What this SMS counts; an empty one is still one."""
    encoding: Literal["GSM-7", "UCS-2"] = "GSM-7" if is_gsm(text) else "UCS-2"
    if not text:  # smsutil divides nothing into nothing
        return Segments(encoding, 1, 0)
    return Segments(encoding, len(smsutil.split(text).parts), len(text))


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
