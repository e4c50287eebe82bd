"""Class and category of a message, by two linear models on the same features. Knows nothing of Rasa."""

from __future__ import annotations

from pathlib import Path
from typing import List, NamedTuple, Optional

import numpy as np

from engine.components import concepts, features, linear, normaliser

# The category is learnt from what people report, ask, contest or praise, not from 'yes' and 'hello'.
CLASSES_WITH_CATEGORY = frozenset({"complaint", "query", "dispute", "compliment"})
# 'I have a complaint' says that there is a matter, not what it is about: such examples carry no category.
UNSAID = "unsaid"


class Understanding(NamedTuple):
    """Class and category of one message."""

    message_class: linear.Prediction
    category: Optional[linear.Prediction]
    # How well its best known word is known from training: 0 for 'qwrtp zxcv', near 1 for messages.
    familiar: float


class MessageModel:
    """The two models and the vocabulary they share."""

    def __init__(
        self,
        vocabulary: features.Vocabulary,
        classes: linear.LinearModel,
        categories: Optional[linear.LinearModel],
    ) -> None:
        self.vocabulary = vocabulary
        self.classes = classes
        self.categories = categories

    @classmethod
    def fit(cls, texts: List[str], classes: List[str], categories: List[Optional[str]]) -> MessageModel:
        """Trains on texts with their class and, where it has one, their category."""
        counts = [_counts_of(normaliser.for_classifier(text)) for text in texts]
        vocabulary = features.Vocabulary.of(counts)
        matrix = linear.matrix_of([vocabulary.vector(count) for count in counts], len(vocabulary.names))
        with_category = [row for row, name in enumerate(classes) if name in CLASSES_WITH_CATEGORY]
        labels = [categories[row] or UNSAID for row in with_category]
        category_model = None
        if len(set(labels)) > 1:
            category_model = linear.LinearModel.fit(matrix[with_category], labels)
        return cls(vocabulary, linear.LinearModel.fit(matrix, classes), category_model)

    def understand(self, text: str) -> Understanding:
        """Class and category of `text`."""
        normal = normaliser.for_classifier(text)
        vector = self.vocabulary.vector(_counts_of(normal))
        return Understanding(
            self.classes.predict(*vector),
            self.categories.predict(*vector) if self.categories else None,
            self.vocabulary.familiarity(normal),
        )

    def save(self, directory: Path) -> None:
        arrays = {"weights": self.vocabulary.weights, **self.classes.arrays("class")}
        if self.categories:
            arrays.update(self.categories.arrays("category"))
        np.savez(directory / "models.npz", **arrays)
        (directory / "vocabulary.txt").write_text("\n".join(self.vocabulary.names), encoding="utf-8")

    @classmethod
    def read(cls, directory: Path) -> MessageModel:
        with np.load(directory / "models.npz", allow_pickle=False) as stored:
            arrays = {name: stored[name] for name in stored.files}
        names = (directory / "vocabulary.txt").read_text(encoding="utf-8").split("\n")
        return cls(
            features.Vocabulary(names, arrays["weights"]),
            linear.LinearModel.from_arrays("class", arrays),
            linear.LinearModel.from_arrays("category", arrays) if "category_labels" in arrays else None,
        )


def _counts_of(normal: str) -> features.Counts:
    return features.count(normal, concepts.ideas_in(normal))
