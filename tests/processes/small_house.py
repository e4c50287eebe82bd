"""A copy of the checkout that has learnt little: a twelfth of the examples. The others are what people write.

So a test can let trainers teach it from messages whose meaning is known, train within seconds, and measure
what was gained; none of the texts that the product is measured on is touched.
"""

import json
import shutil
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml

from crm_store.domain.examples import ANNOTATION, Example
from crm_store.example_files import NLU_DATA, read_examples
from phendula.places import ROOT
from tests.house.source import tracked_files

#: What the copy runs without.
_LEFT = frozenset({"benchmarks", "docs", "tests", "nlu_data", ".ci"})
_CLASSIFIER = "- name: engine.components.classes.MessageClassifier"
_EVERY = 12
#: Of the fixed set so many; each costs time at every comparison.
_MEASURED = 400


@dataclass(frozen=True)
class Taught:
    """What the copy has learnt, what may be written to it, and what it is measured on."""

    learnt: tuple[Example, ...]
    live: tuple[Example, ...]
    measured: tuple[Example, ...]


def said(example: Example) -> str:
    """The example as a person writes it: without marks."""
    return ANNOTATION.sub(r"\1", example.text)


def build(house: Path) -> Taught:
    """Make the copy at `house`, both environments shared with this checkout."""
    for path in tracked_files():
        if path.parts[0] not in _LEFT:
            (house / path.parent).mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / path, house / path)
    # So little learnt leaves most messages in doubt, and the encoder, dear as it is, would read each of them.
    config = (house / "config.yml").read_text(encoding="utf-8")
    alone = config.replace(_CLASSIFIER, f"{_CLASSIFIER}\n    encoder: false")
    assert alone != config, "the classifier of config.yml has another name"
    (house / "config.yml").write_text(alone, encoding="utf-8")
    (house / ".venv").symlink_to(ROOT / ".venv")
    (house / "engine" / ".venv").symlink_to(ROOT / "engine" / ".venv")
    taught = _split(read_examples(NLU_DATA))
    _write(house / "nlu_data", taught)
    return taught


def _split(examples: Iterable[Example]) -> Taught:
    cells: dict[object, list[Example]] = defaultdict(list)
    for example in examples:
        cells[example.label].append(example)
    parts: dict[int, list[Example]] = defaultdict(list)
    for cell in cells.values():
        for number, example in enumerate(cell):
            parts[number % _EVERY].append(example)
    measured = parts[2][:: max(1, len(parts[2]) // _MEASURED)]
    return Taught(tuple(parts[0]), tuple(parts[1] + parts[3]), tuple(measured[:_MEASURED]))


def _write(folder: Path, taught: Taught) -> None:
    (folder / "heldout").mkdir(parents=True)
    shutil.copy2(NLU_DATA / "vectors.npz", folder / "vectors.npz")
    files: dict[str, dict[object, list[str]]] = defaultdict(lambda: defaultdict(list))
    for one in taught.learnt:
        files[one.file][one.label].append(f"- {one.text}")
    for name, cells in files.items():
        blocks = []
        for (intent, category, language), lines in cells.items():  # type: ignore[misc]
            about = {"category": category} if category else {}
            blocks.append(
                {
                    "intent": intent,
                    "metadata": {**about, "language": language} if language else about,
                    "examples": "\n".join(lines) + "\n",
                }
            )
        content = yaml.dump(
            {"version": "3.1", "nlu": blocks}, allow_unicode=True, sort_keys=False, width=10_000
        )
        (folder / name).write_text(content, encoding="utf-8")
    for name, rows in (("messages.jsonl", taught.measured), ("development.jsonl", taught.measured[:20])):
        lines = [
            json.dumps(
                {
                    "text": said(one),
                    "language": one.language,
                    "class": one.intent,
                    "category": one.category,
                    "entities": [],
                },
                ensure_ascii=False,
            )
            for one in rows
        ]
        (folder / "heldout" / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
