"""Names of people in a message, found with their isiZulu prefixes, and others to put in their place."""

# ruff: noqa: E501  (patterns read best on long lines)

import re
from collections.abc import Collection, Iterable, Sequence
from random import Random

from crm_store.domain.training_names import (
    ALSO_WORDS,
    GIVEN_NAMES,
    OTHER_GIVEN,
    OTHER_SURNAMES,
    SURNAMES,
    TITLES,
)

#: An isiZulu prefix written onto a name has so many letters at most ('kwakaThabo').
PREFIX = 5
WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_INTRODUCED = re.compile(
    r"(?i:\b(?:ngingu|igama lami(?: ngu| lingu)?|isibongo sami(?: ngu| singu)?|my (?:sur)?name is))[ -]*(?P<name>[A-Z][\w']+(?: [A-Z][\w']+)?)"
)
_PREFIXES = tuple(
    sorted(
        "u ku no na ka kwa wa nga ngu ngo nguka kuka oka noka ba bo lo la wo so sa yo ya zo za be ne nje k".split(),
        key=len,
        reverse=True,
    )
)
#: Written apart, these stand before a person: 'ingane ka sipho'.
_OF_A_PERSON = frozenset({"ka", "ku", "no", "u", "nguye"})


def in_case_of(written: str, other: str) -> str:
    """The other word in capitals or small letters, as this one is written."""
    if written.isupper() and len(written) > 1:
        return other.upper()
    return other.lower() if written.islower() else other


class OtherNames:
    """Other names, the same one for the same name all through a message."""

    def __init__(self, lot: Random) -> None:
        self._lot = lot
        self._became: dict[str, str] = {}

    def __call__(self, written: str) -> str:
        """Another name in place of this one, in its letters' case and with its isiZulu prefix."""
        prefix, name = prefix_of(written)
        key = name.lower()
        if key not in self._became:
            choices = OTHER_SURNAMES if key in SURNAMES else OTHER_GIVEN
            self._became[key] = self._lot.choice([one for one in choices if one.lower() != key])
        return prefix + in_case_of(name, self._became[key])


def prefix_of(word: str) -> tuple[str, str]:
    """'kuThabo' -> ('ku', 'Thabo'): a prefix is told by the capital behind it, or by the name that is left."""
    for prefix in _PREFIXES:
        for head in (f"{prefix}-", prefix):
            rest = word[len(head) :]
            if not word.lower().startswith(head) or len(rest) < 3:
                continue
            if rest.lower() in GIVEN_NAMES | SURNAMES or (word[0].islower() and rest[0].isupper()):
                return word[: len(head)], rest
    return "", word


def pattern_of(name: str) -> re.Pattern[str]:
    """Finds a name alone or behind an isiZulu prefix, in any case."""
    return re.compile(
        rf"(?i)(?<![^\W_])(?:[^\W\d_]{{1,{PREFIX}}}-?)??(?P<name>{re.escape(name)})(?![^\W\d_])"
    )


def names_in(text: str, known: Collection[str]) -> Iterable[tuple[int, int]]:
    """Where names stand in the text: the known ones, those of the lists, and what stands beside those."""
    for name in sorted({name for name in known if name.strip()}, key=lambda one: (-len(one), one)):
        for match in pattern_of(name).finditer(text):
            yield match.span("name")
    for match in _INTRODUCED.finditer(text):
        yield from (word.span() for word in WORD.finditer(text, *match.span("name")))
    begins = _sentence_starts(text)
    words = list(WORD.finditer(text))
    for at, word in enumerate(words):
        prefix, bare = prefix_of(word[0])
        name = bare.lower()
        if name not in GIVEN_NAMES and name not in SURNAMES:
            if _belongs_to_a_name(words, at, word.start() in begins):
                yield word.start() + len(prefix), word.end()
            continue
        if name in ALSO_WORDS and not _is_a_name_here(words, at, bare, word.start() in begins):
            continue
        yield word.start() + len(prefix), word.end()


def _belongs_to_a_name(words: Sequence[re.Match[str]], at: int, begins: bool) -> bool:
    """A word that no list has, with a capital, beside a name that is nothing else: 'Nokwethemba Mkhize'."""
    word = prefix_of(words[at][0])[1]
    if begins or not word[:1].isupper() or word.isupper() or word.lower() in TITLES:
        return False
    beside = [prefix_of(words[place][0])[1] for place in (at - 1, at + 1) if 0 <= place < len(words)]
    return any(one[:1].isupper() and one.lower() in (GIVEN_NAMES | SURNAMES) - ALSO_WORDS for one in beside)


def _is_a_name_here(words: Sequence[re.Match[str]], at: int, bare: str, begins: bool) -> bool:
    """A word of the language is a name behind a title, beside a name, or with a capital within a sentence."""
    if at and words[at - 1][0].lower().strip(".'") in TITLES | _OF_A_PERSON:
        return True
    beside = [prefix_of(words[place][0])[1] for place in (at - 1, at + 1) if 0 <= place < len(words)]
    names = [word.lower() for word in beside if word.lower() in GIVEN_NAMES | SURNAMES]
    if any(name not in ALSO_WORDS for name in names):
        return True
    capital = bare[:1].isupper() and not bare.isupper()
    return capital and (not begins or any(word[:1].isupper() and word.lower() in names for word in beside))


def _sentence_starts(text: str) -> set[int]:
    return {match.end() for match in re.finditer(r"(?:^|[.!?\n])[\s\"'(]*", text)}
