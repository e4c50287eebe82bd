"""Account numbers, meter numbers and readings: told apart by their form and by the words around them."""
# ruff: noqa: E501  (lists of words and patterns read best on long lines)

from __future__ import annotations

import re
from typing import Collection, List, NamedTuple, Optional, Tuple

from engine.components.meter_cues import (
    AFTER_OF_REGISTER,
    BEFORE_OF_REGISTER,
    NAMES_REGISTER,
    NUMBERS_REGISTER,
    cue_of,
    speaks_of_meters,
)

# Digits, or letters and digits; single digits apart ('0 4 4 8 1') and one gap after leading zeros ('00 819') are one number.
# A unit or a word of ours may be glued on ('02214kl', 'acc41006273', 'ngu02214').
NUMBER = re.compile(
    r"(?:(?<![\w.,/-])|(?<=\bacc)|(?<=akhawunti)|(?<=\bno)|(?<=\bno-)|(?<=\bngu)|(?<=\bu)|(?<=\bngu-)|(?<=\bu-)|(?<=\b\wthi)|(?<=\bithi-)|(?<=\bku-)|(?<=\bmeter)|(?<=imitha)|(?<=\bon)|(?<=\belec)|(?<=\bengu)|(?<=ngu-)|(?<=ku-)|(?<=\byi-)|(?<=\bsi-)|(?<=\bli-)|(?<=\bka-)|(?<=\byi)|(?<=\w{2}yi-)|(?<=\w{2}yi)|(?<=\b(?-i:[ae])-)|(?<=reading))"
    r"(?:(?P<apart>\d(?:[ -]\d){3,10}|\d(?:, \d(?!\d)){3,10})|(?P<lead>0{1,3}\d{0,2} \d{3})|(?P<grouped>\d{2,4}(?:[ -]\d{2,4}){1,3})|(?P<coded>(?!(?:acc|no|ngu|engu|ingu|iku|siku|ka|yi|si|li|u|ku|ithi|meter|elec|on|at|is)-?\d|(?-i:[ae])-\d)[A-Za-z]{1,4}-?\d{4,10})|(?P<thousands>[1-9]\d{0,2},\d{3}(?![\d,.])|[1-9] \d{3}(?!\d|,\d{3}| \d))|(?P<plain>\d{2,13}))"
    r"(?P<red>[.,]\d{1,3}(?=\D|$))?(?:(?=(?:kl|kwh|m3|units?|kilolit\w+)\b)|(?![\w/-]))",
    re.I,
)
# '41006273-02214', '41006273=1992': two numbers. One character for one, so that positions stay.
JOINED = re.compile(r"(?<=\d{5})[-/=_*#:;,](?=\d{4})|(?<=\d{4})[-/=_*#](?=\d{8})")
# '2026-11-12', '14-11-2026': eight digits that are no account.
DATE = re.compile(r"\b(?:(?:19|20)\d\d([-/. ])\d{1,2}\1\d{1,2}|\d{1,2}([-/. ])\d{1,2}\2(?:19|20)\d\d)\b")
HALF_HOUR = re.compile(r"(?:[01]\d|2[0-3])[03]0")
CLOCK = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
# 'the reader came at 1430', '0900 to 1500': hours even where meters are spoken of.
AN_HOUR = re.compile(
    r"\b(?:came|come|comes|arrived|visit\w*|closes?|opens?|fik\w+|\w{1,2}fik[ae]\w*|vala\w*|vula\w*|\w{1,2}val[ae]|\w{1,2}vul[ae])\b[^.?!]{0,25}\b(?:at|ngo)\W{0,2}$"
    r"|\b(?:[01]\d|2[0-3])[0-5]\d\s?(?:to|till?|until|-|kuya\s+ku|kuze\s+kube\s+ngo)\s?$",
    re.I,
)
AFTER_HOUR = re.compile(
    r"^\s?(?:ntambama|ekuseni|ebusuku)\b|^\s?(?:to|till?|until|-|kuya\s+ku|kuze\s+kube\s+ngo)\s?(?:[01]\d|2[0-3])[0-5]\d\b",
    re.I,
)
BEFORE_CLOCK = re.compile(r"\b(?:at|from|since|after|before|un?till?|about|ngo|kusukela ngo)\W{0,2}$", re.I)
TWO_READINGS = re.compile(r"\d{4} \d{4}")
PLAIN_ACCOUNT = re.compile(r"(?<![\d.,])\d{8}(?![\d.,])")
METER_CODED = re.compile(r"^[A-Za-z]{1,4}-?\d{4,10}$")
# 'ngo-2016', 'ku2014': an isiZulu prefix on a year or a quantity, not a meter's letters.
PREFIX_ON_NUMBER = re.compile(
    r"^(?:ngo|ku|nga|no|ka|ko|u|ezi|izi|aba|zi|iye|eye|wango|kwango|from|and|in|to)-?\d+$|^[a-z]{0,3}[aeiou]-?(?:19|20)\d\d$",
    re.I,
)
THOUSANDS_APART = re.compile(r"[1-9]\d{0,2} \d{3}")  # 'it shows 23 614'
ACCOUNT_LENGTH, PREPAID_METER_LENGTH = 8, 11
READING_LENGTHS = range(4, 7)
LONGEST_OF_A_HOUSE = 4  # digits
LONGEST_READING = 7  # digits, of a dial that shows its fractions
YEAR = re.compile(r"(?:19|20)\d\d")


