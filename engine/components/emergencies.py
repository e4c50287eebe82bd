"""Sets `emergency` where a message tells of danger to life: the patterns of `nlu_data/emergencies.yml`."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any, Dict, List, NamedTuple, Optional, Text

import yaml
from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin
from rasa.shared.nlu.constants import INTENT
from rasa.shared.nlu.training_data.message import Message

from engine.components.normaliser import normalise

# Who thanks for a danger that has passed ('quick response on the fallen cable') is in none now.
GLAD, GLAD_BAR = frozenset({"compliment", "thanks"}), 0.7
PATTERNS = Path(__file__).resolve().parents[2] / "nlu_data" / "emergencies.yml"


class Kind(NamedTuple):
    """One kind of emergency: any of `when`, unless one of `unless`."""

    name: str
    when: "re.Pattern[str]"
    unless: "Optional[re.Pattern[str]]"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class EmergencyDetector(EntityExtractorMixin, GraphComponent):
    """Sets `emergency` to live_wire, burst_main, sewage, fire, open_manhole or None."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    @classmethod
    def create(
        cls, config: Any, model_storage: Any, resource: Any, execution_context: Any
    ) -> EmergencyDetector:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            intent = message.get(INTENT) or {}
            if intent.get("name") in GLAD and float(intent.get("confidence") or 0.0) >= GLAD_BAR:
                continue
            kind = emergency_in(message.get("text") or "", kinds())
            if kind:
                message.set("emergency", kind, add_to_output=True)
        return messages


def emergency_in(text: str, known: List[Kind]) -> Optional[str]:
    """The first kind of emergency that `text` tells of, in the order of the file; None when there is none."""
    normal = normalise(text)
    for kind in known:
        if kind.when.search(normal) and not (kind.unless and kind.unless.search(normal)):
            return kind.name
    return None


@functools.lru_cache(maxsize=1)
def kinds() -> List[Kind]:
    """The kinds of the file."""
    return read_kinds(PATTERNS)


def read_kinds(path: Path) -> List[Kind]:
    """Reads the patterns; `words` lists may be used inside them as {name}."""
    if not path.exists():
        return []
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    words = {name: "(?:" + "|".join(items) + ")" for name, items in (document.get("words") or {}).items()}
    questions = document.get("questions") or []

    def compiled(patterns: List[str]) -> "re.Pattern[str]":
        filled = [re.sub(r"\{(\w+)\}", lambda match: words[match[1]], pattern) for pattern in patterns]
        return re.compile("|".join(f"(?:{pattern})" for pattern in filled))

    return [
        Kind(name, compiled(entry["when"]), compiled([*questions, *(entry.get("unless") or [])] or ["(?!)"]))
        for name, entry in document["emergencies"].items()
    ]
