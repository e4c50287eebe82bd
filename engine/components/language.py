"""Sets `language` (en, zu, mixed), its confidence, `dominant` and `other_language` on every message."""

from __future__ import annotations

import hashlib
import inspect
import json
from pathlib import Path
from typing import Any, Dict, List, Optional, Text

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from engine.components import language_model, normaliser
from engine.components.examples_metadata import metadata_of
from engine.components.gazetteer import gazetteer
from engine.components.other_languages import other_language

LANGUAGES_KNOWN = ("en", "zu")


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LanguageIdentifier(GraphComponent):
    """Learns from the examples' `language` metadata. One that tells nothing keeps the conversation's."""

    @staticmethod
    def get_default_config() -> Dict[Text, Any]:
        return {}

    @classmethod
    def fingerprint_addon(cls, config: Dict[str, Any]) -> Optional[str]:
        sources = "".join(inspect.getsource(module) for module in (language_model, normaliser))
        return hashlib.sha256(sources.encode()).hexdigest()

    def __init__(
        self,
        model_storage: ModelStorage,
        resource: Resource,
        model: Optional[language_model.LanguageModel] = None,
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
    ) -> LanguageIdentifier:
        return cls(model_storage, resource)

    def train(self, training_data: TrainingData) -> Resource:
        texts, languages = [], []
        for example in training_data.intent_examples:
            language = metadata_of(example, "language")
            if language in language_model.LANGUAGES and example.get(TEXT):
                texts.append(example.get(TEXT))
                languages.append(language)
        if set(languages) == set(language_model.LANGUAGES):
            self.model = language_model.LanguageModel.fit(texts, languages, gazetteer().neutral_words())
            with self._model_storage.write_to(self._resource) as directory:
                (Path(directory) / "language.json").write_text(
                    json.dumps(self.model.as_json()), encoding="utf-8"
                )
        else:  # a small assistant in a test
            with self._model_storage.write_to(self._resource) as directory:
                (Path(directory) / "language.json").write_text("null", encoding="utf-8")
        return self._resource

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            verdict = (
                self.model.judge(message.get(TEXT) or "")
                if self.model
                else language_model.Verdict("en", 0.0, "en")
            )
            so_far = (message.get("metadata") or {}).get("language")
            if verdict.confidence == 0 and so_far in LANGUAGES_KNOWN:
                verdict = language_model.Verdict(so_far, 0.0, so_far)
            message.set("language", verdict.language, add_to_output=True)
            message.set("language_confidence", verdict.confidence, add_to_output=True)
            message.set("dominant", verdict.dominant, add_to_output=True)
            message.set("other_language", other_language(message.get(TEXT) or ""), add_to_output=True)
        return messages

    @classmethod
    def load(
        cls,
        config: Dict[Text, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
        **kwargs: Any,
    ) -> LanguageIdentifier:
        with model_storage.read_from(resource) as directory:
            stored = json.loads((Path(directory) / "language.json").read_text(encoding="utf-8"))
        model = language_model.LanguageModel.from_json(stored) if stored else None
        return cls(model_storage, resource, model)
