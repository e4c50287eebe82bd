"""Replies as keys and values: the engine says which text, the bot knows the words and the language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Dict, Optional, Text

from rasa.core.nlg.generator import NaturalLanguageGenerator
from rasa.shared.core.domain import Domain
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import EndpointConfig

# What Rasa itself puts beside a reply's own values.
NOT_VALUES = frozenset(
    {
        "attachment",
        "buttons",
        "button_type",
        "custom",
        "domain_responses",
        "elements",
        "image",
        "json_message",
        "quick_replies",
        "response",
        "template",
        "text",
    }
)
NOT_SLOTS = frozenset({"requested_slot", "session_started_metadata"})


class CatalogueKeys(NaturalLanguageGenerator):
    """Turns every utterance into `{"custom": {"response", "values", "buttons", "understood"}}`."""

    def __init__(
        self, endpoint_config: Optional[EndpointConfig] = None, domain: Optional[Domain] = None
    ) -> None:
        self.domain = domain

    async def generate(
        self,
        utter_action: Text,
        tracker: DialogueStateTracker,
        output_channel: Text,
        **kwargs: Any,
    ) -> Optional[Dict[Text, Any]]:
        values = {
            name: _plain(slot.value)
            for name, slot in tracker.slots.items()
            if slot.value is not None and name not in NOT_SLOTS
        }
        values.update(
            {
                name: _plain(value)
                for name, value in kwargs.items()
                if name not in NOT_VALUES and value is not None
            }
        )
        return {
            "custom": {
                "response": utter_action,
                "values": values,
                "buttons": kwargs.get("buttons") or [],
                "understood": understood(tracker),
            }
        }


def understood(tracker: DialogueStateTracker) -> Dict[Text, Any]:
    """What the pipeline made of the message under way, as the bot stores it beside the message."""
    message = tracker.latest_message
    parse_data: Dict[Text, Any] = dict(message.parse_data or {}) if message else {}
    intent = parse_data.get("intent") or {}
    guess = (parse_data.get("intent_ranking") or [{}])[0]
    return {
        "class": intent.get("name"),
        "class_confidence": intent.get("confidence"),
        # The learner's own, where the class became nlu_fallback or the answer to a question of ours.
        "guess": guess.get("name"),
        "guess_confidence": guess.get("confidence"),
        "category": parse_data.get("category"),
        "category_confidence": parse_data.get("category_confidence"),
        "language": parse_data.get("language"),
        "language_confidence": parse_data.get("language_confidence"),
        "dominant": parse_data.get("dominant"),
        "other_language": parse_data.get("other_language"),
        "emergency": parse_data.get("emergency"),
        "entities": parse_data.get("entities") or [],
    }


def _plain(value: Any) -> Any:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if value is None or isinstance(value, (str, int, float, bool)):
        return value
    return str(value)
