"""Adds a `service` entity: which of the services with a meter a message speaks of."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Text

from rasa.engine.graph import GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.extractors.extractor import EntityExtractorMixin

from engine.components.entities import Extractor, Found

SERVICES = {
    "water": re.compile(r"\b(?:water|i?-?water|\w{0,4}manzi(?:ni)?|kl|kilolit(?:re|er)s?)\b", re.I),
    "electricity": re.compile(
        r"\b(?:electricity|elec|i?-?electricity|power|\w{0,3}gesi(?:ni)?|lukagesi|kagesi|kwh|prepaid)\b", re.I
    ),
}


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ServiceFinder(Extractor, EntityExtractorMixin, GraphComponent):
    """Finds the service by its words."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    def find(self, text: str, metadata: Dict[str, Any]) -> List[Found]:
        return find_services(text)


def find_services(text: str) -> List[Found]:
    """The first mention of each service."""
    found = []
    for service, pattern in SERVICES.items():
        match = pattern.search(text)
        if match:
            found.append(Found("service", service, match.start(), match.end()))
    return found
