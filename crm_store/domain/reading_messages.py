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

from crm_store.domain.account_slips import is_slip
from crm_store.domain.reading_groups import (
    KEYS,
    KnownMeter,
    Mention,
    groups_in,
    registers_in,
    services_in,
    two_apart,
)
from crm_store.domain.readings import check_reading
from crm_store.domain.region import ReadingRules
from crm_store.domain.registers import TOTAL, by_register, says

#: Longest run of digits that may be a reading with its red digits, sent without a comma.
_LONGEST_READING = 8

_CORRECTION = re.compile(
    r"\b(?:sorry|meant|correct(?:ion|ed)?|wrong(?:ly)?|mistake|typo|oops|scrap|should be|should have been|"
    r"must be|instead|change it to|i?phutha|ngiphuth\w*|uxolo|lungisa\w*|ngilungisa|(?:ni|u)?shintshe\w{0,3}|"
    r"es?iyiqiniso|eyiyo|hhayi)\b|\d\W{1,3}not\W{1,3}\d",
    re.I,
)
# Between two numbers of one meter: the second is meant.
_MEANT_NEXT = re.compile(
    r"\b(?:sorry|oops|i mean|meant|scrap|correction|uxolo|ngiphuth\w*|bengiqonde|ngiqonde|ngisho)\b", re.I
)
_SAME_AS_LAST = re.compile(
    r"\b(?:same (?:\w+ )?as (?:last|before|the (?:last|previous))|same reading|still the same|no change|"
    r"unchanged|(?:not|hasn'?t|has not|haven'?t|didn'?t) (?:changed?|moved?)|as last (?:month|time)|"
    r"okufanayo|efanayo|esifanayo|iyafana|isafana|siyafana|isalokhu|ayishintshanga|"
    r"ayikashintshi|alishintshanga|azishintshanga|ayinyakaz(?:anga|i)|imi (?:ndawonye|endaweni eyodwa)|"
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

#: 'the bill says 08812', 'nibhale 08812': ours, up to the end of the clause.
_BILL_SAYS = re.compile(
    r"\b(?:bill\w*|statement|invoice|you|your|i-?bill|ibhili|\w*statement|\w*sitatimende|umfundi|"
    r"ni(?:bhal|th|fund|sho|fak)\w*)\b(?:(?!\b(?:but|kodwa|kanti)\b)[^,.;!?\d])*$",
    re.I,
)


@dataclass(frozen=True)
class SentReading:
    """One reading; what the message and the known meters leave open is None. `dropped`: red digits were.
    `register`: by billing's code, or, while the meter is not known, as it was said. `either`: the numbers of
    which one is the reading, when nothing tells which.
    """

    digits: str | None = None
    account_number: str | None = None
    meter_number: str | None = None
    service: str | None = None
    dropped: bool = False
    register: str | None = None
    either: tuple[str, ...] = ()


@dataclass(frozen=True)
class ReadingMessage:
    """The readings in the order of the text, and what the message says about them."""

    sent: tuple[SentReading, ...] = ()
    correction: bool = False
    same_as_last: bool = False


def says_the_same(text: str) -> bool:
    """'same as last month', 'iyafana': the dials show what they showed at the last reading."""
    return bool(_SAME_AS_LAST.search(text))


def speaks_of_new_meter(text: str) -> bool:
    """'new meter', 'imitha entsha': the dials are others than those we know."""
    return bool(_NEW_METER.search(text))


def is_of_the_bill(text: str, start: int) -> bool:
    """Whether the number that begins at `start` is what the bill or its reader says, not the meter."""
    return bool(_BILL_SAYS.search(text[:start]))


def drops_red_digits(text: str) -> bool:
    """'02214,567': what stands behind the comma was left out."""
    return bool(re.search(r"\d{3}" + _DROPPED.pattern, text))


def read_message(
    text: str,
    mentions: Sequence[Mention],
    meters: Collection[KnownMeter],
    today: dt.date,
    rules: ReadingRules,
    asked_of: tuple[str | None, str | None] = (None, None),
) -> ReadingMessage:
    """The readings in the order of the text. `meters`: those named in it by account or meter, and the own.

    `asked_of`: the account and meter that it answers a question about; what it names itself goes before.
    """
    correction, same = bool(_CORRECTION.search(text)), says_the_same(text)
    numbers = _told_apart([one for one in mentions if one.kind != "service"], meters, any(asked_of))
    numbers = two_apart(text, numbers, meters)
    numbers = _slips_mended(_without_old(text, numbers, mentions), meters, today, rules)
    registers = registers_in(text, numbers, meters)
    numbers = [one for one in numbers if registers.get(one) != TOTAL]
    groups = groups_in(numbers)
    for group in groups:
        if group.account is group.meter is None:
            group.account, group.meter = asked_of
    services = services_in(mentions, groups, meters, registers)
    sent: list[SentReading] = []
    for group in groups:
        found = [
            SentReading(
                one.value,
                group.account,
                group.meter,
                services.get(one),
                bool(_DROPPED.match(text[one.end :])),
                registers.get(one),
            )
            for one in group.readings
        ] or [SentReading(None, group.account, group.meter)]
        sent += _decide(found, meters, correction, today, rules) or [_one_of(found)]
    if not groups:  # nothing but the wish to send one, or 'the same as last month'
        service = next((one.value for one in mentions if one.kind == "service"), None)
        sent = _decide([SentReading(service=service)], meters, correction, today, rules)
    sent = _once_each(sent, meters)
    return ReadingMessage(tuple(sent), correction, same and not any(one.digits for one in sent))


def _one_of(found: Sequence[SentReading]) -> SentReading:
    return replace(found[0], digits=None, dropped=False, either=tuple(one.digits or "" for one in found))


def _once_each(sent: Sequence[SentReading], meters: Collection[KnownMeter]) -> list[SentReading]:
    """Two numbers for one meter, or for one register of it: one of them is the reading, which is asked."""
    of_each: dict[KnownMeter | int, list[SentReading]] = {}
    for place, one in enumerate(sent):
        meant = [
            meter
            for meter in meters
            if one.digits
            and one.meter_number == meter.meter_number
            and one.account_number == meter.account_number
        ]
        if one.register:
            meant = by_register(one.register, meant)
        of_each.setdefault(meant[0] if len(meant) == 1 else place, []).append(one)
    each = []
    for meter, ones in of_each.items():
        differ = len({(one.digits or "").lstrip("0") for one in ones}) > 1
        one = _one_of(ones) if differ else ones[0]
        each.append(_named(one, meter) if isinstance(meter, KnownMeter) else one)
    return each


def _told_apart(numbers: Sequence[Mention], meters: Collection[KnownMeter], asked: bool) -> list[Mention]:
    """Accounts and meters by what exists; one too short for either is a reading with a digit too many.

    `asked`: it answers a question about a meter.
    """
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
        if asked or not alone:  # eight digits alone are an account that we do not find
            return [replace(one, kind="reading") if one is rest[0] else one for one in told]
    return told


def _without_old(text: str, numbers: list[Mention], mentions: Sequence[Mention]) -> list[Mention]:
    """Without the readings that the text itself calls old or wrong, as long as another one remains."""
    readings = [one for one in numbers if one.kind == "reading"]
    old = [one for one in readings if _OLD.search(text[: one.start])]
    # 'reading 02241, sorry 02214'; of 'water 02241 sorry electricity 45400' neither is old
    in_order = sorted(
        [*numbers, *(one for one in mentions if one.kind == "service")], key=lambda one: one.start
    )
    old += [
        one
        for one, following in itertools.pairwise(in_order)
        if one.kind == following.kind == "reading" and _MEANT_NEXT.search(text[one.end : following.start])
    ]
    return [one for one in numbers if one not in old] if len(old) < len(readings) else numbers


def _slips_mended(
    numbers: list[Mention], meters: Collection[KnownMeter], today: dt.date, rules: ReadingRules
) -> list[Mention]:
    """The sender's own account, written with two digits changed about, one too few or one too many, where the
    reading sent with it fits its meter.

    A digit written for another may be the account next door, and is asked about; so is whatever is nobody's.
    """
    keys = [one for one in numbers if one.kind in KEYS]
    known = {meter.account_number for meter in meters} | {meter.meter_number for meter in meters}
    if len(keys) != 1 or keys[0].value in known:
        return numbers
    near = {one.account_number for one in meters if one.own and is_slip(keys[0].value, one.account_number)}
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
            newest = sorted(today_sent, key=lambda one: one.sent_today or 0)[:1]
            candidates = [
                one for one in candidates if any(all_of_one_meter([one, new]) for new in newest)
            ] or candidates
    if len(found) == 1:
        return [_one(found[0], candidates, today, rules)]
    if all(one.service for one in found) and len({one.service for one in found}) == len(found):
        return [_one(one, candidates, today, rules) for one in found]
    if len(candidates) == 1:
        facts = candidates[0].facts
        last = str(facts.last_reading).lstrip("0")
        fresh = [one for one in found if (one.digits or "").lstrip("0") != last] or found
        fitting = [one for one in fresh if _fits(one, candidates[0], today, rules)]
        chosen = fresh if len(fresh) == 1 else fitting
        return [_named(chosen[0], candidates[0])] if len(chosen) == 1 else []
    if not candidates:
        return found
    ways = list(itertools.permutations(candidates[:6], len(found)))
    if any(one.register for one in found):
        ways = [way for way in ways if all(map(_is_said, found, way))] or ways
    plausible = [way for way in ways if all(_fits(found[n], way[n], today, rules) for n in range(len(way)))]
    if len(plausible) == 1 or len(ways) == 1:
        return [_named(one, meter) for one, meter in zip(found, (plausible or ways)[0], strict=True)]
    left = [meter for meter in candidates if any(meter in way for way in plausible or ways)] or candidates
    return [_of_meter(one, [meter for meter in left if _served(one, meter)] or left) for one in found]


def _one(
    sent: SentReading, candidates: Sequence[KnownMeter], today: dt.date, rules: ReadingRules
) -> SentReading:
    fitting = [meter for meter in candidates if _served(sent, meter)] or list(candidates)
    if sent.register:
        fitting = by_register(sent.register, fitting) or fitting
    if len(fitting) > 1 and sent.digits:
        plausible = [meter for meter in fitting if _fits(sent, meter, today, rules)]
        fitting = plausible or fitting
    return _named(sent, fitting[0]) if len(fitting) == 1 else _of_meter(sent, fitting)


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


def _is_said(sent: SentReading, meter: KnownMeter) -> bool:
    """The service and the register are those that the words tell, as far as they do."""
    if sent.register and (not meter.register or says(sent.register, meter.register) != "this"):
        return False
    return _served(sent, meter)


def all_of_one_meter(meters: Sequence[KnownMeter]) -> bool:
    """Whether these are the same meter, or its registers."""
    return len({(meter.account_number, meter.meter_number) for meter in meters}) == 1


def _of_meter(sent: SentReading, meters: Sequence[KnownMeter]) -> SentReading:
    """Where only the register is open, the meter is not."""
    return replace(_named(sent, meters[0]), register=sent.register) if all_of_one_meter(meters) else sent


def _named(sent: SentReading, meter: KnownMeter) -> SentReading:
    return replace(
        sent,
        account_number=sent.account_number or meter.account_number,
        meter_number=meter.meter_number,
        service=meter.facts.service,
        register=meter.register or None,
    )
