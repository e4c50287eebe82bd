"""The region's places, as people write them: with isiZulu prefixes, aliases and misspellings."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path
from typing import Any, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Set

import yaml
from rapidfuzz import fuzz, process

from engine.components.language_model import SMALL_WORDS_EN, SMALL_WORDS_ZU

ROOT = Path(__file__).resolve().parents[2]
LONGEST_NAME = 4  # words
SHORTEST_MISSPELT = 6  # letters: shorter words are too like others
ALIKE_SHORT, ALIKE_LONG = 90, 86  # rapidfuzz ratio asked of words of up to 8 letters, and of longer ones
WORD = re.compile(r"[^\W_]+(?:[''\-][^\W_]+)*", re.UNICODE)
BREAK = re.compile(r"[,.;:!?\n]")  # no name goes on behind it
# eSundumbili, waseNdwedwe, ngasoNyoni, e-Tete, ku-Ballito, kwa Dukuza, o-Nyoni
PREFIXES = (
    "",
    *"e i o u a ku kwa ka la wa ba za ya sa na nga se s".split(),
    *"ase eku wase base zase lase yase sase kwase ngase nase ease mase be be".split(),
    *"was bas zas las yas sas kwas ngas nas as".split(),
    *"wakwa bakwa zakwa lakwa yakwa sakwa ngakwa nakwa ngaku kwi kwe".split(),
    *"waku baku zaku laku yaku wae bae nge no ne ngo".split(),
)
LONGEST_PREFIX = max(map(len, PREFIXES))
SMALL_WORDS = SMALL_WORDS_EN | SMALL_WORDS_ZU


class Match(NamedTuple):
    """A place found in a text."""

    name: str
    start: int
    end: int
    score: float  # 100 for a known spelling


class Gazetteer:
    """Finds the places of one region."""

    def __init__(self, places: Iterable[Dict[str, Any]], not_places: Iterable[str] = ()) -> None:
        self._names: Dict[str, str] = {}
        self._never: Set[str] = {_key(text) for text in not_places}
        words: Set[str] = set()
        for place in places:
            for spelling in [place["name"], place.get("locative"), *(place.get("aliases") or [])]:
                if spelling:
                    self._names.setdefault(_key(str(spelling)), str(place["name"]))
                    words.update(word.lower() for word in WORD.findall(str(spelling)))
        self._misspellable = [key for key in self._names if len(key) >= SHORTEST_MISSPELT]
        self._neutral = frozenset(word for word in words if word not in SMALL_WORDS)

    def neutral_words(self) -> FrozenSet[str]:
        """The words of the names, in lower case: they tell nothing of a text's language."""
        with_prefix = {
            prefix + word for word in self._neutral for prefix in ("e", "kwa", "wase", "base", "ku", "lase")
        }
        return self._neutral | with_prefix

    def find(self, text: str) -> List[Match]:
        """All places in `text`, longest names first where they overlap, in the order of the text."""
        words = list(WORD.finditer(text))
        keys = [_key(word[0]) for word in words]
        found: List[Match] = []
        at = 0
        while at < len(words):
            match = self._at(text, words[at : at + LONGEST_NAME], keys[at : at + LONGEST_NAME])
            if match is None:
                at += 1
            else:
                found.append(match)
                at += sum(word.start() < match.end for word in words[at:])
        return found

    def _at(self, text: str, words: "List[re.Match[str]]", keys: List[str]) -> Optional[Match]:
        start = words[0].start()
        for count in range(len(words), 0, -1):
            end = words[count - 1].end()
            if BREAK.search(text, start, end):
                continue
            key = "".join(keys[:count])  # what stands between two words is no part of a key
            if key in self._never:
                return None
            name = self._known(key)
            if name:
                return Match(name, start, end, 100.0)
        for count in (2, 1):
            if len(words) >= count:
                end = words[count - 1].end()
                match = self._misspelt(text[start:end], "".join(keys[:count]))
                if match:
                    return Match(match[0], start, end, match[1])
        return None

    def _known(self, key: str) -> Optional[str]:
        for length in range(min(LONGEST_PREFIX, len(key) - 1) + 1):
            rest = key[length:]
            if rest in self._names and key[:length] in PREFIXES and (not length or len(rest) >= 4):
                return self._names[rest]
        return None

    @functools.lru_cache(maxsize=10_000)  # noqa: B019  as below
    def _misspelt(self, written: str, key: str) -> Optional["tuple[str, float]"]:
        if len(key) < SHORTEST_MISSPELT or written.lower() in SMALL_WORDS:
            return None
        if " " in written and any(word in SMALL_WORDS for word in written.lower().split()):
            return None
        if key in self._never or any(character.isdigit() for character in key):
            return None
        best: Optional["tuple[str, float]"] = None
        for prefix in ("", "e", "kwa", "wase", "base", "ku", "i", "u"):
            rest = key[len(prefix) :] if key.startswith(prefix) else ""
            if len(rest) < SHORTEST_MISSPELT:
                continue
            bar = ALIKE_SHORT if len(rest) <= 8 else ALIKE_LONG
            near = process.extractOne(rest, self._starting_with(rest[0]), scorer=fuzz.ratio, score_cutoff=bar)
            if near and (best is None or near[1] > best[1]):
                best = (self._names[near[0]], float(near[1]))
        return best

    @functools.lru_cache(maxsize=64)  # noqa: B019  one gazetteer lives as long as the process
    def _starting_with(self, letter: str) -> List[str]:
        return [key for key in self._misspellable if key[0] == letter]


@functools.lru_cache(maxsize=10_000)
def _key(text: str) -> str:
    return re.sub(r"[^\w]|_", "", text.lower())


@functools.lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The gazetteer of the municipality file in PHENDULA_MUNICIPALITIES; empty when there is no such file."""
    path = ROOT / os.environ.get("PHENDULA_MUNICIPALITIES", "municipalities/ilembe.yml")
    if not path.exists():
        return Gazetteer([])
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    region = yaml.load(path.read_text(encoding="utf-8"), Loader=loader) or {}  # noqa: S506  the safe loader, in C
    return Gazetteer(region.get("places") or [], region.get("not_places") or [])
