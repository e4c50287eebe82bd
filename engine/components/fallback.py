"""Turns a guess into `nlu_fallback` where the classifier is not sure enough to act on it.

A doubtful dispute becomes a complaint: a dispute asks for account, amount and month, three questions too many
when it is none.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message

FALLBACK = "nlu_fallback"
# Below this a dispute is only believed when the message names what is contested.
DISPUTE_BAR = 0.6
CONTESTED = frozenset({"account_number", "amount", "reading"})


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Fallback(GraphComponent, IntentClassifier):
    """Below `bar` the class becomes nlu_fallback; the ranking keeps what was guessed.

    Measured with `engine/start.py evaluate`: of the guesses below 0.3 a quarter are right, so asking again
    serves people better; between 0.3 and 0.45 it is four in ten, and the next turn mostly tells.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"bar": 0.3}

    def __init__(self, bar: float) -> None:
        self.bar = bar

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: Any, resource: Any, execution_context: Any
    ) -> Fallback:
        return cls(float(config["bar"]))

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            intent = message.get(INTENT) or {}
            sure = float(intent.get("confidence") or 0.0)
            if intent.get("name") == "dispute" and self.bar <= sure < DISPUTE_BAR:
                named = {entity["entity"] for entity in message.get(ENTITIES) or []}
                if not named & CONTESTED:
                    message.set(INTENT, {"name": "complaint", "confidence": sure}, add_to_output=True)
                    continue
            if sure < self.bar and not message.get("emergency"):
                message.set(INTENT, {"name": FALLBACK, "confidence": sure}, add_to_output=True)
        return messages
