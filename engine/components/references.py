"""Reference numbers as people retype them: KDM-4821-7305, 'kdm 4821 73o5', 'KDM48217305', or the digits after 'ref'."""
# ruff: noqa: E501  (lists of words and patterns read best on long lines)

from __future__ import annotations

import re
from typing import List, NamedTuple

from engine.components.meter_cues import BEFORE_ACCOUNT

LIKE_DIGITS = "0-9OoIlSsBb"
WITH_LETTERS = re.compile(
    rf"(?<!\w)(?<!\d-)[A-Za-z]{{3,4}}[\s.-]?(?=[{LIKE_DIGITS}\s-]*\d)[{LIKE_DIGITS}]{{4}}[\s.-]?[{LIKE_DIGITS}]{{4}}(?![\w])"
)
LETTERS_BARE = re.compile(r"^[A-Za-z]+$")
TWO_FOURS = re.compile(r"(?<![\w.-])\d{4}-\d{4}(?![\w-])")
FEWEST_DIGITS = 5
# A word of four letters before eight digits is no reference: 'bill 41006273', 'acct 41006273'.
NOT_LETTERS = re.compile(
    r"^(?:acc|acct|accn|acnt|bill|from|that|this|with|have|been|paid|meter|mter|numb|num|unit|plot|erf|call|cell|tel|fone|yami|thi|ithi|ngu|and|the|for|its|not|was|is|kwi|nge|ref|case|said|says|stand|acco|khawu|elec|lec|wtr|gesi|read|rdg|rdng|mtr|mine|also|then|plus|kwh|uthi|athi|isi|bese|noma|ngo|date|day|namb|nmb[ar]?|nomb)$"
    # No municipality's letters have two vowels ('engu 09115528', 'wami 29903416').
    r"|^[^aeiou]*[aeiou][^aeiou]*[aeiou]",
    re.I,
)


class Reference(NamedTuple):
    """A reference as typed."""

    value: str
    start: int
    end: int


def references_in(text: str) -> List[Reference]:
    """The references in `text`, by their letters or by the dash in their middle; the case store reads them."""
    found = []
    for pattern in (WITH_LETTERS, TWO_FOURS):
        for match in pattern.finditer(text):
            letters = re.match(r"[A-Za-z]{0,4}", match[0])
            digits = sum(character.isdigit() for character in match[0])
            if pattern is TWO_FOURS and BEFORE_ACCOUNT.search(text[: match.start()]):
                continue  # 'acc 7120-3345' is an account's
            if digits < FEWEST_DIGITS or (letters and letters[0] and NOT_LETTERS.match(letters[0])):
                continue
            if not any(match.start() < other.end and other.start < match.end() for other in found):
                found.append(Reference(match[0], match.start(), match.end()))
    return found
