"""Turns a guess into `nlu_fallback` where the classifier is not sure enough to act on it at once.

What is to be done then (act all the same, ask, or say that we did not understand) is decided by the
actions, which know the municipality and its answers: `crm_store/domain/decisions.py`. The ranking keeps
what was guessed.
"""

from __future__ import annotations

from typing import Any, Dict, List, Text

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from engine.components.case_answers import STANDING

FALLBACK = "nlu_fallback"
# These open a case or take a reading: a mistake has consequences. Of the rest a mistake is a wrong courtesy.
WEIGHTY = frozenset({"complaint", "query", "dispute", "compliment", "meter_reading", "my_data"})
# A complaint about these may be a dispute told without the word.
BILLS = frozenset({"billing", "meter_reading"})
# Questions that nobody owes an answer to: any other message is a matter of its own.
PASSING_QUESTIONS = frozenset({"helpful", "also", "anonymous", "right"}) | STANDING


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class Fallback(GraphComponent, IntentClassifier):
    """Below `bar` (for a class that opens a case: below `weighty_bar`) the class becomes nlu_fallback.

    Measured with `engine/start.py evaluate`: of guesses below 0.3 a quarter are right; above 0.9 it is 98 %.
    While a question of ours is open the guess stays: `AnswerReader` looks at it with the question in mind.
    """

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {"bar": 0.3, "weighty_bar": 0.9}

    def __init__(self, bar: float, weighty_bar: float) -> None:
        self.bar, self.weighty_bar = bar, weighty_bar

    @classmethod
    def create(
        cls, config: Dict[Text, Any], model_storage: Any, resource: Any, execution_context: Any
    ) -> Fallback:
        return cls(float(config["bar"]), float(config["weighty_bar"]))

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            asking = (message.get("metadata") or {}).get("asking")
            if message.get("emergency") or (asking and asking not in PASSING_QUESTIONS):
                continue
            intent = message.get(INTENT) or {}
            two = message.get("matters")
            if two:
                # Both halves are plain, however mixed the whole looks; which class begins, see `matters`.
                name = two[0]["intent"] if two[0]["certain"] else intent["name"]
                sure = max(float(two[0]["confidence"]), self.weighty_bar)
                message.set(INTENT, {"name": name, "confidence": sure}, add_to_output=True)
                continue
            name, sure = intent.get("name"), float(intent.get("confidence") or 0.0)
            of_a_bill = name == "complaint" and message.get("category") in BILLS
            if of_a_bill or sure < (self.weighty_bar if name in WEIGHTY else self.bar):
                message.set(INTENT, {"name": FALLBACK, "confidence": sure}, add_to_output=True)
        return messages
