"""What both sides learn from: one list of examples, drawn evenly from every class, category and language.

Rasa's own learner needs hours on two cores for all of them, so that without being told otherwise both sides
learn from a sample: the same one on every machine, as long as `nlu_data/` stays as it is.
"""

from collections import defaultdict
from collections.abc import Iterable
from hashlib import blake2b
from pathlib import Path

import yaml

from crm_store.domain.examples import Example
from crm_store.example_files import read_examples
from phendula.places import ROOT

FOLDER = ROOT / "nlu_data"
#: How many examples a sample holds: at 1,200 stock Rasa trains for a quarter of an hour on two cores.
SAMPLE = 1200
_SEED = "phendula"


def examples(limit: int | None = SAMPLE) -> list[Example]:
    """All examples (None), or so many of them, in the order of their files.

    The share of each class, category and language is that of the whole, and none is left out as long as the
    limit is not below their number (some 260). Which ones are taken depends on their text alone.
    """
    everything = list(read_examples(FOLDER))
    if limit is None or limit >= len(everything):
        return everything
    kinds: dict[tuple[str | None, ...], list[Example]] = defaultdict(list)
    for example in everything:
        kinds[example.intent, example.category, example.language].append(example)
    # The i-th of n stands at (i + 1/2) / n, so that every kind is spread evenly; but its first stands at 0.
    places = [
        ((at + 0.5) / len(kind) if at else 0.0, _lot(example), example)
        for kind in kinds.values()
        for at, example in enumerate(sorted(kind, key=_lot))
    ]
    taken = {id(example) for _place, _lot, example in sorted(places, key=lambda place: place[:2])[:limit]}
    return [example for example in everything if id(example) in taken]


def _lot(example: Example) -> bytes:
    return blake2b(f"{_SEED} {example.file} {example.text}".encode(), digest_size=8).digest()


def write_examples(chosen: Iterable[Example], folder: Path) -> None:
    """Writes them as Rasa reads them: a file for each file of `nlu_data/`, and nothing else in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.yml"):
        old.unlink()
    files: dict[str, dict[tuple[str | None, ...], list[str]]] = defaultdict(lambda: defaultdict(list))
    for example in chosen:
        files[example.file][example.intent, example.category, example.language].append(example.text)
    for name, blocks in files.items():
        content = [
            {
                "intent": intent,
                "metadata": {
                    name: value
                    for name, value in (("category", category), ("language", language))
                    if value is not None
                },
                "examples": "".join(f"- {text}\n" for text in texts),
            }
            for (intent, category, language), texts in blocks.items()
        ]
        text = yaml.safe_dump({"version": "3.1", "nlu": content}, allow_unicode=True, width=10_000)
        (folder / name).write_text(text, encoding="utf-8")
