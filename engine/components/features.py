"""A text as weighted words, pairs of words and pieces of words.

The same few lines serve training and answering. They take a tenth of a millisecond for an SMS; scikit-learn's
vectorisers give the same numbers in two.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import Dict, Iterable, List, Tuple

import numpy as np

SHORTEST_PIECE, LONGEST_PIECE = 2, 5
TELLING_PIECE = 4  # shorter ones occur in any language
# Words, pieces of words (characters), topic cues: each group's length in a text's vector (length one).
# Measured on our examples, one left out at a time: without the cues the category is right 3 % less often.
GROUPS = {"w": 0.7, "c": 1.0, "t": 0.5}

Counts = Dict[str, Dict[str, int]]


def count(text: str, cues: Iterable[str] = ()) -> Counts:
    """How often each feature occurs, by group. `text` is normalised, `cues` are the topics it names."""
    words = text.split()
    in_words = Counter(words)
    in_words.update(f"{first} {second}" for first, second in itertools.pairwise(words))
    pieces: Counter = Counter()
    for word in words:
        pieces.update(pieces_of(word))
    return {"w": in_words, "c": pieces, "t": Counter(cues)}


def pieces_of(word: str) -> List[str]:
    """The pieces of a word, its beginning and end marked by a space."""
    padded = f" {word} "
    return [
        padded[start : start + size]
        for size in range(SHORTEST_PIECE, LONGEST_PIECE + 1)
        for start in range(len(padded) - size + 1)
    ]


class Vocabulary:
    """Numbers the features of the training texts and weighs them (tf-idf, sublinear)."""

    def __init__(self, names: List[str], weights: np.ndarray) -> None:
        self.names = names
        self.weights = weights
        self._index = {name: number for number, name in enumerate(names)}

    @classmethod
    def of(cls, texts: List[Counts]) -> Vocabulary:
        """The vocabulary of the given texts."""
        documents: Counter = Counter()
        for counts in texts:
            for group in GROUPS:
                documents.update(f"{group}{name}" for name in counts[group])
        names = sorted(documents)
        weights = np.array([math.log((1 + len(texts)) / (1 + documents[name])) + 1 for name in names])
        return cls(names, weights)

    def familiarity(self, text: str) -> float:
        """How well the best known word of a normalised text is known, 0 to 1; 1 without longer words.

        One known word is enough: in 'no water Nsuze' the place is new, and the matter is plain.
        """
        shares = []
        for word in text.split():
            pieces = [piece for piece in pieces_of(word) if len(piece) >= TELLING_PIECE]
            if pieces:
                shares.append(sum("c" + piece in self._index for piece in pieces) / len(pieces))
        return max(shares, default=1.0)

    def vector(self, counts: Counts) -> Tuple[np.ndarray, np.ndarray]:
        """Numbers and weights of the features of a text; features never seen in training are left out."""
        numbers: List[int] = []
        values: List[np.ndarray] = []
        for group, length in GROUPS.items():
            known = [
                (number, times)
                for name, times in counts[group].items()
                if (number := self._index.get(group + name)) is not None
            ]
            if not known:
                continue
            found = np.fromiter((number for number, _ in known), dtype=np.int64, count=len(known))
            times = np.fromiter((times for _, times in known), dtype=np.float64, count=len(known))
            weighted = (1 + np.log(times)) * self.weights[found]
            numbers.extend(found.tolist())
            values.append(weighted * (length / np.sqrt(weighted @ weighted)))
        if not numbers:
            return np.zeros(0, dtype=np.int64), np.zeros(0)
        together = np.concatenate(values)
        return np.array(numbers, dtype=np.int64), together / np.sqrt(together @ together)
