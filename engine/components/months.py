"""Months as people write them, in English and isiZulu, resolved to `YYYY-MM` in the past."""
# ruff: noqa: E501  (lists of words and patterns read best on long lines)

from __future__ import annotations

import re
from datetime import date
from typing import Dict, List, NamedTuple, Optional

# Lower case, without prefix. isiZulu has borrowed names and its own; the own ones by the ministry's list.
NAMES: Dict[str, int] = {}
for _number, _names in enumerate(
    (
        "january jan janu januwari janyuwari masingana",
        "february feb febr febhuwari februwari febhruwari nhlolanja",
        "march mar mashi ndasa",
        "april apr apreli ephreli aphreli mbasa mbaso",
        "may meyi mey nhlaba",
        "june jun juni nhlangulana",
        "july jul julayi julai ntulikazi",
        "august aug agasti ncwaba",
        "september sep sept septemba septhemba mandulo",
        "october oct okthoba oktoba mfumfu",
        "november nov novemba lwezi",
        "december dec disemba zibandlela",
    ),
    start=1,
):
    NAMES.update(dict.fromkeys(_names.split(), _number))

# Also an ordinary word ('may I', 'march', 'mar'): only behind a word that asks for a month, or capitalised.
ALSO_WORDS = frozenset({"may", "march", "mar", "jan", "dec", "sep", "mey", "ndasa", "mashi"})
PREFIX = r"(?:(?:[nszwylb]a)?ng[oae]|[nswylbz]?ak[ua]|kuka|k[aou]|u|no|na|ku|sika|zika|lika|yika|eka|yango|zango|lwango|sango|wango|ek[au]|o)?"
MONTH = re.compile(
    rf"\b(?P<prefix>{PREFIX})-?(?P<name>{'|'.join(sorted(NAMES, key=len, reverse=True))})\b\.?(?:[\s,']*(?P<year>(?:20)\d{{2}})\b)?",
    re.I,
)
NUMERIC = re.compile(
    r"\b(?:(?P<month>0?[1-9]|1[0-2])[/-](?P<year>20\d{2})|(?P<year2>20\d{2})[/-](?P<month2>0[1-9]|1[0-2]))\b(?![/-]\d)"
)
LAST = re.compile(
    r"\b(?:(?:the\s+)?(?:last|past|previous)\s+(?:month|mnth)(?:'?s)?|\w{0,4}nyanga\s+(?:edlule|eyedlule|efile|eledlule|ephelile|edlulile))\b",
    re.I,
)
THIS = re.compile(
    r"\b(?:(?:this|current)\s+(?:month|mnth)(?:'?s)?|(?:ku|nga|ya|za|ka|kwa)?le\s*nyanga|(?:i|e|ye|nge|kwe|le)?nyanga\s+(?:yamanje|esikuyo))\b",
    re.I,
)
BEFORE_LAST = re.compile(r"\b(?:the\s+)?month\s+before\s+last\b", re.I)
AGO = re.compile(
    r"\b(?P<months>\d{1,2}|two|three|four|five|six)\s+months?\s+(?:ago|back)\b"
    r"|\b(?:ezinyangeni|izinyanga)\s+(?P<inyanga>ezimbili|ezintathu|ezine|ezinhlanu|eziyisithupha)\s+e(?:zi)?dlule\b",
    re.I,
)
COUNTS = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6,
    "ezimbili": 2, "ezintathu": 3, "ezine": 4, "ezinhlanu": 5, "eziyisithupha": 6,
}  # fmt: skip
ASKS_FOR_MONTH = re.compile(
    r"\b(?:in|for|of|since|from|to|until|till|during|last|by|and|4|my|the|on)\s*$", re.I
)
NOT_A_MONTH = re.compile(r"^\s+(?:i|we|be|the|you|they|not|have|god)\b", re.I)


class Month(NamedTuple):
    """A month named in a text."""

    value: str  # YYYY-MM
    start: int
    end: int


def months_in(text: str, today: date) -> List[Month]:
    """The months `text` names. A month without a year is the latest one that has begun by `today`."""
    found: List[Month] = []
    for pattern, back in ((BEFORE_LAST, 2), (LAST, 1), (THIS, 0)):
        for match in pattern.finditer(text):
            found.append(Month(_back(today, back), match.start(), match.end()))
    for match in AGO.finditer(text):
        said = (match["months"] or match["inyanga"]).lower()
        back = int(said) if said.isdigit() else COUNTS.get(said, 0)
        if 1 <= back <= 24:
            found.append(Month(_back(today, back), match.start(), match.end()))
    for match in NUMERIC.finditer(text):
        year, month = match["year"] or match["year2"], match["month"] or match["month2"]
        found.append(Month(f"{year}-{int(month):02d}", match.start(), match.end()))
    for match in MONTH.finditer(text):
        value = _named(match, text, today)
        if value:
            found.append(Month(value, match.start(), match.end()))
    found.sort(key=lambda month: (month.start, -month.end))
    return [
        month for at, month in enumerate(found) if not any(month.start < other.end for other in found[:at])
    ]


def _named(match: "re.Match[str]", text: str, today: date) -> Optional[str]:
    name, written = match["name"].lower(), match["name"]
    before, after = text[: match.start()], text[match.end() :]
    if name in ALSO_WORDS and not match["prefix"] and not match["year"]:
        alone = not before.strip() and not after.strip(" ?.!")
        beside = before.rstrip().lower().endswith(" and")  # '.. and may we cook?'
        if NOT_A_MONTH.match(after) and (beside or not ASKS_FOR_MONTH.search(before)):
            return None
        asked_for = bool(ASKS_FOR_MONTH.search(before))
        capital = written[0].isupper() and (bool(before.strip()) or alone)
        if not (alone or asked_for or capital):
            return None
    number = NAMES[name]
    if match["year"]:
        return f"{match['year']}-{number:02d}"
    year = today.year if number <= today.month else today.year - 1
    return f"{year}-{number:02d}"


def _back(today: date, months: int) -> str:
    total = today.year * 12 + today.month - 1 - months
    return f"{total // 12}-{total % 12 + 1:02d}"
