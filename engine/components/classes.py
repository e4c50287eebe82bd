"""What kind of message it is (class) and what about (category), said to Rasa."""

from __future__ import annotations

import hashlib
import inspect
from pathlib import Path
from typing import Any, Dict, List, Optional, Text, Tuple

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT, INTENT_RANKING_KEY, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.components import concepts, encoder, features, linear, matters, message_model, normaliser, topics
from engine.components.examples_metadata import metadata_of
from engine.components.message_model import UNSAID, MessageModel

RANKING_LENGTH = 5
# Below this even the best known word of a text is hardly known: keys hit at random, another language.
FAMILIAR = 0.45


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class MessageClassifier(GraphComponent, IntentClassifier):
    """Sets `intent`, `intent_ranking`, `category` and `category_confidence`."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"encoder": True}  # where it is installed

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        modules = (concepts, encoder, features, linear, matters, message_model, normaliser, topics)
        sources = "".join(inspect.getsource(module) for module in modules)
        sources += concepts.SOURCE.read_text(encoding="utf-8")
        return hashlib.sha256(sources.encode()).hexdigest()

    def __init__(
        self,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[MessageModel] = None,
    ) -> None:
        self._with_encoder = bool(config["encoder"])
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
        return cls(config, model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        examples = [example for example in training_data.intent_examples if example.get(TEXT)]
        self.model = MessageModel.fit(
            [example.get(TEXT) for example in examples],
            [example.get(INTENT) for example in examples],
            [metadata_of(example, "category") for example in examples],
            encoder.encoder() if self._with_encoder else None,
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
        familiar = understood.familiar if normaliser.says_something(text) else 0.0
        if familiar < FAMILIAR:
            ranking = [{**rank, "confidence": rank["confidence"] * familiar} for rank in ranking]
        message.set(INTENT, ranking[0], add_to_output=True)
        message.set(INTENT_RANKING_KEY, ranking, add_to_output=True)
        if understood.category:
            about = understood.category.label
            message.set("category", None if about == UNSAID else about, add_to_output=True)
            message.set("category_confidence", understood.category.confidence, add_to_output=True)
            message.set("category_ranking", _as_rasa(understood.category.ranking), add_to_output=True)
        whole = matters.Whole(ranking[0]["name"], understood.category.ranking if understood.category else [])
        two = matters.two_matters(text, self._guess, whole)
        message.set("matters", [matter.as_rasa() for matter in two or ()], add_to_output=True)

    def _guess(self, text: str) -> matters.Guess:
        assert self.model is not None
        understood = self.model.understand(text, closely=False)  # of every half of every cut
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
            encode = encoder.encoder() if config["encoder"] else None
            return cls(config, model_storage, resource, MessageModel.read(Path(directory), encode))


def _as_rasa(ranking: List[Tuple[str, float]]) -> List[Dict[Text, Any]]:
    return [{"name": name, "confidence": confidence} for name, confidence in ranking[:RANKING_LENGTH]]
