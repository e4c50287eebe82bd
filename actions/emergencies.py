"""Emergencies: which text of advice, and whom to ring there."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.store import region


def category(kind: str | None) -> str | None:
    """The category an emergency belongs to, None when there is none."""
    known = region().emergency.kinds.get(kind) if kind else None
    return known.category if known else None


def number_for(kind: str, place_name: str | None) -> str:
    """Whom to ring: by the place's area, else its municipality, else the region's default."""
    known = region().emergency.kinds.get(kind)
    if known is None:
        return region().emergency.national["any"].number
    place = region().place_named(place_name) if place_name else None
    if place:
        for area in place.areas:
            if area in known.areas:
                return known.areas[area].number
        if place.municipality in known.municipalities:
            return known.municipalities[place.municipality].number
    return known.default.number


def advise(kind: str, place_name: str | None, dispatcher: CollectingDispatcher) -> None:
    """Safety advice and the number, before anything else is said."""
    dispatcher.utter_message(
        response=f"utter_emergency_{kind}", emergency_number=number_for(kind, place_name)
    )
