"""Digits written as words, in English and isiZulu: 'zero two double one four', 'iqanda kubili kunye kune'."""

from __future__ import annotations

import re
from typing import List, NamedTuple

_ENGLISH = {
    "0": "zero|nought|naught|nil|oh|o", "1": "one", "2": "two", "3": "three", "4": "four",
    "5": "five", "6": "six", "7": "seven", "8": "eight", "9": "nine",
}  # fmt: skip
_ISIZULU = {
    "0": "iqanda|iziro|uziro|oziro|ziro", "1": "kunye|inye|ukunye", "2": "kubili|ukubili|isibili",
    "3": "kuthathu|isithathu", "4": "kune|isine", "5": "kuhlanu|isihlanu", "6": "isithupha",
    "7": "isikhombisa",
    "8": "isishiyagalombili|ishiyagalombili", "9": "isishiyagalolunye|ishiyagalolunye",
}  # fmt: skip
# People put a concord before either: 'u-two', 'kuyisithupha', 'no-five', 'ngu-zero'.
_CONCORD = r"(?:(?:ngu|ku|ku?yi|u|i|o|no|ne|na|bese)-?)?"
_DIGIT = {
    digit: re.compile(rf"(?:{_CONCORD}(?:{_ENGLISH[digit]}|{_ISIZULU[digit]}))", re.I)
    for digit in sorted(_ENGLISH)
}
_WORD = "|".join(f"{_ENGLISH[digit]}|{_ISIZULU[digit]}" for digit in _DIGIT)
_ONE = rf"{_CONCORD}(?:{_WORD})"
_TOKEN = rf"(?:(?:double|treble|triple)[ -]+{_ONE}|{_ONE}|\d)"
# At least three digits in words or figures; 'oh' or 'one' alone is a word like any other.
_RUN = re.compile(rf"(?<!\w){_TOKEN}(?!\w)(?:[\s,.;-]{{1,3}}{_TOKEN}(?!\w)){{2,12}}", re.I)
_PIECE = re.compile(rf"{_TOKEN}(?!\w)", re.I)
_TIMES = {"double": 2, "treble": 3, "triple": 3}


class Spelled(NamedTuple):
    """A run of digits written as words, and where it stands."""

    digits: str
    start: int
    end: int


def spelled_in(text: str) -> List[Spelled]:
    """The runs of three digits and more of which at least one is written as a word."""
    found = []
    for match in _RUN.finditer(text):
        if not re.search(r"[^\W\d]", match[0]):
            continue
        digits = "".join(_digits_of(piece[0]) for piece in _PIECE.finditer(match[0]))
        found.append(Spelled(digits, match.start(), match.end()))
    return found


def _digits_of(piece: str) -> str:
    if piece.isdigit():
        return piece
    *repeat, word = re.split(r"[ -]+", piece) if piece.lower().startswith(tuple(_TIMES)) else [piece]
    digit = next((digit for digit, pattern in _DIGIT.items() if pattern.fullmatch(word)), "")
    return digit * (_TIMES[repeat[0].lower()] if repeat else 1)
