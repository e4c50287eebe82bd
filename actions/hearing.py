"""What the engine heard in the message that is being answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rasa_sdk import Tracker

# Below these, the learner's best guess is no better than asking.
CATEGORY_BAR = 0.35


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

    @classmethod
    def of(cls, tracker: Tracker) -> Hearing:
        """Reads the tracker's latest message; nothing here fails on a message without metadata."""
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
            ranking=tuple(
                (str(rank["name"]), float(rank["confidence"])) for rank in message.get("intent_ranking") or ()
            ),
        )

    def entity(self, name: str) -> str | None:
        """The first value of an entity, or None."""
        return next((str(e["value"]) for e in self.entities if e["entity"] == name), None)

    def all_of(self, name: str) -> list[str]:
        """Every value of an entity, in the order of the text."""
        return [str(e["value"]) for e in self.entities if e["entity"] == name]

    @property
    def likely_category(self) -> str | None:
        """The category, when the learner is sure enough to act on it."""
        return self.category if self.category and self.category_confidence >= CATEGORY_BAR else None

    @property
    def now(self) -> datetime:
        """The time of the deed, aware UTC."""
        return datetime.now(UTC)
