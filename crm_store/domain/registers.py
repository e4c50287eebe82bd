"""Registers: the counters of one meter, each with a reading of its own (peak and off-peak, T1 and T2).

Billing names a register by its code, which goes back to billing ('1.8.1', 'T2', 'OFF-PEAK'); people say
'peak', 'emini', 'T1', 'the first register'. Both have one name here. An ordinary meter's register is ''.
The codes 1.8.1, 1.8.2 … are those of the OBIS identification (IEC 62056-61): energy taken, by tariff.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, TypeVar

#: Between digits and their register where both are one value of a text ('02214#T1').
MARK = "#"
#: Before a code where a choice between registers is taken.
CHOICE = "register:"
#: What the registers of one meter show together (1.8.0): it is no register of its own.
TOTAL = "total"

_NUMBER = r"(?:t|tariff|rate|reg(?:ister)?|dial|counter|i?-?rejista)\W{0,2}(?:no\W{0,2})?"
# In this order: 'off peak' holds a 'peak'.
_WORDS: tuple[tuple[str, str], ...] = (
    (TOTAL, r"(?:1-\d:)?1\.8\.0|total|is[ai]mba|(?:se)?(?:ku|si)konke|(?:se)?(?:ku|si)hlangene"),
    *(
        (str(number), rf"(?:1-\d:)?1\.8\.{number}|{_NUMBER}(?:{number}|{words})|{order}")
        for number, words, order in (
            (1, "one", r"(?:first|1st) (?:register|dial|counter|reading|number)|(?:ey|es|ok|ow)okuqala"),
            (2, "two", r"(?:second|2nd) (?:register|dial|counter|reading|number)|(?:ey|es|okw|ow)esibili"),
            (3, "three", r"(?:third|3rd) (?:register|dial|counter|reading|number)|(?:ey|es|okw|ow)esithathu"),
            (4, "four", r"(?:fourth|4th) (?:register|dial|counter|reading|number)|(?:ey|es|okw|ow)esine"),
        )
    ),
    ("off_peak", r"(?:i-?)?off\W{0,2}peak|low (?:rate|tariff)|\w{0,2}engematasa|\w{0,2}ngaphithizeli"),
    ("peak", r"(?:i-?)?(?:on\W{0,2})?peak|high (?:rate|tariff)|\w{0,2}esimatasa|\w{0,2}sematasa"),
    ("standard", r"(?:i-?)?standard|std"),
    ("day", r"(?<!good )(?<!nice )(?<!lovely )(?<!every )day(?:time)?|(?:\w{0,4}e|[yi]|kw)mini"),
    ("night", r"(?<!good )(?<!last )night(?:time)?|\w{0,4}[eou]busuku"),
)
_SAID = re.compile(
    "|".join(rf"(?P<n{place}>(?<![\w.])(?:{words})(?![\w]|\.\d))" for place, (_, words) in enumerate(_WORDS)),
    re.I,
)
_CODES = {number: number for number in "1234"}
_CODES |= {"P": "peak", "S": "standard", "O": "off_peak", "OP": "off_peak", "D": "day", "N": "night"}
_CODES |= {"HIGH": "peak", "LOW": "off_peak"}
#: Two ways of saying one thing; a time and a number ('peak', 'T1') say nothing of each other.
_ALIKE = {"day": "peak", "night": "off_peak"}
#: A text that names two of them is one segment.
_LONGEST_CODE = 10

Says = Literal["this", "another", "nothing"]


class HasRegister(Protocol):
    """A meter, or what is known of one."""

    @property
    def register(self) -> str:
        """Billing's code; '' where the meter has one register only."""


Registered = TypeVar("Registered", bound=HasRegister)


@dataclass(frozen=True)
class Label:
    """A register named in a text."""

    register: str
    start: int
    end: int


def marked(digits: str, register: str) -> str:
    """The digits with the register that they are of, as texts take them; an ordinary meter's stay digits."""
    return f"{digits}{MARK}{register}" if register else digits


def register_code(written: str) -> str:
    """The code as it is kept: capitals, no spaces. Raises ValueError for one that no citizen could name."""
    code = re.sub(r"[\s_]", "", written).upper()
    if len(code) > _LONGEST_CODE or name_of(code) in (None, TOTAL) or not re.fullmatch(r"[A-Z0-9.-]+", code):
        raise ValueError(
            f"'{written[:40]}' is no register: T1, T2 … (1 to 4), 1.8.1, 1.8.2 …, peak, off-peak, standard, "
            "day or night; blank where the meter has one only"
        )
    return code


