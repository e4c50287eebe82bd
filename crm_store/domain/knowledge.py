"""Finding the answer to a question among those that a region's knowledge file holds.

A question is compared with every way of asking in the file, in both languages, by the words and the pieces of
words they share, each counting the more the fewer answers it belongs to (TF-IDF). Words that the file does
not know count against every answer: 'a permit for fireworks' shall not get the permit for a hall. An entry
may also name questions that look like its own and are not (`not_for`).
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import log, sqrt
from pathlib import Path

from crm_store.domain.places import Gazetteer
from crm_store.domain.region import KnowledgeEntry, Region

# Measured with tests/domain/test_knowledge.py: no answer costs a case, a wrong one costs trust.
THRESHOLD = 0.48
# The best answer must stand out from the next by this much.
MARGIN = 0.03
# What the category that the engine heard, and the language, may add: hints, never reasons.
CATEGORY_HINT = 0.04
LANGUAGE_HINT = 0.02
# What an answer loses for each word of the question that nobody knows, and that only a few others know.
UNKNOWN_WORD = 0.05
OTHERS_WORD = 0.1
_FEW = 3
_WORDS, _PIECES, _COVER = 0.3, 0.35, 0.35
_PIECE_LENGTHS = (3, 4)
# Words less alike than this have nothing to do with each other.
_LIKE = 0.4
_WORD = re.compile(r"[^\W_]+")

# Said around every question, whatever it is about.
_COURTESY = frozenset(
    "hi hello hey good morning afternoon day please kindly thanks thank sorry sir madam just also "
    "now want would like wanted know ask tell explain me my i im you your the a an of to for and or in at "
    "on it this that there so "
    "sawubona sanibona sanbonani molo yebo ngicela sicela bengicela ngiyacela nicela ukubuza ukwazi ngifuna "
    "sifuna bengifuna ngibuza ngazise ngiyabonga siyabonga ukuthi yini na ke nje "
    "manje kahle usuku lonke guys".split()
)

# Written short on phones: 'wat tym do u open'. The engine's components read the same lines.
_SHORT_WORDS = Path(__file__).parents[2] / "engine" / "components" / "short_words.txt"
_SHORT = {
    short: word
    for word, _, forms in (
        line.partition(":") for line in _SHORT_WORDS.read_text(encoding="utf-8").splitlines()
    )
    if not word.startswith("#")
    for short in forms.split()
}


@dataclass(frozen=True)
class Match:
    """An answer found; `score` is 0 to 1 (a little above with both hints)."""

    entry: KnowledgeEntry
    score: float


@dataclass(frozen=True)
class _Question:
    entry: int
    language: str | None


class Knowledge:
    """The entries of a region, ready to be searched. Building takes a fraction of a second: keep it."""

    def __init__(self, entries: Iterable[KnowledgeEntry], gazetteer: Gazetteer | None = None) -> None:
        self.entries = tuple(entries)
        self._gazetteer = gazetteer
        asked = [
            (_Question(number, language), text)
            for number, entry in enumerate(self.entries)
            for language, texts in (("en", entry.questions.en), ("zu", entry.questions.zu))
            for text in texts
        ]
        # What an answer is not for competes like an entry of its own: nearest, it means that there is none.
        self._not_for = [entry for entry in self.entries if entry.not_for]
        asked += [
            (_Question(len(self.entries) + number, None), text)
            for number, entry in enumerate(self._not_for)
            for text in entry.not_for
        ]
        self._questions = [question for question, _ in asked]
        self._words = _Index([(question.entry, words_of(text)) for question, text in asked])
        self._pieces = _Index([(question.entry, pieces_of(text)) for question, text in asked])
        self._pieces_of = {word: pieces_of(word) for word in self._words.entries}
        self._words_with: dict[str, list[str]] = defaultdict(list)
        for word, pieces in self._pieces_of.items():
            for piece in pieces:
                if len(piece) > min(_PIECE_LENGTHS):
                    self._words_with[piece].append(word)

    @classmethod
    def of(cls, region: Region) -> "Knowledge":
        """The region's knowledge; places in a question are left out of the comparison."""
        return cls(region.knowledge, Gazetteer(region))

    def find(self, text: str, language: str | None = None, category: str | None = None) -> Match | None:
        """The entry that answers `text`, or None: none is near enough, or two are equally near."""
        ranked = self._ranked(text, language, category)
        if not ranked or ranked[0][1] < THRESHOLD or ranked[0][0] >= len(self.entries):
            return None
        if len(ranked) > 1 and ranked[0][1] - ranked[1][1] < MARGIN:
            return None
        return Match(self.entries[ranked[0][0]], ranked[0][1])

    def rank(
        self, text: str, language: str | None = None, category: str | None = None, limit: int = 3
    ) -> list[Match]:
        """The nearest entries, best first, whether or not they are near enough."""
        ranked = self._ranked(text, language, category)
        answers = [(number, score) for number, score in ranked if number < len(self.entries)]
        return [Match(self.entries[number], score) for number, score in answers[:limit]]

    def _ranked(self, text: str, language: str | None, category: str | None) -> list[tuple[int, float]]:
        """Number and score of what is near, best first; what has no answer is numbered behind the entries."""
        text = self._without_place(text)
        words, pieces = words_of(text), pieces_of(text)
        by_words, by_pieces = self._words.similarities(words), self._pieces.similarities(pieces)
        covered, amiss = self._coverage(words)
        best: dict[int, float] = {}
        for number, question in enumerate(self._questions):
            if number not in by_pieces and number not in by_words:
                continue
            score = (
                _WORDS * by_words.get(number, 0.0)
                + _PIECES * by_pieces.get(number, 0.0)
                + _COVER * covered.get(question.entry, 0.0)
                - (amiss[None] - amiss.get(question.entry, 0.0))
                + (LANGUAGE_HINT if question.language == language else 0.0)
                + (CATEGORY_HINT if self._category(question.entry) == category else 0.0)
            )
            if score > best.get(question.entry, 0.0):
                best[question.entry] = score
        return sorted(best.items(), key=lambda item: -item[1])

    def _category(self, number: int) -> str:
        count = len(self.entries)
        return (self.entries[number] if number < count else self._not_for[number - count]).category

    def _coverage(self, words: frozenset[str]) -> tuple[dict[int, float], dict[int | None, float]]:
        """How much of what is asked each entry speaks of, the rarest words counting most; and what is lost
        by telling words that an entry lacks: the whole under None, and of that what each entry is spared.
        """
        whole = sum(self._words.weight(word) ** 2 for word in words) or 1.0
        scores: dict[int, float] = defaultdict(float)
        spared: dict[int | None, float] = defaultdict(float)
        for word in words:
            pieces = pieces_of(word)
            near: dict[str, float] = {}
            for known in {known for piece in pieces for known in self._words_with.get(piece, ())}:
                likeness = _likeness(pieces, self._pieces_of[known])
                if likeness >= _LIKE:
                    near[known] = likeness
            best: dict[int, float] = {}
            for known, likeness in near.items():
                for entry in self._words.entries[known]:
                    best[entry] = max(best.get(entry, 0.0), likeness)
            share = self._words.weight(word) ** 2 / whole
            for entry, likeness in best.items():
                scores[entry] += share * likeness
            loss = self._loss(word)
            spared[None] += loss
            for entry in best:
                spared[entry] += loss
        return scores, spared

    def _loss(self, word: str) -> float:
        entries = self._words.entries.get(word)
        if entries is None:
            return UNKNOWN_WORD
        return OTHERS_WORD if len(entries) <= _FEW else 0.0

    def _without_place(self, text: str) -> str:
        found = self._gazetteer.find(text) if self._gazetteer else None
        return f"{text[: found.start]} {text[found.end :]}" if found else text


