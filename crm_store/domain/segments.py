"""What an SMS costs: its alphabet and its segments (GSM 03.38, 3GPP TS 23.038). Pure rules."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

import smsutil
from smsutil.codecs import GSM_CHARSET

# What people and CLDR write, and what GSM-7 has for it. One such character would turn the whole SMS to UCS-2.
AS_GSM: dict[str, str | None] = {
    "‘": "'", "’": "'", "‚": "'", "‛": "'", "′": "'", "ʼ": "'", "`": "'", "´": "'",
    "“": '"', "”": '"', "„": '"', "″": '"', "«": '"', "»": '"',
    "‐": "-", "‑": "-", "‒": "-", "–": "-", "—": "-", "−": "-", "•": "-", "·": "-",
    "…": "...", "\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ",
    "\u200b": None, "\u200d": None, "\ufeff": None, "\ufe0f": None,
}  # fmt: skip
_GSM_FOR = str.maketrans(AS_GSM)
_GSM = frozenset(GSM_CHARSET)


@dataclass(frozen=True)
class Segments:
    """What a network counts of one SMS."""

    encoding: Literal["GSM-7", "UCS-2"]
    count: int
    characters: int


def plain(text: str) -> str:
    """The text as a basic phone shows it: no emoji, and GSM-7 wherever a character has a counterpart there.

    Letters of other scripts stay as they are: a name is spelled as the person spelled it, and costs UCS-2.
    """
    written = text.translate(_GSM_FOR)
    if not is_gsm(written):
        written = "".join(map(_counterpart, written))
    return re.sub(r" {2,}", " ", written).strip()


def _counterpart(character: str) -> str:
    if character in _GSM:
        return character
    if unicodedata.category(character) in ("So", "Sk", "Cs", "Cf", "Co") or character in "\u20e3":
        return ""  # emoji, their modifiers and joiners
    bare = unicodedata.normalize("NFKD", character)[0]
    return bare if bare in _GSM else character


def is_gsm(text: str) -> bool:
    """Whether GSM 03.38 has every character; nothing is in every alphabet."""
    return _GSM.issuperset(text)


def segments(text: str) -> Segments:
    """What this SMS counts; an empty one is still one."""
    encoding: Literal["GSM-7", "UCS-2"] = "GSM-7" if is_gsm(text) else "UCS-2"
    if not text:  # smsutil divides nothing into nothing
        return Segments(encoding, 1, 0)
    return Segments(encoding, len(smsutil.split(text).parts), len(text))


def costly_letters(text: str) -> str:
    """The characters that make the SMS UCS-2 (70 instead of 160 characters a segment), each once."""
    return "".join(dict.fromkeys(character for character in plain(text) if not is_gsm(character)))
