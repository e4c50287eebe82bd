"""Amounts of money as people write them: R4560, R1 240,55, 4560 rand, amarandi angu-300, R2k."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import List, NamedTuple, Optional

DIGITS = r"\d{1,3}(?:[ .,]\d{3})+(?:[.,]\d{2})?|\d+(?:[.,]\d{1,2})?"
END = r"(?![\d])(?:\s?(?P<times>k|million|m|thousand|wezigidi)\b)?"
WITH_R = re.compile(
    rf"(?<![A-Za-z])(?:[a-z]{{0,4}}[aeiou]-?(?=(?-i:R)\d))?(?:R|ZAR)\s?(?P<digits>{DIGITS}){END}", re.I
)
BEFORE_RAND = re.compile(
    rf"(?<![\w])(?:[a-z]{{1,4}}-)?(?P<digits>{DIGITS}){END}\s?(?:rands?|randi|bucks|zar)\b", re.I
)
RANDS_OF = re.compile(
    rf"\b\w*(?:randi|rands|mali)\s+(?:e?ngu|engama|angama|ezingu|angu|eyi|eli|ka)-?\s?(?P<digits>{DIGITS}){END}",
    re.I,
)
# 'ngangikweleta 412', 'they charged me 1 240': money without a sign, by the word before it. A year is none.
OWED = re.compile(
    r"\b(?:\w*kwelet\w*|ow(?:e|ed|es|ing)|balance(?: of| is)?|paid|charged|(?:charged|billed) (?:me|us)|"
    r"\w*theng\w+ ngo|(?:se)?kuthiwa|\w{0,6}khokh\w+)\s+"
    r"(?P<digits>(?!(?:19|20)\d\d\b)(?:[1-9]\d{0,2} \d{3}|[1-9]\d{2,4})(?:[.,]\d{2})?)"
    r"(?![\w.,/-]?\d)(?P<times>)(?!\s?(?:kl|kwh|units?|times|people|days?|weeks?|months?|years?)\b)",
    re.I,
)
ROADS = frozenset({"33", "34", "56", "61", "66", "68", "69", "74", "102", "103", "614", "617"})
ROAD_BEFORE = re.compile(
    r"\b(?:the|on|along|off|road|from|ku|kwa|e|o|umgwaqo|emgwaqweni|bridge)[\s-]*$", re.I
)
TIMES = {"k": 1000, "thousand": 1000, "m": 1_000_000, "million": 1_000_000, "wezigidi": 1_000_000}


class Amount(NamedTuple):
    """An amount in a text, as a decimal with two places ('4560.00')."""

    value: str
    start: int
    end: int


def amounts_in(text: str) -> List[Amount]:
    """The amounts of money in `text`. Road numbers ('on the R102') are not money."""
    found: List[Amount] = []
    for pattern in (WITH_R, BEFORE_RAND, RANDS_OF, OWED):
        for match in pattern.finditer(text):
            value = decimal_of(match["digits"], match["times"])
            is_road = (
                pattern is WITH_R
                and match["digits"] in ROADS
                and not match["times"]
                and (
                    ROAD_BEFORE.search(text[: match.start() + _prefix_length(match[0])])
                    or (len(match["digits"]) == 3 and " " not in match[0])
                )
            )
            if value is None or is_road:
                continue
            bare = pattern in (RANDS_OF, OWED)
            start = match.start("digits") if bare else match.start() + _prefix_length(match[0])
            end = match.end("times") if match["times"] else match.end("digits")
            if not any(start < other.end and other.start < end for other in found):
                found.append(Amount(value, start, end))
    return sorted(found, key=lambda amount: amount.start)


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
