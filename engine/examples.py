"""Reads the files of examples without Rasa, for cross-validation and tests."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Dict, Iterable, List, NamedTuple, Optional, Tuple

import yaml

ANNOTATION = re.compile(r"\[([^\]]+)\](?:\((\w+)(?::([^)]*))?\)|\{([^}]*)\})")


class Example(NamedTuple):
    """One text as written, without its annotations, and what its writer says of it."""

    text: str
    intent: str
    category: Optional[str]
    language: Optional[str]
    entities: Tuple[Tuple[str, str], ...]  # (entity, text)


def read_examples(files: Iterable[Path]) -> List[Example]:
    """All examples of the given files, in order."""
    found: List[Example] = []
    for path in files:
        document: Dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader) or {}  # noqa: S506  the safe loader, in C
        for block in document.get("nlu") or []:
            if "intent" in block:
                found += _examples_of(block)
    return found


def _examples_of(block: Dict[str, Any]) -> List[Example]:
    metadata = block.get("metadata") or {}
    examples = block["examples"]
    if isinstance(examples, str):
        lines: List[Dict[str, Any]] = [
            {"text": line.strip()[1:].strip()}
            for line in examples.splitlines()
            if line.strip().startswith("-")
        ]
    else:
        lines = examples
    found = []
    for line in lines:
        own = line.get("metadata") or {}
        entities = tuple((match[2] or "", match[1]) for match in ANNOTATION.finditer(line["text"]))
        found.append(
            Example(
                text=ANNOTATION.sub(lambda match: match[1], line["text"]).strip(),
                intent=block["intent"],
                category=own.get("category", metadata.get("category")),
                language=own.get("language", metadata.get("language")),
                entities=entities,
            )
        )
    return found


_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
