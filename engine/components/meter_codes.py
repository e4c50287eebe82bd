"""Meter numbers that are more than digits, told by the word before them: 'meter KD-77120-B', 'imitha 22-81907'."""
# ruff: noqa: E501  (patterns read best on long lines)

from __future__ import annotations

import re
from typing import List, NamedTuple

from engine.components.meter_cues import BEFORE_ACCOUNT

_METER = r"(?:(?:[iu]|ku|kwi|nge|ye)?-?met(?:er|re)s?|mtr|\w{0,5}mitha|i?mita|serial)"
_NUMBER = r"(?:no|nr|num|number|[iey]?[iy]?nombolo|i?namba|i?nmb[ar]?|nomb|#)"
_BETWEEN = (
    rf"(?:\W{{0,3}}(?:{_NUMBER}|yamanzi|[ky]agesi|is|ngu|ithi|yami|yethu|outside|inside|e(?:ngaphandle|ngaphakathi|sangweni)|"
    r"(?:it )?(?:starts with|iqala ngo)-?\W{0,2}[a-z])\b){0,3}\W{0,4}"
)
# Letters before, within or behind the digits, or dashes between them. '22-81907', 'T5530128', '3B04471', 'WM 20417'.
_CODE = (
    r"(?P<code>[a-z]{1,3}[ -]?\d{2,}(?:-\d+)*(?:-?[a-z]{1,2})?|\d{1,4}-?[a-z]{1,2}-?\d{3,}|\d+(?:-\d+)+(?:-[a-z]{1,2})?|"
    r"\d{5,}-?[a-z]{1,2}|\d{2}[ ]\d{4}[ ]\d{2})(?![\w-])"
)
_NAMED = re.compile(rf"\b{_METER}\b{_BETWEEN}\b{_CODE}", re.I)
# Of no meter word, but of nothing else either: '04-77120-B reading ithi 00189'.
_BARE = re.compile(r"(?<![\w-])(?P<code>(?:[a-z]{1,2}-\d{4,8}|\d{2,3}-\d{4,8})-[a-z]{1,2})(?![\w-])", re.I)
# Where a reading is sent: '311-90275', '4471-2290-8'. Not an account and its reading, nor two readings.
_DASHED = re.compile(r"(?<![\w.,/-])(?P<code>\d{1,3}-\d{4,7}(?:-\d{1,3})?|\d{2,4}-\d{4}-\d{1,3})(?![\w.,/-])")
# A word of ours, not letters of a meter: 'imitha ku 2140', 'meter at 00417', 'imitha iku4471'.
_WORD = re.compile(
    r"^(?:acc|ac|ngu|ku|iku|u|no|nr|ithi|thi|on|at|is|it|to|now|was|of|in|the|and|for|not|but|say|day|t\b|e\b|w\b|r\b|kl|has|a\b|i\b|nge|le|lo|ye|ka|ne|se|si|be|its|nmb|num|nom|rdg|yi|thi|bhala|abo|pin)(?=[ \d-])",
    re.I,
)
_DATE = re.compile(r"^\d{1,2}-\d{1,2}-\d{2,4}$|^(?:19|20)\d\d-\d{1,2}-\d{1,2}$")
FEWEST_DIGITS, MOST_DIGITS = 5, 13
ACCOUNT_LENGTH = 8


class MeterCode(NamedTuple):
    """A meter number as it stands in the text; `value` is without spaces and dashes, in capitals."""

    value: str
    start: int
    end: int


def meter_codes_in(text: str, sends_reading: bool = False) -> List[MeterCode]:
    """The meter numbers in `text` that a reader of plain numbers would not see as one."""
    found: List[MeterCode] = []
    for pattern in (_NAMED, _BARE, _DASHED) if sends_reading else (_NAMED, _BARE):
        for match in pattern.finditer(text):
            code, (start, end) = match["code"], match.span("code")
            digits = sum(char.isdigit() for char in code)
            if pattern is _DASHED and (
                BEFORE_ACCOUNT.search(text[:start]) or (digits == ACCOUNT_LENGTH and code.count("-") > 1)
            ):
                continue  # 'acc. 68-1150-27'
            # 'WM 20417' in capitals; a small word with a gap is a word.
            if re.match(r"[a-z]+ ", code, re.I) and not code.split()[0].isupper():
                continue
            if not FEWEST_DIGITS <= digits <= MOST_DIGITS or _WORD.match(code) or _DATE.match(code):
                continue
            if any(len(part) == ACCOUNT_LENGTH for part in code.split("-")[:-1]):
                continue
            if not any(start < other.end and other.start < end for other in found):
                found.append(MeterCode(re.sub(r"[\s-]", "", code).upper(), start, end))
    return found
