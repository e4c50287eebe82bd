"""Which of the numbers in a message stand together: readings with account, meter, service and register."""

import itertools
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from crm_store.domain.readings import MeterFacts
from crm_store.domain.registers import TOTAL, labelled, labels_in, says

#: What names a meter.
KEYS = ("account_number", "meter_number")
#: Letters between a word and the number that it stands before.
_BESIDE = 3
_TWO = re.compile(r"(\d{3,6})[ -](\d{3,6})")


@dataclass(frozen=True)
class Mention:
    """A number or a service in the text; `kind` is account_number, meter_number, reading or service."""

    kind: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class KnownMeter:
    """A meter that the message may be about, or one register of it. `own`: of an account that the sender used
    or is linked to; `sent_today`: its reading of today is the sender's, 1 the newest.
    """

    account_number: str
    meter_number: str
    facts: MeterFacts
    own: bool = False
    sent_today: int | None = None
    register: str = ""


@dataclass
class Group:
    """Readings with the account and meter numbers that stand with them."""

    account: str | None
    meter: str | None
    readings: list[Mention]


def groups_in(numbers: Sequence[Mention]) -> list[Group]:
    """'account reading account reading', 'reading account …', 'account meter reading meter reading' …"""
    if not numbers:
        return []
    groups: list[Group] = []
    keys_first = numbers[0].kind in KEYS
    runs = [list(run) for _, run in itertools.groupby(numbers, key=lambda one: one.kind in KEYS)]
    for run in runs:
        is_keys = run[0].kind in KEYS
        if is_keys == keys_first:
            groups.append(Group(None, None, []))
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


def two_apart(text: str, numbers: list[Mention], meters: Collection[KnownMeter]) -> list[Mention]:
    """'2214 1033' looks like an account written in two; to who sends of a meter with registers it is two
    readings, unless there is such an account.
    """
    known = {meter.account_number for meter in meters} | {meter.meter_number for meter in meters}
    if not any(meter.register for meter in meters):
        return numbers
    apart: list[Mention] = []
    for one in numbers:
        parts = _TWO.fullmatch(text[one.start : one.end])
        if parts is None or one.kind != "account_number" or one.value in known:
            apart.append(one)
            continue
        apart += [
            Mention("reading", parts[part], one.start + parts.start(part), one.start + parts.end(part))
            for part in (1, 2)
        ]
    return apart


def registers_in(text: str, numbers: Sequence[Mention], meters: Collection[KnownMeter]) -> dict[Mention, str]:
    """Which register each reading is said to be of, by the words that name one of a meter in question.

    While no meter is known every such word counts: the answer to 'which account?' tells what it is worth.
    """
    if meters and not any(meter.register for meter in meters):
        return {}
    labels = [
        label
        for label in labels_in(text)
        if not meters
        or label.register == TOTAL
        or any(meter.register and says(label.register, meter.register) == "this" for meter in meters)
    ]
    readings = [one for one in numbers if one.kind == "reading"]
    found = labelled(labels, [(one.start, one.end) for one in readings])
    return {readings[place]: register for place, register in found.items()}


def services_in(
    mentions: Sequence[Mention],
    groups: Sequence[Group],
    meters: Collection[KnownMeter],
    registers: Mapping[Mention, str],
) -> dict[Mention, str]:
    """Which service each reading is of: that of its register, else by the words."""
    words = [one for one in mentions if one.kind == "service"]
    readings = [one for group in groups for one in group.readings]
    of_registers = {meter.facts.service for meter in meters if meter.register}
    named = [one for one in readings if one in registers]
    if not named or len(of_registers) != 1:
        return _by_words(words, readings, groups, meters)
    (service,) = of_registers
    rest = [one for one in readings if one not in registers]
    others = [one for one in words if one.value != service]
    return dict.fromkeys(named, str(service)) | _by_words(others, rest, groups, meters)


def _by_words(
    words: Sequence[Mention],
    readings: Sequence[Mention],
    groups: Sequence[Group],
    meters: Collection[KnownMeter],
) -> dict[Mention, str]:
    """One word a reading in their order, else the word next to it."""
    if not words or not readings:
        return {}
    if len(words) == len(readings):
        return {reading: word.value for reading, word in zip(readings, words, strict=True)}
    before = {
        reading: word.value
        for word in words
        for reading in readings
        if 0 <= reading.start - word.end <= _BESIDE
    }
    if len(before) == len(readings) > 1:
        return before  # 'electricity 41006281 water 01890 electricity 45400'
    if len(words) == 1 and len({group.account for group in groups}) == len(groups) == len(readings) > 1:
        return dict.fromkeys(readings, words[0].value)  # 'water: 41006273 02214, 41006281 01887'
    if len(words) == 1 and _registers_of(words[0].value, meters) >= len(readings) > 1:
        return dict.fromkeys(readings, words[0].value)  # 'electricity 02214 01033'
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


def _registers_of(service: str, meters: Collection[KnownMeter]) -> int:
    return sum(1 for meter in meters if meter.register and meter.facts.service == service)
