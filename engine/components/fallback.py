"""Turns a guess into `nlu_fallback` where the classifier is not sure enough to act on it."""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

FALLBACK = "nlu_fallback"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Fallback(GraphComponent, IntentClassifier):
    """Below `bar` the class becomes nlu_fallback; the ranking keeps what was guessed."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"bar": 0.3}

    def __init__(self, bar: float) -> None:
        self.bar = bar

    @classmethod
    def create(cls, config: Dict[Text, Any], model_storage: Any, resource: Any, execution_context: Any) -> Fallback:
        return cls(float(config["bar"]))

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            intent = message.get(INTENT) or {}
            sure = float(intent.get("confidence") or 0.0)
            if sure < self.bar and not message.get("emergency"):
                message.set(INTENT, {"name": FALLBACK, "confidence": sure}, add_to_output=True)
        return messages
