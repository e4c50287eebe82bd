"""What the engine heard in the message that is being answered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rasa_sdk import Tracker

# Below this the learner's best guess of the category is no better than none.
CATEGORY_BAR = 0.35
# The slot that keeps a message whose turn comes later: asked about first, or the second of two matters.
KEPT = "kept"
# Payload of a choice that was offered: what it chooses, and which.
_CHOICE = re.compile(r"(?:matter|category|own):([\w/.-]+)")


@dataclass(frozen=True)
class Hearing:
    """One message as understood: intent, entities, category, and who sent it through which channel."""

    text: str
    intent: str
    intent_confidence: float
    category: str | None
    category_confidence: float
    emergency: str | None
    entities: tuple[Mapping[str, Any], ...]
    message_id: UUID | None
    conversation_id: UUID
    channel: str
    language: str
    latitude: float | None
    longitude: float | None
    known_accounts: tuple[str, ...]
    asking: str | None
    ranking: tuple[tuple[str, float], ...]
    categories: tuple[tuple[str, float], ...] = ()
    matters: tuple[Mapping[str, Any], ...] = ()
    #: tells the cases of one message apart
    ordinal: int = 0
    #: why the question that is open was asked again; None: it is open for the first time
    problem: Mapping[str, Any] | None = None

    @classmethod
    def of(cls, tracker: Tracker) -> Hearing:
        """What is to be done something about: the latest message, or one kept for this turn.

        Nothing here fails on a message without metadata.
        """
        heard = cls._latest(tracker)
        kept = tracker.get_slot(KEPT)
        if not kept or heard.message_id is None or kept["turn"] != str(heard.message_id):
            return heard
        return heard._with(kept)

    @classmethod
    def _latest(cls, tracker: Tracker) -> Hearing:
        message = tracker.latest_message
        metadata = message.get("metadata") or {}
        intent = message.get("intent") or {}
        message_id = metadata.get("message_id")
        detected = message.get("dominant") or "en"
        return cls(
            text=str(message.get("text") or "").strip(),
            intent=str(intent.get("name") or "nlu_fallback"),
            intent_confidence=float(intent.get("confidence") or 0.0),
            category=message.get("category"),
            category_confidence=float(message.get("category_confidence") or 0.0),
            emergency=message.get("emergency"),
            entities=tuple(message.get("entities") or ()),
            message_id=UUID(message_id) if message_id else None,
            conversation_id=UUID(str(tracker.sender_id)),
            channel=str(metadata.get("channel") or "web"),
            language=str(metadata.get("language") or detected),
            latitude=metadata.get("latitude"),
            longitude=metadata.get("longitude"),
            known_accounts=tuple(metadata.get("known_accounts") or ()),
            asking=metadata.get("asking"),
            ranking=_ranking(message.get("intent_ranking")),
            categories=_ranking(message.get("category_ranking")),
            matters=tuple(message.get("matters") or ()),
            problem=tracker.get_slot("problem"),
        )

    def _with(self, kept: Mapping[str, Any]) -> Hearing:
        return replace(
            self,
            text=kept["text"],
            intent=kept["intent"],
            intent_confidence=1.0,
            category=kept["category"],
            category_confidence=kept["category_confidence"],
            categories=tuple((name, sure) for name, sure in kept["categories"]),
            ranking=tuple((name, sure) for name, sure in kept["ranking"]),
            entities=tuple(kept["entities"]),
            latitude=kept["latitude"],
            longitude=kept["longitude"],
            emergency=None,
            matters=(),
            ordinal=kept["ordinal"],
        )

    def to_keep(self, **changes: Any) -> dict[str, Any]:
        """The message as the slot `kept` holds it; `turn` says in which turn it is heard again."""
        return {
            "turn": str(self.message_id),
            "text": self.text,
            "intent": self.intent,
            "category": self.category,
            "category_confidence": self.category_confidence,
            "categories": [list(rank) for rank in self.categories],
            "ranking": [list(rank) for rank in self.ranking],
            "entities": [dict(entity) for entity in self.entities],
            "latitude": self.latitude,
            "longitude": self.longitude,
            "ordinal": self.ordinal,
            **changes,
        }

    def one_matter(self, number: int) -> Hearing:
        """The first (0) or second (1) of the two matters in the message, with what was said of it.

        A place said once is the place of both.
        """
        matter = self.matters[number]
        start, end = int(matter["start"]), int(matter["end"])
        own = [e for e in self.entities if start <= int(e["start"]) < end]
        if not any(e["entity"] == "location" for e in own):
            own += [e for e in self.entities if e["entity"] == "location"]
        category = matter["category"]
        return replace(
            self,
            text=self.text[start:end].strip(" ,;"),
            intent=str(matter["intent"]),
            intent_confidence=float(matter["confidence"]),
            category=category,
            category_confidence=float(matter["category_confidence"]),
            categories=((category, 1.0),) if category else (),
            entities=tuple(own),
            matters=(),
            ordinal=number,
        )

    def doubtful_matter(self, number: int) -> Hearing:
        """The same where it is not certain that there are two: it keeps every word, so that none is lost."""
        return replace(self.one_matter(number), text=self.text, entities=self.entities)

    def entity(self, name: str) -> str | None:
        """The first value of an entity, or None."""
        return next((str(e["value"]) for e in self.entities if e["entity"] == name), None)

    def all_of(self, name: str) -> list[str]:
        """Every value of an entity, in the order of the text."""
        return [str(e["value"]) for e in self.entities if e["entity"] == name]

    @property
    def choice(self) -> str | None:
        """The choice of ours that the person took ('complaint', 'roads'); None for words of their own."""
        taken = _CHOICE.fullmatch(self.text)
        return taken[1] if taken else None

    @property
    def likely_category(self) -> str | None:
        """The category, when the learner is sure enough to act on it."""
        return self.category if self.category and self.category_confidence >= CATEGORY_BAR else None

    @property
    def now(self) -> datetime:
        """The time of the deed, aware UTC."""
        return datetime.now(UTC)


def _ranking(ranks: Any) -> tuple[tuple[str, float], ...]:
    return tuple((str(rank["name"]), float(rank["confidence"])) for rank in ranks or ())
