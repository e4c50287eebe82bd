"""What somebody who looks for a case may have typed, read forgivingly: a reference, a number, words.

isiZulu writes its prefixes to the word (eSundumbili, ngamanzi, wasemgwaqweni) and everybody mistypes: a word
finds those that begin with it, those that differ by one letter, and those that differ by what stands before.
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from rapidfuzz.distance import OSA
from stdnum import damm

from crm_store.domain.references import LENGTH, read_reference

#: What an isiZulu word may begin with: concords and locatives, and the vowel of its noun.
_PREFIX = re.compile(
    r"(?:nga|na|ku|wa|ya|la|sa|ba|za|ka|e)?(?:se|so|kwa|ku|ka)|nga|nge|ngo|na|ne|no|kwe|kwi|ku|kwa|kuma|ema|ezi"
    r"|[wylsbz][aeo]|[aeiou]"
)
_NUMBER = re.compile(r"(?<![^\W_])\+?[0-9][0-9 ()-]*(?![^\W_])")
_WORD = re.compile(r"[^\W_]+")
_LONGEST_PREFIX = 5
_SHORTEST_STEM = 4
#: Shorter words have too many neighbours for a guess.
_SHORTEST_FUZZY = 5
#: Longer ones are no words.
LONGEST_WORD = 40
#: A search of more words than this is a pasted letter; its first words find it.
_MOST_WORDS = 8
_SHORTEST_NUMBER = 4


@dataclass(frozen=True)
class CaseSearch:
    """What to look for. A case fits by any of its numbers, or by all of its words."""

    #: digits of the references that may be meant, the one as written first
    references: tuple[str, ...] = ()
    #: as addresses hold them: '+27821234567'
    phones: tuple[str, ...] = ()
    #: account, meter or the beginning of a reference
    numbers: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """Whether there is nothing to look for."""
        return not (self.references or self.phones or self.numbers or self.words)


def read_search(text: str, letters: Collection[str]) -> CaseSearch:
    """Read what was typed; `letters` are those of the region's references.

    One wrong digit, or two that changed places, still give the reference that was meant: the check digit says
    that something is wrong, and every valid neighbour is looked for.
    """
    text = unicodedata.normalize("NFKC", text)[:300]
    read = read_reference(text, letters)
    references: tuple[str, ...] = ()
    if read.digits is not None and len(read.digits) == LENGTH:
        # Eight digits alone may be an account number: their neighbours would be other people's cases.
        meant = read.letters is not None or re.search(r"[0-9]{4}-[0-9]{4}", text) is not None
        near = tuple(sorted(neighbours(read.digits))) if meant and read.kind != "valid" else ()
        references = (read.digits, *near)
    if references and read.letters is not None:
        return CaseSearch(references=references)
    numbers = tuple(
        found for part in _NUMBER.findall(text) if len(found := _digits(part)) >= _SHORTEST_NUMBER
    )
    words = tuple(word for word in _WORD.findall(text.lower()) if not word.isdecimal())
    if numbers:
        # 'kdm 4821', 'acc 41006273': the words around a number only say what it is.
        return CaseSearch(
            references=references,
            phones=tuple(phone for number in numbers if (phone := _phone(number))),
            numbers=numbers,
            words=() if len(words) <= 1 else words[:_MOST_WORDS],
        )
    return CaseSearch(references=references, words=tuple(dict.fromkeys(words))[:_MOST_WORDS])


def neighbours(digits: str) -> Iterator[str]:
    """The valid references that one slip of the hand makes into these digits."""
    swapped = (
        digits[:i] + digits[i + 1] + digits[i] + digits[i + 2 :]
        for i in range(len(digits) - 1)
        if digits[i] != digits[i + 1]
    )
    wrong = (
        digits[:i] + other + digits[i + 1 :]
        for i in range(len(digits))
        for other in "0123456789"
        if other != digits[i]
    )
    return (near for near in {*swapped, *wrong} if damm.is_valid(near))


def stems(word: str) -> list[str]:
    """The word, and what is left of it behind each prefix that it may begin with, longest first."""
    found = [word]
    for length in range(1, min(_LONGEST_PREFIX, len(word) - _SHORTEST_STEM) + 1):
        if _PREFIX.fullmatch(word, 0, length):
            found.append(word[length:])
    return found


def keys(word: str) -> list[str]:
    """What two words share that are one but for a letter or a prefix: their stems, with a letter left out.

    An index of these finds the neighbours of a word without comparing it with every other.
    """
    found: dict[str, None] = {}
    for stem in stems(word):
        found[stem] = None
        if len(stem) >= _SHORTEST_FUZZY:
            found |= {stem[:i] + stem[i + 1 :]: None for i in range(len(stem))}
    return list(found)


def is_near(word: str, other: str) -> bool:
    """Whether they are one word but for one slip of the hand, or for what isiZulu writes before it."""
    for stem in stems(word):
        for near in stems(other):
            if stem == near:
                return True
            if min(len(stem), len(near)) >= _SHORTEST_FUZZY and OSA.distance(stem, near, score_cutoff=1) <= 1:
                return True
    return False


def _digits(text: str) -> str:
    return re.sub(r"[^0-9]", "", text)


def _phone(number: str) -> str | None:
    """A South African number as addresses hold it, or None."""
    if len(number) == 10 and number.startswith("0"):
        return f"+27{number[1:]}"
    if len(number) == 11 and number.startswith("27"):
        return f"+{number}"
    return f"+27{number}" if len(number) == 9 else None
