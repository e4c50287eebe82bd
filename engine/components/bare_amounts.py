"""Sums without an R or a word for rand, told by the words before them and by what the message speaks of.

'Interest of 611,09', 'ngithenge ngo100', 'rates went from 812 to 2,390': people leave the sign out. What is a
quantity, a date or a reading is none; in doubt it is left alone.
"""

# ruff: noqa: E501  (patterns read best on long lines)

from __future__ import annotations

import re
from typing import Iterator

from engine.components.meter_cues import speaks_of_meters

# Money without a sign, told by the words before it ('interest of 611,09', 'ngithenge ngo100', 'i-token ka 200').
BARE = r"(?P<digits>(?!0)(?:\d{1,3}(?: \d{3})+|\d{2,6})(?:[.,]\d{2})?)(?![\w.,/:-]?\d)(?P<times>)"
# A year, a day of a month, a quantity ('paid 2023', 'ukhokhe 15 Novemba', '300 units', '40 houses', '13 Beach Road').
NO_MONEY = re.compile(
    r"\d+\s?%|(?:19|20)\d\d(?!\d|[ ,.]\d)|\d+(?:st|nd|rd|th|h\d\d|am|pm|kl|kwh|km|kg|m|l|x)\b|"
    r"\d+[ -](?:(?!(?:is|was|this|us|its|as|plus|less|has|does|thus)\b)[a-z]+s|out of \d+|am|pm|kl|kwh|km|kg|m|l|x|unit|"
    r"kilo\w+|percent|people|children|digit|minute|hour|day|week|month|year|metre|litre|ama\w+|iz?in\w+|aba\w+|imi\w+|ekuseni|emini|ntambama|ebusuku|"
    r"[A-Z][a-z]+ (?:st(?:reet|r)?|r(?:oa)?d|ave(?:nue)?|drive|lane|close|crescent)|"
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mas|eph|mey|ago|okt|nov|dis)[a-z]*)\b",
    re.I,
)
MONEY_WORD = (
    r"(?:\w*(?:kwelet|khokh|bhadal|hlawul)\w*|ow(?:e|ed|es|ing)|balance|balansi|pa(?:id|y|ying)|charge[ds]?|charging|billed|bought|buy(?:ing)?|spent|"
    r"deduct(?:ed|s)|deposit|refund(?:ed)?|interest|arrears|penalty|fined?|fee|levy|rates|amount|sum|debt|price|cost|worth|"
    r"handed over|transferred)(?:,? (?:of|is|was|for|me|us|only|about|back|with|now|another|extra|in|stands|still)\b){0,2}"
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
# 'nge-25k', 'now its 6k on …': thousands, where money is spoken of.
IN_THOUSANDS = re.compile(
    r"(?<![\w.,])(?:[a-z]{1,4}-)?(?P<digits>[1-9]\d{0,2}(?:[.,]\d)?)(?P<times>k)\b", re.I
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
BY_WORDS = (OWED, WITH_CONCORD, PER_PIECE, WITH_CENTS)
IN_MONEY_TALK = (IN_THOUSANDS, GROUPED, FROM_TO, TO, ON_A_CONCORD)
WITH_METERS_TOO = (IN_THOUSANDS,)  # where a meter is spoken of, too, the others may be its readings


def bare_sums_in(text: str) -> Iterator[re.Match[str]]:
    """Each sum without a sign: its `digits`, and its `times` ('k') or nothing."""
    patterns = [*BY_WORDS]
    if speaks_of_money(text):
        patterns += WITH_METERS_TOO if speaks_of_meters(text) else IN_MONEY_TALK
    for pattern in patterns:
        for match in pattern.finditer(text):
            start = match.start("digits")
            if not NO_MONEY.match(text, start) and not OF_A_METER.search(text[:start]):
                yield match


def speaks_of_money(text: str) -> bool:
    """Whether bills, payments or purchases are spoken of, so that a bare number may be a sum."""
    return MONEY_TALK.search(text) is not None
