"""Class and category of a message: linear models on its words, and for the doubtful on its meaning too.

The first pair of models takes the features that are cheap to make. Where its class is doubtful and the
encoder is there, the second pair decides, on the same features and the encoder's vector.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Dict, Iterator, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from scipy import sparse

from engine.components import concepts, features, glosses, landmarks, linear, normaliser
from engine.components.encoder import VECTORS, Encode, KnownVectors

# The category is learnt from what people report, ask, contest or praise, not from 'yes' and 'hello'.
CLASSES_WITH_CATEGORY = frozenset({"complaint", "query", "dispute", "compliment"})
# 'I have a complaint' says that there is a matter, not what it is about: such examples carry no category.
UNSAID = "unsaid"
# Surer classes are left to the cheap pair. Measured with every example left out: asked below .8 (a fifth of
# the examples, a tenth of the development messages) the encoder brings nine tenths of what it can mend; below
# .9, for half as much CPU again, the rest. Learnt from FEW examples, the cheap pair is never left alone.
DOUBTFUL = 0.8
# A hole by the clinic is not the clinic's: the words without the spot decide what a message is about when
# they make it this sure. "The queue outside the clinic" says too little without it, and is taken whole.
PLAIN_WITHOUT_SPOT = 0.6
# Weight of the encoder's vector beside the features'. It and the regularisation were found by the left-out
# loss of our 9,000 examples. FEW or less find their own: the fewer they are, the more the encoder tells.
MEANING = 0.5
FEW = 2500
MEANINGS = (0.5, 1.0, 2.0, 4.0)
REGULARISATIONS = (0.15, 0.3, 0.6, 1.2, 2.5, 5.0)


class Understanding(NamedTuple):
    """Class and category of one message."""

    message_class: linear.Prediction
    category: Optional[linear.Prediction]
    # How well its best known word is known from training: 0 for 'qwrtp zxcv', near 1 for messages.
    familiar: float


class _Pair:
    """The model of the class and that of the category; None when no two categories were taught."""

    def __init__(self, classes: linear.LinearModel, categories: Optional[linear.LinearModel] = None) -> None:
        self.classes = classes
        self.categories = categories

    def predict(self, vector: linear.Vector) -> Tuple[linear.Prediction, Optional[linear.Prediction]]:
        return self.classes.predict(*vector), self.categories.predict(*vector) if self.categories else None

    def arrays(self, name: str) -> Dict[str, np.ndarray]:
        stored = self.classes.arrays(f"{name}class")
        return {**stored, **(self.categories.arrays(f"{name}category") if self.categories else {})}

    @classmethod
    def from_arrays(cls, name: str, arrays: Dict[str, np.ndarray]) -> _Pair:
        return cls(
            linear.LinearModel.from_arrays(f"{name}class", arrays),
            linear.LinearModel.from_arrays(f"{name}category", arrays)
            if f"{name}category_labels" in arrays
            else None,
        )


class MessageModel:
    """The models and the vocabulary they share."""

    def __init__(
        self,
        vocabulary: features.Vocabulary,
        cheap: _Pair,
        deep: Optional[_Pair] = None,
        centre: Optional[np.ndarray] = None,
        meaning: float = MEANING,
        doubtful: float = DOUBTFUL,
        encode: Optional[Encode] = None,
    ) -> None:
        self.vocabulary = vocabulary
        self._cheap = cheap
        self._deep = deep
        self._centre = centre
        self._meaning = meaning
        self._doubtful = doubtful
        self.encode = encode

    @classmethod
    def fit(
        cls,
        texts: Sequence[str],
        classes: Sequence[str],
        categories: Sequence[Optional[str]],
        encode: Optional[Encode] = None,
    ) -> MessageModel:
        """Trains on texts with their class and, where it has one, their category."""
        made_of = [_features_of(normaliser.for_classifier(text)) for text in texts]
        vocabulary, matrix = features.Vocabulary.learn(made_of)
        kernel = linear.kernel_of(matrix)
        cheap, deep = [], []
        few = len(texts) <= FEW
        cheaply = deeply = _fitting([kernel], classes)[1] if few else linear.REGULARISATION
        centre, meaning, beside = None, MEANING, None
        if encode is not None:
            meanings = KnownVectors.read(VECTORS).of(texts, encode)
            centre = meanings.mean(0)
            beside = _direction(meanings - centre).astype(np.float32)
            if few:
                alike = beside @ beside.T
                best, deeply = _fitting([kernel + weight * alike for weight in MEANINGS], classes)
                meaning = MEANINGS[best]
            beside *= np.sqrt(meaning)
            wider = sparse.hstack([matrix, sparse.csr_matrix(beside)], format="csr")
        for rows, labels in _lessons(classes, categories):
            part = kernel if len(rows) == len(texts) else kernel[np.ix_(rows, rows)]
            solution = linear.Solution.of(part, labels, cheaply)
            cheap.append(linear.LinearModel.of(solution, matrix[rows]))
            if beside is not None:
                if deeply != cheaply:
                    solution = linear.Solution.of(part, labels, deeply)
                deep.append(linear.LinearModel.of(solution.beside(beside[rows]), wider[rows]))
        doubtful = 1.0 if few else DOUBTFUL
        return cls(
            vocabulary, _Pair(*cheap), _Pair(*deep) if deep else None, centre, meaning, doubtful, encode
        )

    def understand(self, text: str, closely: bool = True) -> Understanding:
        """Class and category of `text`; the encoder is asked only when that is to be known `closely`."""
        normal = normaliser.for_classifier(text)
        vector = self.vocabulary.vector(_features_of(normal))
        its_class, its_category = self._cheap.predict(vector)
        doubtful = closely and its_class.confidence < self._doubtful
        if doubtful and self._deep and self.encode and self._centre is not None:
            beside = _direction((self.encode(text) - self._centre)[None, :])[0]
            beside *= np.sqrt(self._meaning)
            numbers = np.arange(len(beside)) + len(self.vocabulary.names)
            vector = (np.concatenate([vector[0], numbers]), np.concatenate([vector[1], beside]))
            its_class, its_category = self._deep.predict(vector)
        its_category = self._of_the_rest(normal) or its_category
        return Understanding(its_class, its_category, self.vocabulary.familiarity(normal))

    def _of_the_rest(self, normal: str) -> Optional[linear.Prediction]:
        """The category of a text without the spots it is near; None without spots or where it is doubtful."""
        rest = landmarks.without_spots(normal)
        if not rest or rest == normal:
            return None
        _, category = self._cheap.predict(self.vocabulary.vector(_features_of(rest)))
        return category if category and category.confidence >= PLAIN_WITHOUT_SPOT else None

    def save(self, directory: Path) -> None:
        """Writes what `read` needs; nothing is pickled."""
        arrays = {"weights": self.vocabulary.weights, **self._cheap.arrays("")}
        if self._deep and self._centre is not None:
            cascade = np.array([self._meaning, self._doubtful])
            arrays.update(self._deep.arrays("deep_"), centre=self._centre, cascade=cascade)
        np.savez(directory / "models.npz", **arrays)
        (directory / "vocabulary.txt").write_text("\n".join(self.vocabulary.names), encoding="utf-8")

    @classmethod
    def read(cls, directory: Path, encode: Optional[Encode] = None) -> MessageModel:
        """A saved model. Without `encode` its cheap pair decides alone."""
        with np.load(directory / "models.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        names = (directory / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        vocabulary, cheap = features.Vocabulary(names, arrays["weights"]), _Pair.from_arrays("", arrays)
        if encode is None or "centre" not in arrays:
            return cls(vocabulary, cheap)
        meaning, doubtful = map(float, arrays["cascade"])
        deep = _Pair.from_arrays("deep_", arrays)
        return cls(vocabulary, cheap, deep, arrays["centre"], meaning, doubtful, encode)


def _lessons(
    classes: Sequence[str], categories: Sequence[Optional[str]]
) -> Iterator[Tuple[List[int], List[str]]]:
    """The rows from which classes are learnt, and those from which categories are, with their labels."""
    yield list(range(len(classes))), list(classes)
    rows = [row for row, name in enumerate(classes) if name in CLASSES_WITH_CATEGORY]
    labels = [categories[row] or UNSAID for row in rows]
    if len(set(labels)) > 1:
        yield rows, labels


def _fitting(kernels: Sequence[np.ndarray], classes: Sequence[str]) -> Tuple[int, float]:
    """Which of the kernels, with which regularisation, foretells the classes best of texts left out."""
    ways = itertools.product(range(len(kernels)), REGULARISATIONS)
    return min(ways, key=lambda way: linear.loss(kernels[way[0]], classes, way[1]))


def _direction(vectors: np.ndarray) -> np.ndarray:
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.where(lengths > 0, lengths, 1))


def _features_of(normal: str) -> features.Features:
    english = glosses.in_english(normal.split())
    ideas = {*concepts.ideas_in(normal), *concepts.ideas_in(" ".join(english))}
    return features.features_of(normal, sorted(ideas), english)
