"""What readings one message brings, and of which meters.

The engine says what each number looks like by its form and by the words around it. Here that meets what is
known: the accounts and meters of that name, the sender's own, their dials and last readings. Pure rules; the
caller looks the meters up.
"""

import datetime as dt
import itertools
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from crm_store.domain.readings import MeterFacts, check_reading
from crm_store.domain.region import ReadingRules

_KEYS = ("account_number", "meter_number")
#: Longest run of digits that may be a reading with its red digits, sent without a comma.
_LONGEST_READING = 8

_CORRECTION = re.compile(
    r"\b(?:sorry|meant|correct(?:ion|ed)?|wrong|mistake|typo|should be|must be|instead|change it to|"
    r"i?phutha|ngiphuth\w*|uxolo|lungisa\w*|ngilungisa|eyiyo|hhayi)\b",
    re.I,
)
_SAME_AS_LAST = re.compile(
    r"\b(?:same (?:\w+ )?as (?:last|before|the (?:last|previous))|same reading|still the same|no change|"
    r"unchanged|(?:not|hasn'?t|has not|didn'?t) (?:changed?|moved?)|as last (?:month|time)|"
    r"okufanayo|efanayo|esifanayo|iyafana|isafana|siyafana|isalokhu|ayishintshanga|"
    r"ayikashintshi|alishintshanga|"
    r"njenge(?:nyanga|sikhathi) e(?:s)?edlule|njengenyanga edlule|njengakuqala)\b",
    re.I,
)
_OLD = re.compile(
    r"\b(?:was|from|last(?: month| time)?|previous(?:ly)?|prev|old|before|instead of|not|sent|wrote|"
    r"bekuyi|bekungu|beyingu|beyithi|ibithi|ibingu|isukele ku|kusuka ku|kade|esidlule|edlule|hhayi|kade ithi)"
    r"\W{1,3}(?:(?:reading|it|was|is|i|said|ngu|u|imitha)\W{1,3}){0,2}$",
    re.I,
)
_DROPPED = re.compile(r"\s?[.,]\d{1,3}(?!\d)")
_NEW_METER = re.compile(
    r"\bnew\s+(?:water\s+|electric\w*\s+)?meter\b|\bmeter\s+(?:was|is|has been)\s+(?:changed|replaced|new)\b|"
    r"\b(?:i|ye|ne|kwe)?-?mitha\s+(?:en?tsha|isha)\b|\bmitha\s+(?:i|li)shintshiwe\b|\bishintshiwe\s+imitha\b",
    re.I,
)


