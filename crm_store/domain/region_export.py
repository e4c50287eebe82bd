"""What lies over a region's file as YAML, to be put into the file by hand: each part where it belongs."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import yaml

_WIDTH = 120


@dataclass(frozen=True)
class ToFold:
    """A part as it holds now; `value` None: taken away. `told`: who changed it, when and why."""

    way: str
    value: Any
    told: str


def as_yaml(parts: Iterable[ToFold], file: str, knowledge_file: str | None) -> str:
    """The parts below the names of the files into which they belong, each with a comment of who and when.

    Every file's piece is YAML of the same form as the file: a part replaces the one of the same name there.
    """
    region: list[ToFold] = []
    knowledge: list[ToFold] = []
    for part in parts:
        (knowledge if part.way.startswith("knowledge.") else region).append(part)
    pieces = []
    if region:
        pieces.append(_heading(file, region) + _dumped(_nested(region)))
    if knowledge:
        entries = [part.value for part in knowledge if part.value is not None]
        pieces.append(_heading(knowledge_file or "the knowledge file", knowledge) + _dumped(entries))
    return "\n".join(pieces)


def _heading(file: str, parts: list[ToFold]) -> str:
    lines = [f"# --- {file}"]
    for part in parts:
        verb = "take away" if part.value is None else "replace"
        lines.append(f"# {verb} {part.way} ({part.told})")
    return "\n".join(lines) + "\n"


def _nested(parts: list[ToFold]) -> dict[str, Any]:
    whole: dict[str, Any] = {}
    for part in parts:
        if part.value is None:
            continue
        *way, last = part.way.split(".")
        inner = whole
        for key in way:
            inner = inner.setdefault(key, {})
        inner[last] = part.value
    return whole


def _dumped(value: Any) -> str:
    if not value:
        return ""
    return yaml.dump(value, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=None)
