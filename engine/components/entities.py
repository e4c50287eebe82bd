"""The form of an entity, and how a component adds one to a message."""

from __future__ import annotations

from typing import Any, Dict, Iterable, List, NamedTuple, Optional

from rasa.shared.nlu.constants import ENTITIES, INTENT
from rasa.shared.nlu.training_data.message import Message


class Found(NamedTuple):
    """One entity: what it is, its normalised value, and where it stands in the text."""

    entity: str
    value: str
    start: int
    end: int
    place: Optional[str] = None  # the gazetteer's name, for locations

    def as_rasa(self, text: str) -> Dict[str, Any]:
        stored: Dict[str, Any] = {
            "entity": self.entity,
            "value": self.value,
            "start": self.start,
            "end": self.end,
            "text": text[self.start : self.end],
        }
        if self.place:
            stored["place"] = self.place
        return stored


def add_entities(message: Message, found: Iterable[Found]) -> None:
    """Adds what does not overlap an entity that is there already; keeps them in the order of the text."""
    text = message.get("text") or ""
    entities: List[Dict[str, Any]] = list(message.get(ENTITIES) or [])
    for one in found:
        if all(one.end <= other["start"] or one.start >= other["end"] for other in entities):
            entities.append(one.as_rasa(text))
    entities.sort(key=lambda entity: entity["start"])
    message.set(ENTITIES, entities, add_to_output=True)


class Extractor:
    """What the rule-based extractors share: they need no training, no storage and no configuration."""

    @classmethod
    def create(cls, config: Any, model_storage: Any, resource: Any, execution_context: Any) -> Any:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            text = message.get("text") or ""
            known = {
                **(message.get("metadata") or {}),
                "message_class": (message.get(INTENT) or {}).get("name"),
            }
            add_entities(message, self.find(text, known) if text.strip() else [])
        return messages

    def find(self, text: str, metadata: Dict[str, Any]) -> List[Found]:
        """The entities of one kind in `text`; `metadata` is what the bot knows of the conversation, and
        `message_class`, what the message was understood to be."""
        raise NotImplementedError
