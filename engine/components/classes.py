"""What kind of message it is (class) and what about (category): two linear models on the same features."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Text, Tuple

import numpy as np
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.components import features, linear, matters, normaliser, topics
from engine.components.examples_metadata import metadata_of

# The category is learnt from what people report, ask, contest or praise, not from 'yes' and 'hello'.
CLASSES_WITH_CATEGORY = frozenset({"complaint", "query", "dispute", "compliment"})
RANKING_LENGTH = 5
# Below this even the best known word of a text is hardly known: keys hit at random, another language.
FAMILIAR = 0.45

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
    return features.count(normal, topics.cues_in(normal))


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageClassifier(GraphComponent, IntentClassifier):
    """Sets `intent`, `intent_ranking`, `category` and `category_confidence`."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        sources = "".join(inspect.getsource(module) for module in (features, linear, normaliser, topics))
        return hashlib.sha256(sources.encode()).hexdigest()

    def __init__(
        self, model_storage: ModelStorage, resource: Resource, model: Optional[MessageModel] = None
    ) -> None:
        self._model_storage = model_storage
        self._resource = resource
        self.model = model

    @classmethod
    def create(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageClassifier:
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self.model = MessageModel.fit(
            [example.get(TEXT) for example in examples],
            [example.get(INTENT) for example in examples],
            [metadata_of(example, "category") for example in examples],
        )
        self.persist()
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            self._classify(message)
        return messages

    def _classify(self, message: Message) -> None:
        text = message.get(TEXT) or ""
        if self.model is None or not text.strip():
            # Nothing written: a shared location or a picture. The metadata decide, further down the pipeline.
            message.set(INTENT, {"name": None, "confidence": 0.0}, add_to_output=True)
            message.set(INTENT_RANKING_KEY, [], add_to_output=True)
            return
        understood = self.model.understand(text)
        ranking = _as_rasa(understood.message_class.ranking)
        if understood.familiar < FAMILIAR:
            ranking = [{**rank, "confidence": rank["confidence"] * understood.familiar} for rank in ranking]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        if understood.category:
            about = understood.category.label
            message.set("category", None if about == UNSAID else about, add_to_output=True)
            message.set("category_confidence", understood.category.confidence, add_to_output=True)
            message.set("category_ranking", _as_rasa(understood.category.ranking), add_to_output=True)
        two = matters.two_matters(text, self._guess)
        message.set("matters", [matter.as_rasa() for matter in two or ()], add_to_output=True)

    def _guess(self, text: str) -> matters.Guess:
        assert self.model is not None
        understood = self.model.understand(text)
        about = understood.category
        return matters.Guess(
            understood.message_class.label,
            understood.message_class.confidence,
            about.label if about and about.label != UNSAID else None,
            about.confidence if about else 0.0,
        )

    def persist(self) -> None:
        if self.model is not None:
            with self._model_storage.write_to(self._resource) as directory:
                self.model.save(Path(directory))

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> MessageClassifier:
        with model_storage.read_from(resource) as directory:
            return cls(model_storage, resource, MessageModel.read(Path(directory)))


def _as_rasa(ranking: List[Tuple[str, float]]) -> List[Dict[Text, Any]]:
    return [{"name": name, "confidence": confidence} for name, confidence in ranking[:RANKING_LENGTH]]
