"""Amounts of money as people write them: R4560, R1 240,55, 4560 rand, amarandi angu-300, R2k."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import List, NamedTuple, Optional

from engine.components.bare_amounts import bare_sums_in, speaks_of_money

DIGITS = r"\d{1,3}(?:[ .,]\d{3})+(?:[.,]\d{2})?|\d+(?:[.,]\d{1,2})?"
END = r"(?![\d])(?:\s?(?P<times>k|million|m|thousand|wezigidi)\b)?"
WITH_R = re.compile(
    rf"(?<![A-Za-z])(?:[a-z]{{0,4}}[aeiou]-?(?=(?-i:R)\d))?(?:R|ZAR)\s?(?P<digits>{DIGITS}){END}", re.I
)
BEFORE_RAND = re.compile(
    rf"(?<![\w])(?:[a-z]{{1,4}}-)?(?P<digits>{DIGITS}){END}\s?(?:rands?|randi|bucks|zar)\b", re.I
)
OF_RANDS = re.compile(
    rf"(?<![\w.,])(?:[a-z]{{1,4}}-)?(?P<digits>{DIGITS}){END}\s(?:[lw]?amarandi|lemali)\b", re.I
)
RANDS_OF = re.compile(
    rf"\b\w*(?:randi|rands|mali)\s+(?:e?ngu|engama|angama|ezingu|angu|eyi|eli|ka)-?\s?(?P<digits>{DIGITS}){END}",
    re.I,
)
ROADS = frozenset({"33", "34", "56", "61", "66", "68", "69", "74", "102", "103", "614", "617"})
ROAD_BEFORE = re.compile(
    r"\b(?:the|on|along|off|road|from|ku|kwi|\w{0,2}kwa|e|o|umgwaqo|emgwaqweni|bridge)[\s-]*$", re.I
)
TIMES = {"k": 1000, "thousand": 1000, "m": 1_000_000, "million": 1_000_000, "wezigidi": 1_000_000}


class Amount(NamedTuple):
    """An amount in a text, as a decimal with two places ('4560.00')."""

    value: str
    start: int
    end: int


def amounts_in(text: str, sends_reading: bool = False) -> List[Amount]:
    """The amounts of money in `text`. Road numbers ('on the R102') are not money.

    `sends_reading`: the message as a whole is understood to send one, so a number without a sign is no money.
    """
    found: List[Amount] = []

    def add(match: re.Match[str], start: int) -> None:
        value = decimal_of(match["digits"], match["times"])
        end = match.end("times") if match["times"] else match.end("digits")
        if value is not None and not any(start < other.end and other.start < end for other in found):
            found.append(Amount(value, start, end))

    for match in WITH_R.finditer(text):
        start = match.start() + _prefix_length(match[0])
        if not _is_road(text, match, start):
            add(match, start)
    for match in BEFORE_RAND.finditer(text):
        add(match, match.start())
    bare = () if sends_reading else bare_sums_in(text)
    for match in (*OF_RANDS.finditer(text), *RANDS_OF.finditer(text), *bare):
        add(match, match.start("digits"))
    return sorted(found, key=lambda amount: amount.start)


def _is_road(text: str, match: re.Match[str], start: int) -> bool:
    """'on the R102'; without a word of money R74 is a road wherever it stands."""
    if match["digits"] not in ROADS or match["times"]:
        return False
    return bool(ROAD_BEFORE.search(text[:start])) or not speaks_of_money(text)


def _prefix_length(written: str) -> int:
    place = re.search(r"(?:za)?r\s?\d", written, re.I)
    return place.start() if place else 0


def decimal_of(digits: str, times: Optional[str] = None) -> Optional[str]:
    """'1 240,55' -> '1240.55'; a comma or point before exactly three digits separates thousands."""
    parts = re.split(r"[ .,]", digits.strip())
    if len(parts) > 1 and len(parts[-1]) != 3:
        written = "".join(parts[:-1]) + "." + parts[-1]
    else:
        written = "".join(parts)
    try:
        value = Decimal(written) * TIMES.get((times or "").lower(), 1)
    except InvalidOperation:
        return None
    return f"{value:.2f}"
