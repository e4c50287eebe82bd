"""A message without what tells whose it is: names, numbers and places are swapped for others as likely.

The engine learns as much from 'acc 52910736 eNdwedwe' as from the account that was written. The same message
is swapped the same way each time, and the marks of its entities stay where their words are.
"""

# ruff: noqa: E501  (patterns read best on long lines)

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from random import Random

from crm_store.domain.example_text import one_line, visible
from crm_store.domain.examples import ANNOTATION, ENTITIES
from crm_store.domain.region import Place
from crm_store.domain.training_names import TITLES
from crm_store.domain.training_people import PREFIX, WORD, OtherNames, in_case_of, names_in, pattern_of

#: Of so many digits a number may be somebody's; shorter ones are amounts, months and days.
DIGITS = 4
#: Of so many digits it is somebody's, whatever separates them.
OWN_DIGITS = 6
_NUMBERED = {"account_number": 8, "meter_number": 11, "reference": 8}
_NUMBER = re.compile(r"\d(?:[ \-.,()]{0,2}\d)*")
_YEAR = re.compile(r"(?:19|20)\d\d")
_CODED = re.compile(
    r"(?<![^\W_])(?=[A-Za-z]*\d)(?=(?:[A-Za-z]*\d){4})[A-Za-z]{1,5}[ .-]?[\dOoIlSB][\dOoIlSB .-]*[\dOoIl](?![^\W_])"
)
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_HANDLE = re.compile(r"(?<![\w@])@\w{3,}")
_STREET = re.compile(
    r"\b(?P<name>[A-Z][\w']+(?: [A-Z][\w']+)?) (?:Road|Rd|Street|Str|St|Avenue|Ave|Drive|Dr|Crescent|Cres|Lane|Close|Way)\b"
)
_HOUSE = re.compile(
    r"(?i:\b(?:house|stand|erf|unit|flat|room|plot|lot|site|isitende|isiza|inombolo yendlu|indlu|umuzi|igumbi|no|number)\b"
    r"\.?(?: (?:no|number|nombolo)\b\.?)? ?#?)(?P<number>\d{1,5})\b"
    r"|\b(?P<before>\d{1,5}[A-Da-d]?)(?=,? (?:[A-Z][\w']+ ){1,2}(?:Road|Rd|Street|Str|St|Avenue|Ave|Drive|Dr|Crescent|Cres|Lane|Close|Way)\b)"
)
_LETTERS = re.compile(r"[A-Za-z]{2,5}(?=[ .-]?[\dOoIlSB])")
_DIALLED = re.compile(r"\(?(?:\+27|0027|27|0)[ .-]?\(?0?\)?[ .-]?\d")
_STREETS = ("Acacia", "Palm", "Marula", "Jacaranda", "Orchid", "Lagoon", "Protea", "Aloe")


@dataclass(frozen=True)
class Mark:
    """An entity's place in a text."""

    entity: str
    start: int
    end: int


@dataclass(frozen=True)
class Masked:
    """A text in which nobody is known any more, and where its entities stand."""

    text: str
    marks: tuple[Mark, ...]

    def annotated(self) -> str:
        """As an example of nlu_data/: 'no water [eNdwedwe](location)', on one line."""
        return annotated(self.text, self.marks)


@dataclass(frozen=True)
class _Swap:
    start: int
    end: int
    text: str


def mask_message(
    text: str, marks: Iterable[Mark], *, known: Collection[str], places: Sequence[Place], seed: str
) -> Masked:
    """The message with every name, number and place in it swapped; `known`: names that are known to be there.

    Whatever a first choice of others leaves over (leaks) is swapped by another one.
    """
    given = [mark for mark in marks if mark.entity in ENTITIES and 0 <= mark.start < mark.end <= len(text)]
    masked = Masked(text, tuple(given))
    for turn in range(8):
        masked = _masked(text, given, known, places, seed=f"{seed}:{turn}")
        if not leaks(text, masked.text, known):
            break
    return masked


