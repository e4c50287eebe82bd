"""Finding a place of the region in what people write, or by coordinates.

isiZulu puts locatives and possessives on names (eSundumbili, waseNdwedwe, ku-Ballito) and people misspell
them: an exact name is looked for behind every such prefix, then a near one, the nearer the shorter the name
is.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from crm_store.domain.region import Place, Region

# What stands before a name in isiZulu. 'i' and 'u' are taken off only before a capital (iBallito): izimbali
# are flowers, not Zimbali.
_PREFIX = re.compile(
    r"(?:nga|na|ku|wa|ya|la|sa|ba|za|a|aba|olwa|e)?(?:se|so|kwa|ku|ka)|nga|nge|ngo|na|ne|no|kwe|kwi"
    r"|[wylsbz][aeo]|(?:ne)?lika|ka|e|o"
)
_WORD = re.compile(r"[^\W_]+")
_MOST_WORDS = 4
_LONGEST_PREFIX = 8
_SHORTEST_STEM = 4
# Measured on the training messages: below these lengths ordinary isiZulu words (ezimbili, umhloli) look like
# places.
_SHORTEST_FUZZY = 6
_SHORTEST_FUZZY_WORD = 8
_SHORTEST_TWO_EDITS = 10
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
        # Near names are looked for among names of as many words, so that 'near Aldinville' is not one.
        self._near_index: dict[tuple[str, bool], list[str]] = {}
        for place in region.places:
            for name in (place.name, *place.aliases):
                key = compact(name)
                if len(key) >= _SHORTEST_FUZZY:
                    self._near_index.setdefault((key[0], " " in name), []).append(key)

    def find(self, text: str) -> PlaceMatch | None:
        """The place that `text` names; the narrower, then the surer, then the first of several. None without
        one.
        """
        matches = list(self._matches(text))
        return min(matches, key=lambda m: (m.place.wide, -m.score, m.start - m.end, m.start), default=None)

    def nearest(self, latitude: float, longitude: float, within_km: float = 25.0) -> NearestPlace | None:
        """The place whose centre is nearest, or None when none is within `within_km`."""
        here = min(
            (
                NearestPlace(p, kilometres_between(latitude, longitude, p.latitude, p.longitude))
                for p in self._places
            ),
            key=lambda found: found.kilometres,
        )
        return here if here.kilometres <= within_km else None

    def locate(self, said: str) -> tuple[Place | None, str | None]:
        """The place that the words name, and the words themselves when they say more than its name."""
        found = self.find(said)
        if found is None:
            return None, said or None
        alone = (found.end - found.start) >= len(said.strip(" .,!?")) - 1
        return found.place, found.place.name if alone else said

    def _matches(self, text: str) -> Iterator[PlaceMatch]:
        words = list(_WORD.finditer(text))
        taken: set[int] = set()
        # Exact names before near ones, and longer before shorter, so that 'Tugela Mouth' is not read as
        # Tugela.
        for look_up in (self._exact, self._near):
            for count in range(min(_MOST_WORDS, len(words)), 0, -1):
                for first in range(len(words) - count + 1):
                    span = range(first, first + count)
                    if taken.intersection(span):
                        continue
                    start, end = words[first].start(), words[first + count - 1].end()
                    if compact(text[start:end]) in self._not:
                        taken.update(span)
                        continue
                    found = look_up(text, start, end, count)
                    if found:
                        taken.update(span)
                        place, score = found
                        yield PlaceMatch(place, place.municipality, place.locative, start, end, score)

    def _exact(self, text: str, start: int, end: int, _words: int) -> tuple[Place, float] | None:
        for stem in _stems(text[start:end]):
            if stem in self._index:
                return self._index[stem], 100.0
        return None

    def _near(self, text: str, start: int, end: int, words: int) -> tuple[Place, float] | None:
        named = _written_as_a_name(text, start, end)
        for stem in _stems(text[start:end]):
            edits = _edits_allowed(stem, named)
            if not edits:
                continue
            names = self._near_index.get((stem[0], words > 1), ())
            best = process.extractOne(stem, names, scorer=OSA.distance, score_cutoff=edits)
            if best and best[1] <= _edits_allowed(best[0], named):
                return self._index[best[0]], round(100 * (1 - best[1] / max(len(stem), len(best[0]))), 1)
        return None


def _stems(written: str) -> Iterator[str]:
    """What was written, then what is left behind each prefix it may begin with, the longest prefix first."""
    word = compact(written)
    yield word
    if re.match(r"[iu]-?[A-Z]", written):
        yield word[1:]
    # The prefix is written to the name, or with a dash: 'la ku-Ballito' begins with another word.
    first = len(compact(written.split(None, 1)[0])) if written else 0
    for length in range(min(_LONGEST_PREFIX, len(word) - _SHORTEST_STEM, first - 1), 0, -1):
        if _PREFIX.fullmatch(word, 0, length):
            yield word[length:]


def _written_as_a_name(text: str, start: int, end: int) -> bool:
    """A capital behind a prefix (eMandani), or at the beginning of a word that begins no sentence."""
    written = text[start:end]
    if re.match(r"[a-z]{1,7}[- ]?[A-Z][a-z]", written):
        return True
    before = text[:start].rstrip(" ")
    return written[:1].isupper() and written[1:].islower() and before != "" and before[-1] not in ".!?\n"


def _edits_allowed(name: str, named: bool) -> int:
    """How many letters may be wrong: the shorter a name, the more other words are near it."""
    if len(name) < (_SHORTEST_FUZZY if named else _SHORTEST_FUZZY_WORD):
        return 0
    return 1 if len(name) < _SHORTEST_TWO_EDITS else 2


def kilometres_between(
    latitude: float, longitude: float, other_latitude: float, other_longitude: float
) -> float:
    """Great-circle distance (haversine)."""
    a, b = math.radians(latitude), math.radians(other_latitude)
    half_a, half_b = (b - a) / 2, math.radians(other_longitude - longitude) / 2
    h = math.sin(half_a) ** 2 + math.cos(a) * math.cos(b) * math.sin(half_b) ** 2
    return 2 * _EARTH_KM * math.asin(math.sqrt(min(1.0, h)))
