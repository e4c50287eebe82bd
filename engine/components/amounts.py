"""Amounts of money as people write them: R4560, R1 240,55, 4560 rand, amarandi angu-300, R2k."""

# ruff: noqa: E501  (patterns read best on long lines)

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import List, NamedTuple, Optional

from engine.components.meters import speaks_of_meters

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
# 'nge-25k', 'now its 6k on …': thousands, where money is spoken of.
IN_THOUSANDS = re.compile(
    r"(?<![\w.,])(?:[a-z]{1,4}-)?(?P<digits>[1-9]\d{0,2}(?:[.,]\d)?)(?P<times>k)\b", re.I
)
RANDS_OF = re.compile(
    rf"\b\w*(?:randi|rands|mali)\s+(?:e?ngu|engama|angama|ezingu|angu|eyi|eli|ka)-?\s?(?P<digits>{DIGITS}){END}",
    re.I,
)
# Money without a sign, told by the words before it ('interest of 611,09', 'ngithenge ngo100', 'i-token ka 200').
BARE = r"(?P<digits>(?!0)(?:\d{1,3}(?: \d{3})+|\d{2,6})(?:[.,]\d{2})?)(?![\w.,/:-]?\d)(?P<times>)"
# A year, a day of a month, a quantity ('paid 2023', 'ukhokhe 15 Novemba', '300 units', '40 houses', '13 Beach Road').
NO_MONEY = re.compile(
    r"\d+\s?%|(?:19|20)\d\d(?![\d ,.]\d)|\d+(?:st|nd|rd|th|h\d\d|am|pm|kl|kwh|km|kg|m|l|%|x)\b|"
    r"\d+[ -](?:(?!(?:is|was|this|us|its|as|plus|less|has|does|thus)\b)[a-z]+s|out of \d+|am|pm|kl|kwh|km|kg|m|l|x|unit|"
    r"kilo\w+|percent|people|children|digit|minute|hour|day|week|month|year|metre|litre|ama\w+|iz?in\w+|aba\w+|imi\w+|ekuseni|emini|ntambama|ebusuku|"
    r"[A-Z][a-z]+ (?:st(?:reet|r)?|r(?:oa)?d|ave(?:nue)?|drive|lane|close|crescent)|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mas|eph|mey|ago|okt|nov|dis)[a-z]*)\b",
    re.I,
)
MONEY_WORD = (
    r"(?:\w*kwelet\w*|ow(?:e|ed|es|ing)|balance|balansi|pa(?:id|y|ying)|charge[ds]?|charging|billed|bought|buy(?:ing)?|spent|"
    r"deduct(?:ed|s)|deposit|refund(?:ed)?|interest|arrears|penalty|fined?|fee|levy|rates|amount|sum|debt|price|cost|worth|"
    r"handed over|paying|transferred)(?:,? (?:of|is|was|for|me|us|only|about|back|with|now|another|extra|in|stands|still)\b){0,2}"
)
OWED = re.compile(rf"\b(?:{MONEY_WORD}|(?:se)?kuthiwa|(?:they|you|u|he|she) (?:took|take|want)) {BARE}", re.I)
# With a concord on the number: 'nithatha u150', 'ukhiphe u-500', 'ithokheni ye-50', 'incwadi ye22 700'.
CONCORD = r"(?:ngo|nge|nga|ngama|u|i|ka|ye|ya|yo|yama|ba|lika|yika|zika|le|la|lwe|wu|engu|elingu|ezingu|engango|eyi|of|for)"
WITH_CONCORD = re.compile(
    r"\b(?:\w*(?:theng|khokh|khiph|thath|dons|kwelet|bhadal|baye?|shaj|khwebh)(?!\w*phi\b)\w*|\w*-(?:buy|pay|charge|deduct|deposit|withdraw)\w*|"
    r"\w{0,4}-?(?:tokens?|thokh?eni|bhili|bill|nhlawulo|fine|nzalo|interest|mali|balance|rates|deposit|diphozithi|statement|ncwadi|akhawunti|"
    r"invoyisi|invoice|voucher|payment|nkokhelo|sikweletu|kweletu))"
    rf"(?: (?:yami|yethu|yakhe|yabo|yonke|ugesi|kagesi|yamanzi|lamanzi))? (?:{CONCORD}-? ?|(?<=khokha )|(?<=kweleta )){BARE}",
    re.I,
)
# 'cash, 50 per drum'; with cents: '8 912.44'. Hours ('10.30') and readings ('meter says 1240.55') have them, too.
PER_PIECE = re.compile(
    rf"(?<![\w.,]){BARE}(?= (?:per|a|nge|nge-?) ?(?:drum|load|bag|trip|person|bucket|tanker|token|grave)\b)",
    re.I,
)
WITH_CENTS = re.compile(
    r"(?<![\w.,/:-])(?P<digits>(?!0)(?:\d{1,3}(?:[ ,]\d{3})+|\d{3,6}|(?:2[5-9]|[3-9]\d))[.,]\d\d)(?![\w.,/:%-]?\d|\s?(?:kl|kwh|m|km|%|units?)\b)(?P<times>)",
    re.I,
)
# Where money is spoken of: '1 870', 'from 812 to 2,390', 'u650 kodwa', 'ngo200'.
MONEY_TALK = re.compile(
    r"\b(?:\w*khokh\w*|\w*kwelet\w*|\w*bill\w*|\w*bhili\w*|\w*mali|\w*rates|rebate|refund|eft|pa(?:y|id|yment)|\w*balance|statement|invoice|"
    r"interest|\w*nzalo|arrears|debt|slip|\w*sl?iphu|\w*risidi|receipt|\w*theng\w*|token|\w*thokheni|voucher|charge[ds]?|fined?|"
    r"iphepha|ephepheni|ncwadi|amount|fee|tariff|levy|cash|money|rands?|\w*randi|\w*hlawul\w*|\w*holo|sell|\w*-sell-\w|\w*khiph\w*|\w*bhalansi|fumbath\w*|"
    r"deposit|price|costs?|ow(?:e|ed|es|ing)|\w*-owe|ngasese|inkokhelo|bribe)\b",
    re.I,
)
GROUPED = re.compile(
    r"(?<![\w.,/:-])(?<!\d )(?P<digits>[1-9]\d{0,2}[ ,]\d{3}(?:[.,]\d\d)?)(?![\w.,/:-]?\d| \d)(?P<times>)",
    re.I,
)
FROM_TO = re.compile(rf"\b(?:from|instead of|esikhundleni sika|jumped to|went (?:up )?to) {BARE}", re.I)
TO = re.compile(rf"\bfrom [\d ,.]+ (?:to|kuya ku) {BARE}", re.I)
ON_A_CONCORD = re.compile(
    r"\b(?:u|ngo)-?(?P<digits>[1-9]\d{0,2} \d{3}|[1-9]\d{2,4}(?:[.,]\d\d)?)(?![\w.,/:-]?\d)(?P<times>)", re.I
)
OF_A_METER = re.compile(
    r"(?:meter|mitha|washi|read(?:s|ing|ings)?|ithi|shows?|says?|stands? at|stood at)\W{0,3}(?:is\W)?$", re.I
)
SIGNED, UNSIGNED = (WITH_R, BEFORE_RAND, OF_RANDS, RANDS_OF), (OWED, WITH_CONCORD, PER_PIECE, WITH_CENTS)
MORE_THAN_READINGS = (IN_THOUSANDS,)  # where a meter is spoken of, too, a bare number may be its reading
IN_MONEY_TALK = (IN_THOUSANDS, GROUPED, FROM_TO, TO, ON_A_CONCORD)
ROADS = frozenset({"33", "34", "56", "61", "66", "68", "69", "74", "102", "103", "614", "617"})
ROAD_BEFORE = re.compile(
    r"\b(?:the|on|along|off|road|from|ku|kwi|kwa|e|o|umgwaqo|emgwaqweni|bridge)[\s-]*$", re.I
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
    unsigned = () if sends_reading else UNSIGNED
    if unsigned and speaks_of_money(text):
        unsigned = (*unsigned, *(MORE_THAN_READINGS if speaks_of_meters(text) else IN_MONEY_TALK))
    for pattern in (*SIGNED, *unsigned):
        for match in pattern.finditer(text):
            before = text[: match.start("digits")]
            if pattern in unsigned and (
                NO_MONEY.match(text, match.start("digits")) or OF_A_METER.search(before)
            ):
                continue
            value = decimal_of(match["digits"], match["times"])
            is_road = (
                pattern is WITH_R
                and match["digits"] in ROADS
                and not match["times"]
                and (
                    ROAD_BEFORE.search(text[: match.start() + _prefix_length(match[0])])
                    or not speaks_of_money(text)
                )
            )
            if value is None or is_road:
                continue
            bare = pattern in (OF_RANDS, RANDS_OF) or pattern in unsigned
            start = match.start("digits") if bare else match.start() + _prefix_length(match[0])
            end = match.end("times") if match["times"] else match.end("digits")
            if not any(start < other.end and other.start < end for other in found):
                found.append(Amount(value, start, end))
    return sorted(found, key=lambda amount: amount.start)


def speaks_of_money(text: str) -> bool:
    """Whether bills, payments or purchases are spoken of, so that a bare number may be a sum."""
    return bool(MONEY_TALK.search(text))


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