class Number(NamedTuple):
    """A number in a text, and what it is: account_number, meter_number, reading or reference."""

    kind: str
    value: str
    start: int
    end: int


class _Candidate(NamedTuple):
    digits: str
    start: int
    end: int
    cue: Optional[str]
    coded: bool


def numbers_in(
    text: str,
    taken: Collection[Tuple[int, int]] = (),
    known_accounts: Collection[str] = (),
    sends_reading: bool = False,
) -> List[Number]:
    """Accounts, meters, readings and bare references in `text`, leaving out the spans in `taken`.

    `sends_reading`: the message as a whole is understood to send one, so a number as long as readings are is one.
    """
    taken = [*taken, *(match.span() for match in DATE.finditer(text))]
    text = JOINED.sub(" ", text)
    of_registers = len(NAMES_REGISTER.findall(text)) > 1
    candidates = _candidates(text, taken, sends_reading, of_registers)
    kinds = [_first_guess(candidate, known_accounts) for candidate in candidates]
    about_meters = sends_reading or any(
        kind in ("account_number", "meter_number", "reading") for kind in kinds
    )
    about_meters = about_meters or any(
        one.digits.startswith("0") and len(one.digits) in READING_LENGTHS and not _is_a_time(one, text)
        for one in candidates
    )
    # 'from 15530 to 19870', 'kubhalwe 18840, esithombeni 14840': two alike, of nothing else.
    bare = [len(one.digits) for one in candidates if one.cue is None and not one.coded]
    about_meters = about_meters or any(bare.count(length) > 1 for length in (5, 6))
    only_numbers = not re.sub(r"[\W\d_]", "", text)
    named = [one.digits for one, kind in zip(candidates, kinds, strict=False) if kind == "meter_number"]
    found = []
    for candidate, kind in zip(candidates, kinds, strict=False):
        # 'front meter 70118264, back cottage 70118271'; 'esencwadini ngu 73310284 kanti eyami ngu 73310248'
        if (
            kind == "account_number"
            and candidate.cue in (None, "reading")
            and _a_sister(candidate.digits, named)
        ):
            kind = "meter_number"
        zero_led = candidate.digits.startswith("0") and not _is_a_time(candidate, text)
        counts = candidate.cue not in ("left_out", "paper") and (zero_led or candidate.cue != "quantity")
        counts = counts and not _is_a_time(candidate, text)
        wanted = about_meters or only_numbers or zero_led or speaks_of_meters(text)
        # 'la e-outbuilding 12 077, main house 45190': no house has a number that long.
        counts = counts or (
            sends_reading and candidate.cue == "quantity" and len(candidate.digits) > LONGEST_OF_A_HOUSE
        )
        if kind is None and len(candidate.digits) in READING_LENGTHS and counts and wanted:
            kind = "reading"
        # 'elangaphambili 445, elangemuva 1290. i-akhawunti 51107734'
        bare_beside = sends_reading and candidate.cue is None and kinds.count("account_number") > 0
        short = kind is None and len(candidate.digits) == 3 and (candidate.cue == "reading" or bare_beside)
        if short and (about_meters or speaks_of_meters(text)):
            kind = "reading"
        if (
            kind == "reading"
            and YEAR.fullmatch(candidate.digits)
            and not (sends_reading or speaks_of_meters(text))
        ):
            kind = None  # 'wathi uyabuya, ngu 2019 lowo'
        if kind is not None:
            found.append(Number(kind, candidate.digits, candidate.start, candidate.end))
    if sends_reading and not any(number.kind == "reading" for number in found):
        # '0093172 as at this morning': some dials have seven digits, and a meter's number is sent with a reading.
        found = [number._replace(kind="reading") if _a_long_reading(number) else number for number in found]
    return found


