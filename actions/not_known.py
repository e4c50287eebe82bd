"""Who cannot tell what is asked: 'I don't know', 'angazi', 'I lost the bill'."""

from __future__ import annotations

import re

from actions.hearing import Hearing

_NOT = r"(?:do\s*n[o'\u2019]?t|dont|cannot|can'?t)"
_UNSURE = r"(?:dunno|idk|no\s+idea|not\s+sure|(?:anga|asa)zi?|angiqiniseki|angikhumbuli|angikwazi)"
# Who passed by and cannot say it better; 'I don't know the number, near the clinic' says more.
_PLACE_NOT_KNOWN = re.compile(
    r"\W*(?:(?:sorry|eish|no|cha|uxolo)\W+)?"
    rf"(?:(?:i\s+|we\s+)?(?:really\s+)?{_NOT}\s+(?:know|say|tell|remember)|unknown|(?:i\s*a?'?m\s+)?{_UNSURE})"
    r"(?:\s+(?:where|exactly|kahle|nje|impela|ukuthi|it|is|kuphi|kukuphi|the|place|indawo|area|name|street|sorry))*\W*",
    re.IGNORECASE,
)
# Where a number is asked for, words without a figure can say it in any way: 'anginayo', 'ilahlekile'.
_NUMBER_NOT_KNOWN = re.compile(
    rf"\b{_NOT}\s+(?:know|have|remember|find|get|see)\b|\bnever\s+(?:had|got|saw)\b|\b{_UNSURE}\b|\blost\b"
    r"|\b(?:ang|as)i\w*(?:azi|na(?:yo|lo|zo|wo|ni)|khumbuli|tholi)\b|\b\w*lahlek\w*",
    re.IGNORECASE,
)


def place_not_known(heard: Hearing) -> bool:
    """Whether it says no more than that the person does not know where it is."""
    return _PLACE_NOT_KNOWN.fullmatch(heard.text) is not None


def has_none(heard: Hearing) -> bool:
    """Whether it says that the person has no such number, or does not know it."""
    if re.search(r"\d", heard.text):
        return False
    return heard.intent == "deny" or _NUMBER_NOT_KNOWN.search(heard.text) is not None
