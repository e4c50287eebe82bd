"""Telephone numbers in South African spelling, brought to E.164."""

from __future__ import annotations

import re
from typing import List, NamedTuple

PHONE = re.compile(
    r"(?<![\d+])\(?(?:\+27|0027|27|0)[\s.-]?\(?0?\)?([1-8]\d)\)?[\s.-]?(\d{3})[\s.-]?(\d{4})(?!\d)"
)


class Phone(NamedTuple):
    """A telephone number in a text ('+27820001111')."""

    value: str
    start: int
    end: int


def phones_in(text: str) -> List[Phone]:
    """The telephone numbers in `text`."""
    return [
        Phone("+27" + "".join(match.groups()), match.start(), match.end()) for match in PHONE.finditer(text)
    ]