class _Index:
    """Which questions hold which features; a feature weighs the more the fewer entries have it."""

    def __init__(self, questions: list[tuple[int, frozenset[str]]]) -> None:
        holders: dict[str, set[int]] = defaultdict(set)
        for entry, features in questions:
            for feature in features:
                holders[feature].add(entry)
        count = len({entry for entry, _ in questions})
        self._unknown = log(1 + count) if count else 1.0
        self._weights = {feature: log(1 + count / len(entries)) for feature, entries in holders.items()}
        self.entries = {feature: tuple(entries) for feature, entries in holders.items()}
        self._postings: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for number, (_, features) in enumerate(questions):
            length = sqrt(sum(self._weights[feature] ** 2 for feature in features)) or 1.0
            for feature in features:
                self._postings[feature].append((number, self._weights[feature] / length))

    def weight(self, feature: str) -> float:
        return self._weights.get(feature, self._unknown)

    def similarities(self, features: frozenset[str]) -> dict[int, float]:
        """Cosine with each question that shares a feature."""
        length = sqrt(sum(self.weight(feature) ** 2 for feature in features)) or 1.0
        scores: dict[int, float] = defaultdict(float)
        for feature in features:
            weight = self.weight(feature) / length
            for number, there in self._postings.get(feature, ()):
                scores[number] += weight * there
        return scores


def _likeness(pieces: frozenset[str], others: frozenset[str]) -> float:
    """1 for the same pieces, 0 for none in common (Dice)."""
    return 2 * len(pieces & others) / (len(pieces) + len(others))


def words_of(text: str) -> frozenset[str]:
    """The words, lower case, without accents; long numbers (accounts, phones) are left out."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c)).replace("'", "")
    return frozenset(
        word
        for written in _WORD.findall(plain)
        if (word := _SHORT.get(written, written)) not in _COURTESY and not (word.isdigit() and len(word) > 3)
    )


def pieces_of(text: str) -> frozenset[str]:
    """Pieces of 3 or 4 letters of the words: isiZulu builds on both ends of a stem, and people misspell."""
    return frozenset(
        padded[start : start + length]
        for word in words_of(text)
        for padded in [f"_{word}_"]
        for length in _PIECE_LENGTHS
        for start in range(max(1, len(padded) - length + 1))
    )