def leaks(original: str, masked: str, known: Collection[str]) -> list[str]:
    """What of the original still tells whose it is: its long numbers, addresses, and the names known."""
    there = {_bare(match[0]) for match in _NUMBER.finditer(original)}
    numbers = {number for number in there if len(number) >= OWN_DIGITS}
    left = _bare(masked)
    found = [number for number in sorted(numbers) if number in left]
    found += [name for name in sorted({name.lower() for name in known}) if pattern_of(name).search(masked)]
    found += [match[0] for match in _MAIL.finditer(original) if match[0].lower() in masked.lower()]
    return found


def annotated(text: str, marks: Iterable[Mark]) -> str:
    """The text with its entities marked as examples have them; what would break a mark is left out."""
    text, pieces, at = visible(text), [], 0
    for mark in sorted(marks, key=lambda one: (one.start, -one.end)):
        value = _unbracketed(text[mark.start : mark.end])
        if mark.start < at or not value.strip():
            continue
        ahead = len(value) - len(value.lstrip())
        behind = len(value) - len(value.rstrip())
        pieces.append(_unbracketed(text[at : mark.start + ahead]))
        pieces.append(f"[{one_space(value)}]({mark.entity})")
        at = mark.end - behind
    pieces.append(_unbracketed(text[at:]))
    return one_line("".join(pieces))


def read_annotated(text: str) -> Masked:
    """An example's text without its marks, and the marks."""
    plain, marks, at = "", [], 0
    for match in ANNOTATION.finditer(text):
        plain += text[at : match.start()]
        marks.append(Mark(match[2], len(plain), len(plain) + len(match[1])))
        plain += match[1]
        at = match.end()
    return Masked(plain + text[at:], tuple(marks))


def one_space(text: str) -> str:
    """The text with one space wherever there was any."""
    return " ".join(text.split())


def _masked(
    text: str, marks: Sequence[Mark], known: Collection[str], places: Sequence[Place], seed: str
) -> Masked:
    lot = Random(int.from_bytes(blake2b(seed.encode(), digest_size=8).digest()))  # noqa: S311  no secret
    swaps: list[_Swap] = []

    def swap(start: int, end: int, other: str) -> None:
        if start < end and all(end <= one.start or one.end <= start for one in swaps):
            swaps.append(_Swap(start, end, other))

    for pattern, other in ((_MAIL, "name@example.org"), (_LINK, "www.example.org"), (_HANDLE, "@name")):
        for match in pattern.finditer(text):
            swap(*match.span(), other)
    other_name = OtherNames(lot)
    for start, end in names_in(text, known):
        swap(start, end, other_name(text[start:end]))
    for mark in marks:
        if mark.entity == "person":
            for word in WORD.finditer(text, mark.start, mark.end):
                if word[0].lower().strip(".'") not in TITLES:
                    swap(*word.span(), other_name(word[0]))
    for mark in marks:
        if mark.entity in _NUMBERED or mark.entity == "phone":
            swap(mark.start, mark.end, _other_number(text[mark.start : mark.end], mark.entity, lot))
    for match in _CODED.finditer(text):
        swap(*match.span(), _other_number(match[0], "reference", lot))
    for match in _NUMBER.finditer(text):
        if len(_bare(match[0])) >= DIGITS and not _YEAR.fullmatch(match[0]):
            for start, end in _left_of(*match.span(), swaps):
                swap(start, end, _other_digits(text[start:end], lot))
    for match in _HOUSE.finditer(text):
        part = "number" if match["number"] else "before"
        swap(*match.span(part), _other_digits(match[part], lot))
    for match in _STREET.finditer(text):
        swap(*match.span("name"), lot.choice(_STREETS))
    for start, end, other in _other_places(text, places, lot):
        swap(start, end, other)
    return _swapped(text, marks, sorted(swaps, key=lambda one: one.start))