def _a_sister(digits: str, meters: Collection[str]) -> bool:
    """Whether a number begins as one of the meters does: they are bought by the box."""
    return any(digits != one and len(digits) == len(one) and digits[:5] == one[:5] for one in meters)


def _a_long_reading(number: Number) -> bool:
    return number.kind == "meter_number" and len(number.value) == LONGEST_READING and number.value[0] == "0"


def _is_a_time(candidate: _Candidate, text: str) -> bool:
    """'burst at 0600' where no meter is spoken of, 'the reader came at 0600' anywhere: an hour."""
    if not CLOCK.fullmatch(candidate.digits):
        return False
    before, after = text[: candidate.start], text[candidate.end :]
    if AN_HOUR.search(before) or AFTER_HOUR.match(after):
        return True
    return bool(BEFORE_CLOCK.search(before) and not speaks_of_meters(text))


def _candidates(
    text: str, taken: Collection[Tuple[int, int]], sends_reading: bool, of_registers: bool
) -> List[_Candidate]:
    candidates = []
    has_account = bool(PLAIN_ACCOUNT.search(text))
    for match in NUMBER.finditer(text):
        start, end = match.start(), match.end() - len(match["red"] or "")
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        before, after = text[:start], text[match.end() :]
        digits = re.sub(r"[\s,-]", "", text[start:end])
        # '41 006 273' and '4100 6273' are one number; '2217 8845 ...' of other lengths are several.
        reading_in_two = THOUSANDS_APART.fullmatch(text[start:end]) and (
            sends_reading or cue_of(before, after) == "reading"
        )
        cue = cue_of(before, after)
        whole = reading_in_two or len(digits) in (ACCOUNT_LENGTH, PREPAID_METER_LENGTH)
        whole = whole or (
            cue == "meter_number" and len(digits) > max(READING_LENGTHS) and text.count(" ", start, end) > 1
        )
        # '41006273 2214 1033': the account is there already, so these are two readings.
        whole = whole and not (has_account and cue is None and TWO_READINGS.fullmatch(text[start:end]))
        if match["grouped"] and not whole:
            candidates += _each_of(text, start, end, taken)
            continue
        if of_registers and (BEFORE_OF_REGISTER.search(before[-60:]) or AFTER_OF_REGISTER.match(after)):
            # 'aphele emini 1400 abuya ebusuku 2200': hours of day and night.
            an_hour = HALF_HOUR.fullmatch(digits) and not NUMBERS_REGISTER.search(text)
            cue = "reading" if cue in (None, "quantity") and not an_hour else cue
        candidates.append(_Candidate(digits.upper(), start, end, cue, bool(match["coded"])))
    return candidates


def _each_of(text: str, start: int, end: int, taken: Collection[Tuple[int, int]]) -> List[_Candidate]:
    parts = []
    for match in re.finditer(r"\d+", text[start:end]):
        first, last = start + match.start(), start + match.end()
        parts.append(_Candidate(match[0], first, last, cue_of(text[:first], text[last:]), False))
    return parts


