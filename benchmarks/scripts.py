"""The scripted conversations of `conversations/*.yml`, and what one person writes a thousand times over."""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from benchmarks.examples import examples

FOLDER = Path(__file__).parent / "conversations"

#: One after the other, again and again, by one person. A window of ten holds each twice, so that the costs of
#: the 100th and of the 1,000th message are those of the same ten messages.
ONE_PERSON_SAYS = (
    "The streetlight outside our house in Ballito is dead again",
    "what is my status",
    "Kukhona ipayipi eliphukile eSundumbili ngasesikoleni",
    "what can you do for me",
    "ngiyabonga",
)
_REFERENCE = re.compile(r"\b[A-Z]{2,5}-\d{4}-\d{4}\b")


@dataclass(frozen=True)
class Script:
    """One person's messages, to be sent one by one."""

    kind: str
    says: tuple[str, ...]


def scripts(folder: Path = FOLDER) -> list[Script]:
    """All conversations; the kinds take turns, as people would."""
    by_kind = [
        [
            Script(path.stem, tuple(line.split(" | ")))
            for line in yaml.safe_load(path.read_text(encoding="utf-8"))
        ]
        for path in sorted(folder.glob("*.yml"))
    ]
    # Each kind spread evenly over the whole: the i-th of n stands at (i + 1/2) / n.
    placed = [((at + 0.5) / len(kind), script) for kind in by_kind for at, script in enumerate(kind)]
    return [script for _place, script in sorted(placed, key=lambda pair: pair[0])]


def with_reference(text: str, heard: list[str]) -> str:
    """The text with {reference} replaced by the reference heard last."""
    found = [match for reply in heard for match in _REFERENCE.findall(reply)]
    return text.replace("{reference}", found[-1] if found else "IDM-1000-0000")


def learnt_by_heart() -> list[str]:
    """Sentences of more than four words that stand among the training examples too: there must be none."""
    learnt = {_plain(example.plain) for example in examples(None)}
    said = {text for script in scripts() for text in script.says} | set(ONE_PERSON_SAYS)
    return sorted(text for text in said if len(text.split()) > 4 and _plain(text) in learnt)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w ]", " ", text.lower()).split())
