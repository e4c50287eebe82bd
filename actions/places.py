"""Where it is: a place of the gazetteer, a landmark or street in the person's own words, a pin."""

from __future__ import annotations

import re
from typing import Any

from actions.hearing import Hearing
from actions.store import gazetteer

# How people begin to say where something is.
_BEGINS_A_PLACE = re.compile(
    r"\W*(?:by|near\w*|next|at|in|on|opposite|behind|outside|inside|close|corner|cnr|along|around|between|from|to|"
    r"main|ward|house|stand|erf|(?:the|my|our|all)(?:\s+(?:whole|main|of|on))?\s+(?:road|street|corner|house|home|"
    r"yard|area|section|place|block)|eduze|seduze|nga\w*|phambi|emva|maqondana|phakathi|e[mnsz]\w*|"
    r"kwa\w*|ku\w{0,2}|kw[ei]\w*|o[nt]\w+|ase\w+|\d+)\b",
    re.IGNORECASE,
)

_ENDS_IN_A_STREET = re.compile(
    r"\b(?:street|str|st|road|rd|avenue|ave|drive|crescent|lane)\W*$", re.IGNORECASE
)


def is_all(heard: Hearing) -> bool:
    """Whether the message is a place and nothing else: what is wrong there is still to be told."""
    text = heard.text.strip(" .,!?")
    return bool(text) and any(
        one["entity"] == "location" and str(one["value"]).strip(" .,!?") == text for one in heard.entities
    )


def names_a_place(heard: Hearing) -> bool:
    """Whether a place was found in the text (where one is asked for, all of it is taken for one)."""
    found = any(one["entity"] == "location" and one["value"] != heard.text for one in heard.entities)
    return found or gazetteer().find(heard.text) is not None


def reads_like_a_place(heard: Hearing) -> bool:
    """Whether it begins with a place or as people begin to name one ('near …'), or ends in a street."""
    found = gazetteer().find(heard.text)
    first = [one for one in heard.entities if one["entity"] == "location" and one["start"] == 0]
    if (found and found.start == 0) or any(one["value"] != heard.text for one in first):
        return True
    return bool(_BEGINS_A_PLACE.match(heard.text) or _ENDS_IN_A_STREET.search(heard.text))


def take_in(heard: Hearing, slots: dict[str, Any], was_asked: bool) -> None:
    """Puts ``place`` (the gazetteer's name), ``location`` (their words, if they say more) and a pin.

    A landmark without a known place ('near the clinic') is kept but leaves the question open, since the
    municipality hangs on it; once the question was asked, any answer is taken.
    """
    if heard.latitude is not None and heard.longitude is not None:
        slots["latitude"], slots["longitude"] = heard.latitude, heard.longitude
        near = gazetteer().nearest(heard.latitude, heard.longitude)
        slots["place"] = near.place.name if near else slots["place"]
        slots["location"] = slots["location"] or (
            near.place.name if near else f"{heard.latitude:.5f}, {heard.longitude:.5f}"
        )
        return
    said = ", ".join(heard.all_of("location")) or (heard.text if was_asked else "")
    found = gazetteer().find(said) if said else None
    if found is None and not slots["place"]:
        found = gazetteer().find(heard.text)
    if found:
        slots["place"] = found.place.name
    if not said:
        slots["location"] = slots["location"] or slots["place"]
        return
    before = slots["location"]
    if was_asked and before and before != slots["place"] and before not in said:
        said = f"{before}, {said}"
    only_the_place = found is not None and (found.end - found.start) >= len(said.strip(" .,!?")) - 1
    slots["location"] = slots["place"] if only_the_place else said
