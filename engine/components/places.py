"""Adds a `location` entity for each spot a message names: gazetteer and landmarks, merged."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Text, Tuple

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin

from engine.components.entities import Extractor, Found
from engine.components.gazetteer import Gazetteer, gazetteer
from engine.components.landmarks import landmarks_in

# What may stand between two pieces of one spot: 'corner X and Y in Stanger', 'eduze kwesikole, eSundumbili'.
BETWEEN = re.compile(r"^[\s,\-]*(?:(?:in|at|by|on|near|of|the|e|la|lapha|ku|kwa)\b[\s,\-]*)?$", re.I)


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class PlaceFinder(Extractor, EntityExtractorMixin, GraphComponent):
    """Finds places by rules; see `find_places`."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    def find(self, text: str, metadata: Dict[str, Any]) -> List[Found]:
        return find_places(text, gazetteer())


def find_places(text: str, known: Gazetteer) -> List[Found]:
    """The spots in `text`; the value is the text as written, `place` the gazetteer's name if it has one."""
    matches = known.find(text)
    pieces: List[Tuple[int, int, Optional[str], float]] = [
        (match.start, match.end, match.name, match.score) for match in matches
    ]
    pieces += [(span.start, span.end, None, 0.0) for span in landmarks_in(text)]
    pieces.sort(key=lambda piece: piece[:2])
    merged: List[Tuple[int, int, Optional[str], float]] = []
    for piece in pieces:
        if merged and (piece[0] <= merged[-1][1] or BETWEEN.match(text[merged[-1][1] : piece[0]])):
            last = merged[-1]
            better = piece if piece[3] > last[3] else last
            merged[-1] = (last[0], max(last[1], piece[1]), better[2], better[3])
        else:
            merged.append(piece)
    found = []
    for start, end, name, _score in merged:
        value = text[start:end].strip(" ,.-")
        if value:
            start = text.index(value, start)
            found.append(Found("location", value, start, start + len(value), name))
    return found
