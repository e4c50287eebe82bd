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

# 'water 01890 water 01891': said of each number.
BEFORE_A_NUMBER = re.compile(r"\W{0,3}\d")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class ServiceFinder(Extractor, EntityExtractorMixin, GraphComponent):
    """Finds the service by its words."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    def find(self, text: str, metadata: Dict[str, Any]) -> List[Found]:
        return find_services(text)


def find_services(text: str) -> List[Found]:
    """The first mention of each service; the others, too, where each stands before a number of its own."""
    found = []
    for service, pattern in SERVICES.items():
        mentions = list(pattern.finditer(text))
        labels = [mention for mention in mentions if BEFORE_A_NUMBER.match(text, mention.end())]
        for mention in mentions if len(labels) == len(mentions) else mentions[:1]:
            found.append(Found("service", service, mention.start(), mention.end()))
    return found
