"""What a text for citizens must be before it is said: its values, its letters, its length. Pure rules.

The same rules hold for the texts that ship (tests/texts) and for those that a municipality words anew.
"""

import re
from collections.abc import Set
from dataclasses import dataclass

from crm_store.domain.segments import costly_letters

#: An SMS of at most so many segments; most texts are one.
MOST_SEGMENTS = 2
#: Three cases are as long as three cases are.
MORE_SEGMENTS = {"utter_status_list": 4}
_PLACEHOLDER = re.compile(r"\{(\w+)\}")
_LINK = re.compile(r"https?:|www\.", re.IGNORECASE)


@dataclass(frozen=True)
class WordingFault:
    """One thing wrong with a wording: which rule, and what of the text it is about."""

    rule: str
    about: str = ""


def placeholders(text: str) -> set[str]:
    """Names of the values that a text takes."""
    return set(_PLACEHOLDER.findall(text))


def most_segments(key: str) -> int:
    """How many segments the text may have with its longest values."""
    return MORE_SEGMENTS.get(key, MOST_SEGMENTS)


def wording_faults(wording: str, takes: Set[str], other_language: str | None = None) -> list[WordingFault]:
    """What is wrong with a wording of a text that takes these values.

    `other_language`: the same text in the other language, which it must not simply repeat.
    """
    text = wording.strip()
    if not text:
        return [WordingFault("empty")]
    found = [WordingFault("unknown_value", name) for name in sorted(placeholders(text) - takes)]
    found += [WordingFault("missing_value", name) for name in sorted(takes - placeholders(text))]
    bare = _PLACEHOLDER.sub("", text)
    if "{" in bare or "}" in bare:
        found.append(WordingFault("loose_brace"))
    if letters := costly_letters(bare):
        found.append(WordingFault("costly_letters", letters))
    if _LINK.search(text):
        found.append(WordingFault("link"))
    if other_language is not None and bare.strip(" .:,") and text == other_language.strip():
        found.append(WordingFault("same_in_both"))
    return found