def _left_of(start: int, end: int, swaps: Sequence[_Swap]) -> Iterable[tuple[int, int]]:
    """The stretches between start and end that no swap covers: a mark may hold half of a number."""
    for one in sorted(swaps, key=lambda swap: swap.start):
        if one.end <= start or one.start >= end:
            continue
        if start < one.start:
            yield start, one.start
        start = max(start, one.end)
    if start < end:
        yield start, end


def _swapped(text: str, marks: Sequence[Mark], swaps: Sequence[_Swap]) -> Masked:
    def moved(at: int, *, end: bool) -> int:
        shift = 0
        for one in swaps:
            if one.end <= at:
                shift += len(one.text) - (one.end - one.start)
            elif one.start < at:  # within: a mark takes the whole of what was swapped
                return one.start + shift + (len(one.text) if end else 0)
        return at + shift

    pieces, at = [], 0
    for one in swaps:
        pieces += [text[at : one.start], one.text]
        at = one.end
    pieces.append(text[at:])
    kept = tuple(Mark(mark.entity, moved(mark.start, end=False), moved(mark.end, end=True)) for mark in marks)
    return Masked("".join(pieces), kept)


# --- numbers --------------------------------------------------------------------------------------


def _bare(text: str) -> str:
    return re.sub(r"\D", "", text)


def _other_digits(written: str, lot: Random) -> str:
    """Another number of the same form; a zero in front stays, since it says what kind of number it is."""
    leading = len(written) - len(written.lstrip("0")) if len(_bare(written)) > 1 else 0
    return "".join(
        _other_digit(character, lot) if character.isdigit() and at >= leading else character
        for at, character in enumerate(written)
    )


def _other_digit(digit: str, lot: Random) -> str:
    return lot.choice([other for other in "123456789" if other != digit])


def _other_number(written: str, entity: str, lot: Random) -> str:
    """Another account, meter, phone or reference, in the layout of this one; digits said in words too."""
    if not any(character.isdigit() for character in written):
        fresh = "".join(lot.choice("123456789") for _ in range(_NUMBERED.get(entity, 9)))
        return f"0{fresh}" if entity == "phone" else fresh
    heads = {"reference": _LETTERS, "phone": _DIALLED}
    kept = heads[entity].match(written) if entity in heads else None
    head = kept[0] if kept else ""
    body = "".join(
        lot.choice("123456789") if character in "OoIlSB" else character for character in written[len(head) :]
    )
    return head + _other_digits(body, lot)


# --- places ---------------------------------------------------------------------------------------


def _other_places(text: str, places: Sequence[Place], lot: Random) -> Iterable[tuple[int, int, str]]:
    """Each place that the text names, and the name of another; one place becomes one other all through."""
    by_spelling = {
        spelling.lower(): place.name
        for place in places
        for spelling in (place.name, *place.aliases)
        if len(spelling) >= PREFIX
    }
    if not by_spelling:
        return
    others = {
        is_kwa: [name for name in _single(places) if name.startswith("Kwa") is is_kwa]
        for is_kwa in (True, False)
    }
    became: dict[str, str] = {}
    spelt = "|".join(map(re.escape, sorted(by_spelling, key=len, reverse=True)))
    for match in re.finditer(rf"(?i)(?<![^\W_])[^\W\d_]{{0,{PREFIX}}}?-?(?P<place>{spelt})(?![^\W_])", text):
        place = by_spelling[match["place"].lower()]
        if place not in became:
            like = [
                name
                for name in others[place.startswith("Kwa")]
                if name != place and name not in became.values()
            ]
            became[place] = lot.choice(like or [place])
        yield (*match.span("place"), in_case_of(match["place"], became[place]))


def _single(places: Sequence[Place]) -> list[str]:
    return sorted({place.name for place in places if " " not in place.name})


def _unbracketed(text: str) -> str:
    return text.translate(str.maketrans("[]", "()"))
