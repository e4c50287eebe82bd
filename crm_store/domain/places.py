"""Finding a place of the region in what people write, or by coordinates.

isiZulu puts locatives and possessives on names (eSundumbili, waseNdwedwe, ku-Ballito) and people misspell them:
an exact name is looked for behind every such prefix, then a near one, the nearer the shorter the name is.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from crm_store.domain.region import Place, Region

# Longest first. 'i' and 'u' are taken off only before a capital (iBallito): izimbali are flowers, not Zimbali.
_PREFIXES = tuple(
    sorted(
        """ngasekwa ngase ngakwa ngaku nasekwa nase nakwa naku kwase wasekwa wase wakwa waku yase yakwa yaku lase lakwa
        laku sase sakwa base bakwa zase zakwa zaku ezise eziku abase abakwa olwase ase akwa aku ese eku kwa kwe kwi ku
        nge ngo ne no na we wo wa ye yo ya le lo la se so sa be bo ba ze zo za e o""".split(),
        key=len,
        reverse=True,
    )
)
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 4
_SHORTEST_STEM = 4
_SHORTEST_FUZZY = 6
_EARTH_KM = 6371.0


@dataclass(frozen=True)
class PlaceMatch:
    """A place found at `text[start:end]`; `score` is 100 for an exact name."""

    place: Place
    municipality: str
    locative: str
    start: int
    end: int
    score: float


@dataclass(frozen=True)
class NearestPlace:
    place: Place
    kilometres: float


def compact(text: str) -> str:
    """Letters and digits only, lower case, without accents: 'Shaka's Head' -> 'shakashead'."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(c for c in plain if c.isascii() and c.isalnum())


class Gazetteer:
    """The region's places, indexed once."""

    def __init__(self, region: Region) -> None:
        self._places = region.places
        self._not = {compact(word) for word in region.not_places}
        self._index: dict[str, Place] = {}
        for place in region.places:
            self._index.setdefault(compact(place.name), place)
        for place in region.places:
            for name in (place.locative, *place.aliases):
                self._index.setdefault(compact(name), place)
        self._near_index: dict[str, list[str]] = {}
        for key in self._index:
            if len(key) >= _SHORTEST_FUZZY:
                self._near_index.setdefault(key[0], []).append(key)

    def find(self, text: str) -> PlaceMatch | None:
        """The place that `text` names; the narrower, then the surer, then the first of several. None without one."""
        matches = list(self._matches(text))
        return min(matches, key=lambda m: (m.place.wide, -m.score, m.start - m.end, m.start), default=None)

    def nearest(self, latitude: float, longitude: float, within_km: float = 25.0) -> NearestPlace | None:
        """The place whose centre is nearest, or None when none is within `within_km`."""
        here = min(
            (
                NearestPlace(p, _kilometres(latitude, longitude, p.latitude, p.longitude))
                for p in self._places
            ),
            key=lambda found: found.kilometres,
        )
        return here if here.kilometres <= within_km else None

    def _matches(self, text: str) -> Iterator[PlaceMatch]:
        words = list(_WORD.finditer(text))
        taken: set[int] = set()
        # Longer names first, so that 'Tugela Mouth' is not read as Tugela.
        for count in range(min(_MOST_WORDS, len(words)), 0, -1):
            for first in range(len(words) - count + 1):
                span = range(first, first + count)
                if taken.intersection(span):
                    continue
                start, end = words[first].start(), words[first + count - 1].end()
                found = self._look_up(text[start:end], count)
                if found:
                    taken.update(span)
                    place, score = found
                    yield PlaceMatch(place, place.municipality, place.locative, start, end, score)

    def _look_up(self, written: str, words: int) -> tuple[Place, float] | None:
        whole = compact(written)
        if not whole or whole in self._not:
            return None
        stems = [whole, *_stems(whole)]
        if re.match(r"[iu]-?[A-Z]", written):
            stems.append(whole[1:])
        for stem in stems:
            if stem in self._index:
                return self._index[stem], 100.0
        for stem in stems:
            found = self._near(stem, words)
            if found:
                return found
        return None

    def _near(self, stem: str, words: int) -> tuple[Place, float] | None:
        edits = _edits_allowed(stem, words)
        if not edits or stem in self._not:
            return None
        best = process.extractOne(
            stem, self._near_index.get(stem[0], ()), scorer=OSA.distance, score_cutoff=edits
        )
        if best is None or _edits_allowed(best[0], words) < best[1]:
            return None
        return self._index[best[0]], round(100 * (1 - best[1] / max(len(stem), len(best[0]))), 1)


def _stems(word: str) -> Iterator[str]:
    for prefix in _PREFIXES:
        if word.startswith(prefix) and len(word) - len(prefix) >= _SHORTEST_STEM:
            yield word[len(prefix) :]


def _edits_allowed(name: str, words: int) -> int:
    """How many letters may be wrong: the shorter a name, the more other words are near it."""
    if words > 1 and len(name) < 8 or len(name) < _SHORTEST_FUZZY:
        return 0
    return 1 if len(name) < 10 else 2


def _kilometres(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Great-circle distance (haversine)."""
    a, b = math.radians(latitude), math.radians(other_latitude)
    half_a, half_b = (b - a) / 2, math.radians(other_longitude - longitude) / 2
    h = math.sin(half_a) ** 2 + math.cos(a) * math.cos(b) * math.sin(half_b) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, h)))
