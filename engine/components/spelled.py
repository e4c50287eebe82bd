"""Numbers in words: digits said one by one ('zero seven two', 'kuthathu kubili'), and sums of money."""
# ruff: noqa: E501  (patterns read best on long lines)

from __future__ import annotations

import re
from typing import Dict, List, NamedTuple, Optional, Tuple

DIGITS: Dict[str, str] = {}
for _digit, _words in enumerate(
    (
        "zero oh o nought nil iqanda qanda kuqanda uziro iziro oziro eziro ziro uzero nothi unothi",
        "one kunye inye nye eyodwa okukodwa okunye iwani uwani wani",
        "two kubili okubili isibili bili mbili itu utu thu tu",
        "three kuthathu isithathu thathu ntathu okuthathu ithri uthri thri",
        "four kune okune isine ne ifo ufo fo",
        "five kuhlanu isihlanu hlanu nhlanu okuhlanu ifayifi ufayifi fayifi faivu faiv",
        "six isithupha ayisithupha kuyisithupha sithupha isikisi usikisi sikisi",
        "seven isikhombisa ayisikhombisa kuyisikhombisa sikhombisa iseveni useveni seveni",
        "eight isishiyagalombili ayisishiyagalombili kuyisishiyagalombili shiyagalombili i-eyithi u-eyithi eyithi",
        "nine isishiyagalolunye ayisishiyagalolunye kuyisishiyagalolunye shiyagalolunye inayini unayini nayini",
    )
):
    DIGITS.update(dict.fromkeys(_words.split(), str(_digit)))
# 'u-two', 'ngu-zero': a concord before either language's word.
CONCORD = re.compile(r"^(?:ngu|ku|no|u|i|o)-")
TIMES = {"double": 2, "triple": 3, "treble": 3, "kabili": 2, "kathathu": 3}
FEWEST_DIGITS = 4
# A digit in figures counts when it stands alone: '41006273 zero two two' is an account, then a reading.
WORD = re.compile(r"[A-Za-z][A-Za-z\-]*|(?<!\d)\d(?!\d)")
BETWEEN_DIGITS = re.compile(r"[\s,.\-]{1,3}")

UNITS = dict(
    zip(
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen eighteen nineteen".split(),
        range(1, 20),
        strict=False,
    )
)
UNITS.update({"a": 1, "an": 1})
TENS = dict(
    zip("twenty thirty forty fifty sixty seventy eighty ninety".split(), range(20, 100, 10), strict=False)
)
SCALES = {"hundred": 100, "thousand": 1000, "million": 1_000_000}
_ENGLISH = "|".join([*TENS, *UNITS, *SCALES])
IN_ENGLISH = re.compile(
    rf"\b(?P<words>(?:{_ENGLISH})(?:[\s\-]+(?:and[\s\-]+)?(?:{_ENGLISH}))*)\s+(?:rands?|randi|bucks|zar)\b",
    re.I,
)
HALF = re.compile(
    rf"\b(?P<whole>{'|'.join(UNITS)})\s+and\s+a\s+half\s+(?P<scale>hundred|thousand|million)\s+(?:rands?|randi|bucks)\b",
    re.I,
)
# 'izinkulungwane ezimbili namakhulu amahlanu': nouns of size, each with how many of it.
_ZULU_TIMES = {
    "bili": 2, "mbili": 2, "thathu": 3, "ntathu": 3, "ne": 4, "hlanu": 5, "nhlanu": 5, "yisithupha": 6,
    "yisikhombisa": 7, "yisishiyagalombili": 8, "yisishiyagalolunye": 9, "yishumi": 10,
}  # fmt: skip
_SIZE = r"(?P<size>\w{0,6}nkulungwane|(?:i|ama|nama|ne|angama|engama|ayi|yi|eli|ezi|li)khulu|(?:i|ama|nama|ne|angama|engama|ayi|yi)shumi)"
ONE_SIZE = re.compile(
    rf"\b{_SIZE}(?:\s+(?:ezi|ama|a|e)(?P<times>{'|'.join(sorted(_ZULU_TIMES, key=len, reverse=True))}))?\b",
    re.I,
)
ZULU_UNITS = {
    **_ZULU_TIMES, "nye": 1, "sithupha": 6, "sikhombisa": 7, "sishiyagalombili": 8, "sishiyagalolunye": 9,
}  # fmt: skip
UNIT_AFTER = re.compile(rf",?\s+n[ae](?P<unit>{'|'.join(sorted(ZULU_UNITS, key=len, reverse=True))})\b", re.I)
FIGURES_AFTER = re.compile(r"\s+n(?:ama|a|e)-?(?P<unit>\d{1,2})\b", re.I)  # 'ikhulu nama-50'
ANY_IN_ENGLISH = re.compile(rf"\b(?P<words>(?:{_ENGLISH})(?:[\s\-]+(?:and[\s\-]+)?(?:{_ENGLISH}))*)\b", re.I)
# 'two hundred houses': of things, but for rands.
PLURAL = re.compile(
    r"\s+(?!(?:is|was|this|us|its|as|plus|rands|bucks|units|kilolit\w+)\b)(?:people\b|percent\b|[a-z]{3,}s\b)",
    re.I,
)
THANKED = re.compile(r"\bthank(?:s|\s?you)\s$", re.I)  # a million times
HUNDRED, THOUSAND = 100, 1000
RAND = re.compile(r"\b\w*(?:randi|rands?|mali)\b", re.I)
# Thousands of these are no money.
NOT_MONEY = re.compile(
    r"^\W*(?:z|y|b|w|k)?a?(?:bantu|malitha|makhilomitha|zinsuku|minyaka|zindlu|zikhathi|mayunithi|zingane)\w*|^\W*(?:abantu|ama?litha|izinsuku|iminyaka|izindlu)",
    re.I,
)
NEAR = 25  # characters


