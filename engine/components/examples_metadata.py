"""What a file of examples says about an example beside its intent."""

from __future__ import annotations

from typing import Any

from rasa.shared.nlu.constants import METADATA, METADATA_EXAMPLE, METADATA_INTENT
from rasa.shared.nlu.training_data.message import Message


def metadata_of(example: Message, key: str) -> Any:
    """The example's own value for `key`, else its block's, else None."""
    metadata = example.get(METADATA) or {}
    for part in (METADATA_EXAMPLE, METADATA_INTENT):
        values = metadata.get(part)
        if isinstance(values, dict) and values.get(key) is not None:
            return values[key]
    return None
