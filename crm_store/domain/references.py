"""Case references: `KDM-4821-7305`, the municipality's letters, seven random digits and a Damm check digit.

Damm's check digit finds every single wrong digit and every swap of two neighbours, the two usual slips of a
hand on a numeric pad (H. M. Damm, 'Total anti-symmetrische Quasigruppen', Marburg 2004).
"""

import re
import secrets
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from stdnum import damm

LENGTH = 8
_DRAWS = 1000

# What people write for a digit. Only these: every further letter makes more words look like references.
_READ_AS = str.maketrans("OoQIilL|SsBbZz", "00011111558822")
_DIGIT = "[0-9OoQIilL|SsBbZz]"
_BETWEEN = r"[ \t\u00a0.\-_/\u2010-\u2015]{0,3}"
_SEPARATOR = r"[\s\u00a0.:#\-_/\u2010-\u2015]{0,4}"


@dataclass(frozen=True)
class ReadReference:
    """What a text holds: a valid reference, one with a typing error, or none. `letters` None: not written or
    not ours.
    """

    kind: Literal["valid", "typing_error", "none"]
    digits: str | None = None
    letters: str | None = None


def _random_digit() -> int:
    return secrets.randbelow(10)


def new_reference(letters: str, random_digit: Callable[[], int] = _random_digit) -> str:
    """A new reference with `letters`. `random_digit` gives one digit 0-9 a call; the first is never 0.

    Uniqueness is the caller's: the store draws again when the digits are taken.
    """
    first = next((d for d in (random_digit() for _ in range(_DRAWS)) if d != 0), None)
    if first is None:
        raise ValueError("random_digit gives nothing but zeros")
    drawn = str(first) + "".join(str(random_digit()) for _ in range(LENGTH - 2))
    return format_reference(letters, drawn + damm.calc_check_digit(drawn))


def format_reference(letters: str, digits: str) -> str:
    """`KDM`, `48217305` -> `KDM-4821-7305`."""
    return f"{letters}-{digits[:4]}-{digits[4:]}"


def digits_of(reference: str) -> str:
    """`KDM-4821-7305` -> `48217305`, the part that is unique."""
    return re.sub(r"[^0-9]", "", reference)


def read_reference(text: str, letters: Collection[str]) -> ReadReference:
    """Read a reference forgivingly, alone or in a sentence.

    Case, spaces, dashes and missing letters do not matter; O reads as 0, I and l as 1, S as 5, B as 8, Z as
    2. Eight digits alone may be an account number: check `letters` is None before speaking of a typing error.
    """
    ours = {known.upper() for known in letters}
    best: tuple[int, ReadReference] | None = None
    for rank, found in _candidates(text, ours):
        if best is None or rank < best[0]:
            best = (rank, found)
    return best[1] if best else ReadReference("none")


_EIGHT = re.compile(
    rf"(?<![A-Za-z0-9])(?:(?P<letters>[A-Za-z]{{2,5}}){_SEPARATOR})??"
    rf"(?P<digits>(?:{_DIGIT}{_BETWEEN}){{{LENGTH - 1}}}{_DIGIT})(?![A-Za-z0-9])"
)


def _candidates(text: str, ours: set[str]) -> list[tuple[int, ReadReference]]:
    """Every possible reading with its rank, best lowest: valid before faulty, with our letters before
    without.
    """
    found: list[tuple[int, ReadReference]] = []
    prefix = "|".join(sorted(map(re.escape, ours), key=len, reverse=True))
    if prefix:
        # With our letters before it, a wrong count of digits is a slip as well.
        pattern = (
            rf"(?<![A-Za-z0-9])({prefix}){_SEPARATOR}((?:{_DIGIT}{_BETWEEN}){{3,11}}{_DIGIT})(?![A-Za-z0-9])"
        )
        for match in re.finditer(pattern, text, re.IGNORECASE):
            written = re.sub(rf"[^{_DIGIT[1:-1]}]", "", match[2])
            if _real_digits(written) >= 4:
                digits = written.translate(_READ_AS)
                found.append(_judged(digits, match[1].upper(), 0))
    for match in _EIGHT.finditer(text):
        written = re.sub(rf"[^{_DIGIT[1:-1]}]", "", match["digits"])
        if _real_digits(written) >= 5:
            near = (match["letters"] or "").upper()
            found.append(_judged(written.translate(_READ_AS), near if near in ours else None, 1))
    return found


def _judged(digits: str, letters: str | None, without_letters: int) -> tuple[int, ReadReference]:
    if len(digits) == LENGTH and damm.is_valid(digits):
        return without_letters, ReadReference("valid", digits, letters)
    return 2 + without_letters, ReadReference("typing_error", digits, letters)


def _real_digits(written: str) -> int:
    return sum(character in "0123456789" for character in written)
