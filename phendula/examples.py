"""Faults in nlu_data/ that need no engine to find: repeated, contradicting and broken examples."""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

ENTITIES = frozenset(
    (
        *("account_number", "meter_number", "reading", "reference", "location"),
        *("amount", "month", "service", "person", "phone"),
    )
)
ANNOTATION = re.compile(r"\[([^\]]*)\]\(([^)]*)\)")


@dataclass(frozen=True)
class Example:
    """One example and where it stands."""

    file: str
    intent: str
    category: str | None
    language: str | None
    text: str

    @property
    def plain(self) -> str:
        """The text without annotations, in one spelling of case and spaces."""
        return " ".join(ANNOTATION.sub(r"\1", self.text).lower().split()).strip(" .!?")


def read_examples(folder: Path) -> Iterator[Example]:
    """Every example of every file, in order."""
    for path in sorted(folder.glob("*.yml")):
        for block in (yaml.safe_load(path.read_text(encoding="utf-8")) or {}).get("nlu") or []:
            if "intent" not in block:
                continue
            metadata = block.get("metadata") or {}
            for line in block["examples"].splitlines():
                text = line.strip().removeprefix("-").strip()
                if text:
                    yield Example(
                        path.name, block["intent"], metadata.get("category"), metadata.get("language"), text
                    )


def faults_in(folder: Path) -> tuple[list[str], str]:
    """The faults, a line each, and one line that counts the examples."""
    faults: list[str] = []
    first_of: dict[str, Example] = {}
    languages: Counter[str] = Counter()
    for example in read_examples(folder):
        languages[example.language or "none"] += 1
        faults += annotation_faults(example)
        first = first_of.setdefault(example.plain, example)
        if first is example:
            continue
        if (first.intent, first.category) != (example.intent, example.category):
            faults.append(
                f"{example.file}: '{example.plain}' is {example.intent}/{example.category},"
                f" but {first.intent}/{first.category} in {first.file}"
            )
        elif first.language == example.language:  # 'aweh' is English and isiZulu
            faults.append(f"{example.file}: '{example.plain}' stands there again (first in {first.file})")
    by_language = ", ".join(f"{count} {language}" for language, count in sorted(languages.items()))
    return faults, f"{len(first_of)} distinct examples ({by_language})"


def annotation_faults(example: Example) -> list[str]:
    """What is wrong with an example's annotations."""
    faults = [
        f"{example.file}: '{example.text}': '{name}' is no entity of ours"
        for _text, name in ANNOTATION.findall(example.text)
        if name not in ENTITIES
    ]
    if re.search(r"[\[\]]", ANNOTATION.sub("", example.text)):
        faults.append(f"{example.file}: '{example.text}': a bracket that belongs to no annotation")
    return faults
