"""Emergencies: which text of advice, and whom to ring there."""

from __future__ import annotations

from rasa_sdk.executor import CollectingDispatcher

from actions.store import region
from crm_store.domain.routing import emergency_number


def category(kind: str | None) -> str | None:
    """The category an emergency belongs to, None when there is none."""
    known = region().emergency.kinds.get(kind) if kind else None
    return known.category if known else None


def advise(kind: str, place_name: str | None, dispatcher: CollectingDispatcher) -> None:
    """Safety advice and the number, before anything else is said."""
    place = region().place_named(place_name) if place_name else None
    number = emergency_number(region(), kind, place.municipality if place else None, place).number
    dispatcher.utter_message(response=f"utter_emergency_{kind}", emergency_number=number)