def _first_guess(candidate: _Candidate, known_accounts: Collection[str]) -> Optional[str]:
    length = len(candidate.digits)
    if candidate.digits in known_accounts:
        return "account_number"
    if candidate.cue == "paper":
        return None
    if candidate.coded:
        coded = METER_CODED.match(candidate.digits) and not PREFIX_ON_NUMBER.match(candidate.digits)
        return "meter_number" if coded else None
    if candidate.cue == "account_number" and 5 <= length <= 12:
        return "account_number"
    if candidate.cue == "reference" and length == ACCOUNT_LENGTH:
        return "reference"
    if candidate.cue == "meter_number" and 5 <= length <= 13:
        return "meter_number"
    if length == ACCOUNT_LENGTH:
        return "meter_number" if candidate.cue == "meter" else "account_number"
    if length == PREPAID_METER_LENGTH or 7 <= length <= 10:
        return "meter_number"
    if candidate.cue == "meter":
        return (
            "meter_number"
            if length > max(READING_LENGTHS)
            else "reading"
            if length in READING_LENGTHS
            else None
        )
    if candidate.cue == "reading" and 4 <= length <= 6:
        return "reading"
    return None


# 'Sorry I meant 02241', 'ngiphutha, ngu 02241'.
CORRECTION = re.compile(
    r"\b(?:sorry|meant|correct(?:ion|ed)?|wrong|mistake|typo|oops|should be|should have been|must be|i?phutha|ngiphuth\w*|uxolo|lungisa|hhayi)\b",
    re.I,
)
SAME_AS_LAST = re.compile(
    r"\b(?:same (?:\w+ )?as (?:last|before|the last|the previous)|same reading|no change|(?:not|hasn'?t|haven'?t|didn'?t) (?:changed?|moved?)|"
    r"okufanayo|efanayo|esifanayo|[is]i?yafana|isafana|ayishintshanga|alishintshanga|azishintshanga|ayinyakaz(?:anga|i)|"
    r"imi (?:ndawonye|endaweni eyodwa))\b",
    re.I,
)
# Said alone it can be of nothing but a meter.
ONLY_THE_SAME = re.compile(
    r"(?:it'?s |it is )?(?:still )?(?:the )?same (?:reading )?as (?:last|the last|the previous) (?:month|time|reading)|"
    r"(?:isibalo )?(?:[is]i?yafana|sifana|njenge|njengeso?) ?(?:nesangenyanga|nesenyanga|nenyanga|nyanga|sangenyanga) edlule",
    re.I,
)
FEW_WORDS, LABELS = 6, 3
# 'nibhale 08812 kodwa imitha ithi 06612': of two readings one is ours, and contested.
OURS = re.compile(
    r"\b(?:you|your|bill\w*|statement|invoice|i-?bill|ibhili|\w*statement|\w*sitatimende|umfundi|ni(?:bhal|th|fund|sho|fak)\w*)\b",
    re.I,
)


def plainly_a_reading(
    text: str, kinds: Collection[str], has_account: bool, not_understood: bool = False
) -> bool:
    """Whether a message is a reading whatever the learner made of it: a reading with its account or meter, a
    corrected one in few words, or 'the same as last month': alone, of a meter, or from somebody with an account. One
    that is held against ours is not: it may be a dispute. Of what was `not_understood` otherwise less must tell.
    """
    if "amount" in kinds or "reference" in kinds:
        return False
    if ONLY_THE_SAME.fullmatch(" ".join(text.split()).strip(" .!")):
        return True
    named = "account_number" in kinds or "meter_number" in kinds
    words = len(re.findall(r"[^\W\d]{2,}", text))
    few_words = words <= FEW_WORDS or (not_understood and not OURS.search(text))
    if {"account_number", "meter_number"} <= set(kinds) and words <= LABELS:
        return True  # '41006273 AVK014522', and a reading that is as long as a meter's number
    if list(kinds).count("reading") > 1 and OURS.search(text):
        return False
    if "reading" in kinds and not_understood and OURS.search(text):
        return False
    if "reading" in kinds:
        return named or bool(CORRECTION.search(text)) or few_words
    about_meters = named or speaks_of_meters(text) or (has_account and few_words)
    return about_meters and bool(SAME_AS_LAST.search(text))