def name_of(code: str) -> str | None:
    """What the code or word means: '1' to '4', 'peak', 'off_peak', 'standard', 'day', 'night' or 'total'."""
    if code.upper() in _CODES:
        return _CODES[code.upper()]
    said = _SAID.fullmatch(code.replace("_", "-"))
    return _WORDS[_place(said)][0] if said else None


def says(word: str, code: str) -> Says:
    """What the word tells of the register of this code; an ordinary meter ('') is meant by any word."""
    said, meant = name_of(word), name_of(code)
    if not code or said == meant or _ALIKE.get(said or "", said) == _ALIKE.get(meant or "", meant):
        return "this"
    if said is None or meant is None or said.isdigit() != meant.isdigit():
        return "nothing"
    return "another"


def by_register(word: str, meters: Iterable[Registered]) -> list[Registered]:
    """Those of the register that the word names; when it names none for sure, those that it leaves open."""
    known = [(meter, says(word, meter.register)) for meter in meters]
    sure = [meter for meter, told in known if meter.register and told == "this"]
    return sure or [meter for meter, told in known if told != "another"]


def register_said(text: str, meters: Iterable[HasRegister]) -> str | None:
    """The code of the one register that an answer names: a choice taken ('register:T1'), or words."""
    codes = [meter.register for meter in meters]
    chosen = text.strip().removeprefix(CHOICE)
    if chosen in codes:
        return chosen
    named = {code for code in codes for label in labels_in(text) if says(label.register, code) == "this"}
    return named.pop() if len(named) == 1 else None


def typed_readings(text: str) -> list[tuple[str | None, str]]:
    """Register as it was said, and digits, of what a clerk typed; without a register it is one reading."""
    labels = labels_in(text)
    numbers = [
        found
        for found in re.finditer(r"\d+", text)
        if all(found.end() <= label.start or label.end <= found.start() for label in labels)
    ]
    said = labelled(labels, [found.span() for found in numbers])
    if not said:
        return [(None, text.replace(" ", ""))]
    return [(said.get(place), found[0]) for place, found in enumerate(numbers) if said.get(place) != TOTAL]


def example_of(codes: Sequence[str]) -> str:
    """How several readings are typed, by words that are understood: 'T1 02214 T2 01033'."""
    words = [code if labels_in(code) else _spoken(name_of(code) or code) for code in codes]
    return " ".join(f"{word} {digits}" for word, digits in zip(words, ("02214", "01033"), strict=False))


def _spoken(name: str) -> str:
    return f"T{name}" if name.isdigit() else name.replace("_", "-")


def labels_in(text: str) -> list[Label]:
    """The registers that the text names, in its order."""
    return [Label(_WORDS[_place(found)][0], *found.span()) for found in _SAID.finditer(text)]


def labelled(labels: Sequence[Label], numbers: Sequence[tuple[int, int]]) -> dict[int, str]:
    """Which register each number is of, by its place among `numbers` (start and end in the text).

    As many labels as numbers go in their order; else a label belongs to the number behind it, or before it
    where the last label ends the list. One label between two numbers tells nothing.
    """
    if len(labels) == len(numbers):
        return {place: label.register for place, label in enumerate(labels)}
    if not labels or not numbers:
        return {}
    if len(numbers) == 1:
        ((start, end),) = numbers
        nearest = min(labels, key=lambda one: min(abs(start - one.end), abs(one.start - end)))
        return {0: nearest.register}
    before = labels[-1].end <= numbers[-1][0]
    if len(labels) == 1 and numbers[0][1] <= labels[0].start and before:
        return {}
    found: dict[int, str] = {}
    for label in labels:
        places = [
            place
            for place, (start, end) in enumerate(numbers)
            if (label.end <= start if before else end <= label.start)
        ]
        if places:
            found[places[0] if before else places[-1]] = label.register
    return found


def _place(found: re.Match[str]) -> int:
    """Which of _WORDS a match is of."""
    return int((found.lastgroup or "n0")[1:])