class Spelled(NamedTuple):
    """A number in words: digits as said ('0725551234'), or a sum as a decimal ('2000.00')."""

    value: str
    start: int
    end: int


def digits_in(text: str) -> List[Spelled]:
    """Runs of digits said one by one, at least four of them, in English or isiZulu."""
    found: List[Spelled] = []
    run: List[Tuple[str, int, int]] = []
    times = 1

    def close() -> None:
        said = "".join(digit for digit, _, _ in run)
        words = sum(not text[start].isdigit() for _, start, _ in run)
        if len(said) >= FEWEST_DIGITS and words >= 2:
            found.append(Spelled(said, run[0][1], run[-1][2]))
        run.clear()

    for match in WORD.finditer(text):
        word, start = match[0].lower(), match.start()
        if run and not BETWEEN_DIGITS.fullmatch(text[run[-1][2] : start]) and times == 1:
            close()
        if word in TIMES and not word.isdigit():
            times = TIMES[word]
            continue
        digit = word if word.isdigit() else DIGITS.get(word) or DIGITS.get(CONCORD.sub("", word))
        if digit is None:
            close()
        else:
            run.append((digit * times, start, match.end()))
        times = 1
    close()
    return found


def sums_in(text: str) -> List[Spelled]:
    """Sums of money in words: 'two thousand five hundred rand', 'izinkulungwane ezimbili'."""
    found = [
        Spelled(
            f"{UNITS[half['whole'].lower()] * SCALES[half['scale'].lower()] + SCALES[half['scale'].lower()] // 2}.00",
            half.start(),
            half.end("scale"),
        )
        for half in HALF.finditer(text)
    ]
    found += [
        Spelled(f"{value}.00", match.start("words"), match.end("words"))
        for match in IN_ENGLISH.finditer(text)
        if (value := _english(match["words"])) and not any(match.start() < one.end for one in found)
    ]
    found += [
        Spelled(f"{one.value}.00", one.start, one.end)
        for one in _in_zulu(text)
        if of_money(text, one.start, one.end)
        or (int(one.value) >= THOUSAND and not NOT_MONEY.match(text[one.end :]))
    ]
    return sorted(found, key=lambda one: one.start)


def counts_in(text: str) -> List[Spelled]:
    """Whole numbers in words, of a hundred or more: 'two thousand and sixty one', 'amakhulu amathathu'."""
    english = [
        Spelled(str(_english(match["words"]) or 0), match.start("words"), match.end("words"))
        for match in ANY_IN_ENGLISH.finditer(text)
        if not PLURAL.match(text, match.end()) and not THANKED.search(text[: match.start()])
    ]
    counted = [one for one in _in_zulu(text) if not NOT_MONEY.match(text[one.end :])]
    return sorted(
        (one for one in [*english, *counted] if int(one.value) >= HUNDRED), key=lambda one: one.start
    )


def of_money(text: str, start: int, end: int) -> bool:
    """Whether rands are spoken of beside the number that stands there."""
    return bool(
        RAND.search(text[max(0, start - NEAR) : start]) or RAND.match(text[end : end + NEAR].lstrip())
    )


def _in_zulu(text: str) -> List[Spelled]:
    """Numbers of thousands, hundreds and tens, and the units that follow them."""
    found: List[Spelled] = []
    total, start, end = 0, -1, -1
    for match in [*ONE_SIZE.finditer(text), None]:
        goes_on = match is not None and start >= 0 and not text[end : match.start()].strip(" ,")
        if start >= 0 and not goes_on:
            unit = UNIT_AFTER.match(text, end) or FIGURES_AFTER.match(text, end)
            if unit:
                said = unit["unit"].lower()
                total, end = total + (int(said) if said.isdigit() else ZULU_UNITS[said]), unit.end()
            found.append(Spelled(str(total), start, end))
            total, start = 0, -1
        if match is None:
            break
        size = match["size"].lower()
        worth = THOUSAND if "nkulungwane" in size else HUNDRED if "khulu" in size else 10
        total += worth * _ZULU_TIMES.get((match["times"] or "").lower(), 1)
        start, end = (match.start() if start < 0 else start), match.end()
    return found


def _english(words: str) -> Optional[int]:
    total, part = 0, 0
    for word in re.split(r"[\s\-]+", words.lower()):
        if word == "and":
            continue
        if word == "hundred":
            part = (part or 1) * 100
        elif word in SCALES:
            total, part = total + (part or 1) * SCALES[word], 0
        else:
            part += UNITS.get(word) or TENS[word]
    return total + part or None