@dataclass(frozen=True)
class Mention:
    """A number or a service in the text; `kind` is account_number, meter_number, reading or service."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class KnownMeter:
    """A meter that the message may be about. `own`: of an account that the sender used or is linked to;
    `sent_today`: its reading of today is the sender's, 1 the newest.
    """

    account_number: str
    meter_number: str
    facts: MeterFacts
    own: bool = False
    sent_today: int | None = None


@dataclass(frozen=True)
class SentReading:
    """One reading; what the message and the known meters leave open is None. `dropped`: red digits were."""

    digits: str | None = None
    account_number: str | None = None
    meter_number: str | None = None
    service: str | None = None
    dropped: bool = False


@dataclass(frozen=True)
class ReadingMessage:
    """`either`: the numbers of which one is the reading, when nothing tells which."""

    sent: tuple[SentReading, ...] = ()
    correction: bool = False
    same_as_last: bool = False
    either: tuple[str, ...] = ()


@dataclass
class _Group:
    """Readings with the account and meter numbers that stand with them."""

    account: str | None
    meter: str | None
    readings: list[Mention]


def says_the_same(text: str) -> bool:
    """'same as last month', 'iyafana': the dials show what they showed at the last reading."""
    return bool(_SAME_AS_LAST.search(text))


def speaks_of_new_meter(text: str) -> bool:
    """'new meter', 'imitha entsha': the dials are others than those we know."""
    return bool(_NEW_METER.search(text))


def drops_red_digits(text: str) -> bool:
    """'02214,567': what stands behind the comma was left out."""
    return bool(re.search(r"\d{3}" + _DROPPED.pattern, text))


def read_message(
    text: str,
    mentions: Sequence[Mention],
    meters: Collection[KnownMeter],
    today: dt.date,
    rules: ReadingRules,
) -> ReadingMessage:
    """The readings in the order of the text. `meters`: those named in it by account or meter, and the own."""
    correction, same = bool(_CORRECTION.search(text)), says_the_same(text)
    numbers = _told_apart([one for one in mentions if one.kind != "service"], meters)
    numbers = _slips_mended(_without_old(text, numbers), meters, today, rules)
    groups = _groups(numbers)
    services = _services(mentions, groups)
    sent: list[SentReading] = []
    either: tuple[str, ...] = ()
    for group in groups:
        found = [
            SentReading(
                one.value,
                group.account,
                group.meter,
                services.get(one),
                bool(_DROPPED.match(text[one.end :])),
            )
            for one in group.readings
        ] or [SentReading(None, group.account, group.meter)]
        decided = _decide(found, meters, correction, today, rules)
        if not decided:
            either = tuple(one.value for one in group.readings)
            decided = [SentReading(None, group.account, group.meter, found[0].service)]
        sent += decided
    if not groups:  # nothing but the wish to send one, or 'the same as last month'
        service = next((one.value for one in mentions if one.kind == "service"), None)
        sent = _decide([SentReading(service=service)], meters, correction, today, rules)
    return ReadingMessage(tuple(sent), correction, same and not any(one.digits for one in sent), either)


def _told_apart(numbers: Sequence[Mention], meters: Collection[KnownMeter]) -> list[Mention]:
    """Accounts and meters by what exists; one too short for either is a reading with a digit too many."""
    accounts = {meter.account_number for meter in meters}
    names = {meter.meter_number for meter in meters}

    def kind(one: Mention) -> str:
        if one.value in accounts and (one.kind == "account_number" or one.value not in names):
            return "account_number"
        return "meter_number" if one.value in names else one.kind

    told = [replace(one, kind=kind(one)) for one in numbers]
    if any(one.kind == "reading" for one in told) or not (
        any(one.value in accounts | names for one in told) or any(meter.own for meter in meters)
    ):
        return told
    rest = [one for one in told if one.value not in accounts | names]
    if len(rest) == 1 and rest[0].value.isdigit() and len(rest[0].value) <= _LONGEST_READING:
        alone = len(told) == 1 and len(rest[0].value) == _LONGEST_READING
        if not alone:  # eight digits alone are an account that we do not find
            return [replace(one, kind="reading") if one is rest[0] else one for one in told]
    return told


def _without_old(text: str, numbers: list[Mention]) -> list[Mention]:
    """Without the readings that the text itself calls old or wrong, as long as another one remains."""
    old = [one for one in numbers if one.kind == "reading" and _OLD.search(text[: one.start])]
    readings = [one for one in numbers if one.kind == "reading"]
    return [one for one in numbers if one not in old] if len(old) < len(readings) else numbers


def _slips_mended(
    numbers: list[Mention], meters: Collection[KnownMeter], today: dt.date, rules: ReadingRules
) -> list[Mention]:
    """The sender's own account, written with two digits changed about, one too few or one too many, where the
    reading sent with it fits its meter.

    A digit written for another may be the account next door, and is asked about; so is whatever is nobody's.
    """
    keys = [one for one in numbers if one.kind in _KEYS]
    known = {meter.account_number for meter in meters} | {meter.meter_number for meter in meters}
    if len(keys) != 1 or keys[0].value in known:
        return numbers
    near = {one.account_number for one in meters if one.own and _is_slip(keys[0].value, one.account_number)}
    if len(near) != 1:
        return numbers
    (account,) = near
    fits = any(
        _fits(SentReading(one.value), meter, today, rules)
        for one in numbers
        for meter in meters
        if one.kind == "reading" and meter.account_number == account and meter.facts.last_reading is not None
    )
    mended = replace(keys[0], kind="account_number", value=account)
    return [mended if fits and one is keys[0] else one for one in numbers]


def _is_slip(typed: str, meant: str) -> bool:
    """Two neighbours changed about, a digit left out, or one too many."""
    if len(typed) == len(meant):
        differ = [place for place, pair in enumerate(zip(typed, meant, strict=True)) if pair[0] != pair[1]]
        return (
            len(differ) == 2
            and differ[1] == differ[0] + 1
            and typed[differ[0]] == meant[differ[1]]
            and typed[differ[1]] == meant[differ[0]]
        )
    longer, shorter = sorted((typed, meant), key=len, reverse=True)
    return len(longer) == len(shorter) + 1 and any(
        longer[:place] + longer[place + 1 :] == shorter for place in range(len(longer))
    )


def _groups(numbers: Sequence[Mention]) -> list[_Group]:
    """'account reading account reading', 'reading account …', 'account meter reading meter reading' …"""
    if not numbers:
        return []
    groups: list[_Group] = []
    keys_first = numbers[0].kind in _KEYS
    runs = [list(run) for _, run in itertools.groupby(numbers, key=lambda one: one.kind in _KEYS)]
    for run in runs:
        is_keys = run[0].kind in _KEYS
        if is_keys == keys_first:
            groups.append(_Group(None, None, []))
        group = groups[-1]
        if not is_keys:
            group.readings = run
            continue
        for key in run:
            if key.kind == "account_number":
                group.account = group.account or key.value
            else:
                group.meter = group.meter or key.value
    if not any(group.readings for group in groups):
        return groups
    # An account without a reading of its own ('W1 02214 W2 01887 acc 41006273') is everybody's.
    spare = next((group.account for group in groups if not group.readings), None)
    groups = [group for group in groups if group.readings]
    first = next((group.account for group in groups if group.account), None)
    last = None
    for group in groups:
        last = group.account or last
        group.account = group.account or spare or (None if group.meter else last or first)
    return groups


def _services(mentions: Sequence[Mention], groups: Sequence[_Group]) -> dict[Mention, str]:
    """Which service each reading is of: one word a reading in their order, else the word next to it."""
    words = [one for one in mentions if one.kind == "service"]
    readings = [one for group in groups for one in group.readings]
    if not words or not readings:
        return {}
    if len(words) == len(readings):
        return {reading: word.value for reading, word in zip(readings, words, strict=True)}
    if len(words) == 1 and len({group.account for group in groups}) == len(groups) == len(readings) > 1:
        return dict.fromkeys(readings, words[0].value)  # 'water: 41006273 02214, 41006281 01887'
    found: dict[Mention, str] = {}
    for word in words:
        nearest = min(readings, key=lambda one: min(abs(one.start - word.end), abs(word.start - one.end)))
        found.setdefault(nearest, word.value)
    if len(words) == 1 and len(readings) == 2:
        other = {"water": "electricity", "electricity": "water"}.get(words[0].value)
        for reading in readings:
            if other and reading not in found:
                found[reading] = other
    return found


def _decide(
    found: list[SentReading],
    meters: Collection[KnownMeter],
    correction: bool,
    today: dt.date,
    rules: ReadingRules,
) -> list[SentReading]:
    """Fills in the meters as far as one answer only is possible; empty: one of the numbers is the reading."""
    candidates = [meter for meter in meters if _may_be(found[0], meter)]
    if found[0].account_number is None and found[0].meter_number is None:
        candidates = [meter for meter in candidates if meter.own]
        if correction and len(found) == 1:
            today_sent = [meter for meter in candidates if meter.sent_today and _served(found[0], meter)]
            candidates = sorted(today_sent, key=lambda one: one.sent_today or 0)[:1] or candidates
    if len(found) == 1:
        return [_one(found[0], candidates, today, rules)]
    if all(one.service for one in found) and len({one.service for one in found}) == len(found):
        return [_one(one, candidates, today, rules) for one in found]
    if len(candidates) == 1:
        facts = candidates[0].facts
        fresh = [one for one in found if int(one.digits or 0) != facts.last_reading] or found
        fitting = [one for one in fresh if _fits(one, candidates[0], today, rules)]
        chosen = fresh if len(fresh) == 1 else fitting
        return [_named(chosen[0], candidates[0])] if len(chosen) == 1 else []
    if not candidates:
        return found
    ways = [
        way
        for way in itertools.permutations(candidates[:6], len(found))
        if all(_fits(one, meter, today, rules) for one, meter in zip(found, way, strict=True))
    ]
    if len(ways) != 1:
        return found
    return [_named(one, meter) for one, meter in zip(found, ways[0], strict=True)]


def _one(
    sent: SentReading, candidates: Sequence[KnownMeter], today: dt.date, rules: ReadingRules
) -> SentReading:
    fitting = [meter for meter in candidates if _served(sent, meter)] or list(candidates)
    if len(fitting) > 1 and sent.digits:
        plausible = [meter for meter in fitting if _fits(sent, meter, today, rules)]
        fitting = plausible if len(plausible) == 1 else fitting
    return _named(sent, fitting[0]) if len(fitting) == 1 else sent


def _may_be(sent: SentReading, meter: KnownMeter) -> bool:
    if sent.meter_number:
        return meter.meter_number == sent.meter_number
    return sent.account_number in (None, meter.account_number)


def _served(sent: SentReading, meter: KnownMeter) -> bool:
    return sent.service in (None, meter.facts.service)


def _fits(sent: SentReading, meter: KnownMeter, today: dt.date, rules: ReadingRules) -> bool:
    """A meter without a last reading fits every reading, and so decides nothing: that is no harm here."""
    if not _served(sent, meter):
        return False
    return check_reading(sent.digits or "", meter.facts, today, rules).kind in ("taken", "repeated")


def _named(sent: SentReading, meter: KnownMeter) -> SentReading:
    return replace(
        sent,
        account_number=sent.account_number or meter.account_number,
        meter_number=meter.meter_number,
        service=meter.facts.service,
    )
