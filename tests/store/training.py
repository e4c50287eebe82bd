"""What the training tests have in common: messages that were understood in some way, and a small folder."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy.orm import Session

from crm_store.domain import training
from crm_store.services.training_gathering import gather_messages
from crm_store.services.turns import ReplyToStore, finish_turn
from tests.store.people import THANDI, writes

#: Of so many groups one is looked at twice, as good as none.
_SELDOM = 10**12

FILE = """nlu:
# Water.
- intent: complaint
  metadata: {category: water, language: en}
  examples: |
    - there is no water in my street since monday
    - the tap is dry
- intent: query
  metadata: {category: water, language: zu}
  examples: |
    - amanzi abuya nini
"""


def nobody_looks_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """No group is laid before two trainers."""
    monkeypatch.setattr(training, "SECOND_OF", _SELDOM)


def everything_is_looked_at_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every group is laid before two trainers, who do not see what the engine or the other said."""
    monkeypatch.setattr(training, "SECOND_OF", 1)


def examples_folder(folder: Path) -> Path:
    (folder / "water.en.yml").write_text(FILE, encoding="utf-8")
    (folder / "heldout").mkdir()
    (folder / "heldout" / "messages.jsonl").write_text(
        '{"text": "our whole street has been dry since friday", "entities": []}\n', encoding="utf-8"
    )
    return folder


def understood(
    session: Session,
    body: str,
    *,
    said: str = "complaint",
    category: str | None = "water",
    language: str = "en",
    sure: float = 0.95,
    replied: str = "utter_complaint_opened",
    address: str = THANDI,
    entities: list[dict[str, Any]] | None = None,
    **more: Any,
) -> UUID:
    """A message that came in and was answered; returns its id."""
    accepted = writes(session, body, address, received_at=datetime.now(UTC))
    understanding = {
        "class": said,
        "class_confidence": sure,
        "category": category,
        "language": language,
        "entities": entities or [],
        **more,
    }
    finish_turn(
        session,
        accepted.message_id,
        [ReplyToStore(body="…", response_key=replied)],
        asking=None,
        choices=[],
        language="en",
        understanding=understanding,
    )
    session.flush()
    return accepted.message_id


def gathered(session: Session, region: Any, words: str = "no water tap dry street since", **more: Any) -> int:
    known = frozenset(words.split())
    return gather_messages(session, region, lambda: known, datetime.now(UTC), **more)
