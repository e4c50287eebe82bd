"""Where it is: a place of the gazetteer, a landmark or street in the person's own words, a pin."""

from __future__ import annotations

from typing import Any

from actions.hearing import Hearing
from actions.store import gazetteer


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
