"""`python -m benchmarks.learner FOLDER`: the product's learner on texts that nobody here wrote.

FOLDER holds `injongo_zul/` (isiZulu, 40 intents, columns intent and text) and `momconnect/` (a South African
health helpdesk, English and code-mixed, 17 intents); docs/understanding.md says where they come from. They
are never learnt by the product. What is measured is the very class that the engine trains, without its
encoder and with it. Run with the engine's Python (`engine/.venv/bin/python`); any other starts that one.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ENGINE_PYTHON = ROOT / "engine" / ".venv" / "bin" / "python"
FOLDS = 5

Labelled = tuple[list[str], list[str]]


def read_columns(path: Path) -> Labelled:
    """Texts and labels of a file with the columns intent and text."""
    rows = [line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()[1:] if line.strip()]
    return [text for _label, text in rows], [label for label, _text in rows]


def read_lines(path: Path) -> Labelled:
    """Texts and labels of a file with a JSON object a line."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [row["text"] for row in rows], [row["intent"] for row in rows]


def folds_of(labels: Sequence[str]) -> list[int]:
    """A fold for each row, each label spread over all: the same at every call."""
    shuffled, places = random.Random(0), defaultdict(list)
    for place, label in enumerate(labels):
        places[label].append(place)
    folds = [0] * len(labels)
    for label in sorted(places):
        shuffled.shuffle(places[label])
        for number, place in enumerate(places[label]):
            folds[place] = number % FOLDS
    return folds


class Costs:
    """CPU seconds of training, CPU milliseconds of answering."""

    def __init__(self) -> None:
        self.training = self.answering = 0.0
        self.trainings = self.answers = 0

    def __str__(self) -> str:
        training, answering = self.training / self.trainings, 1000 * self.answering / self.answers
        return f"train {training:5.1f} s, {answering:5.1f} ms a text"


def right(train: Labelled, test: Labelled, encoded: bool, costs: Costs) -> int:
    """How many texts of `test` the learner gets right after `train`."""
    from engine.components.encoder import encoder
    from engine.components.message_model import MessageModel

    started = time.process_time()
    model = MessageModel.fit(*train, [None] * len(train[0]), encoder() if encoded else None)
    trained = time.process_time()
    answers = [model.understand(text).message_class.label for text in test[0]]
    costs.training, costs.trainings = costs.training + trained - started, costs.trainings + 1
    costs.answering, costs.answers = (
        costs.answering + time.process_time() - trained,
        costs.answers + len(answers),
    )
    return sum(answer == label for answer, label in zip(answers, test[1], strict=True))


def crossed(whole: Labelled, encoded: bool, costs: Costs) -> float:
    """The share that is right when each fold in turn is left out."""
    folds, total = folds_of(whole[1]), 0
    for fold in range(FOLDS):
        parts: dict[bool, Labelled] = {True: ([], []), False: ([], [])}
        for text, label, its in zip(*whole, folds, strict=True):
            parts[its == fold][0].append(text)
            parts[its == fold][1].append(label)
        total += right(parts[False], parts[True], encoded, costs)
    return total / len(folds)


def measure(folder: Path) -> None:
    """Prints a line for each set, without and with the encoder."""
    from engine.components.encoder import encoder

    dev, test = (read_columns(folder / "injongo_zul" / f"zul_{part}.tsv") for part in ("dev", "test"))
    nlu, new = (
        read_lines(folder / "momconnect" / f"{part}.jsonl") for part in ("nlu", "validation_not_in_nlu")
    )
    for encoded in (False, True):
        if encoded and encoder() is None:
            print("with the encoder: it is not installed here")
            continue
        print("with the encoder" if encoded else "without the encoder", flush=True)
        for name, train, against in (("Injongo dev>test", dev, test), ("MomConnect", nlu, new)):
            costs = Costs()
            share = right(train, against, encoded, costs) / len(against[0])
            print(f"  {name:24}{share:.3f}   {costs}", flush=True)
        costs = Costs()
        share = crossed((dev[0] + test[0], dev[1] + test[1]), encoded, costs)
        print(f"  {'Injongo, 20 an intent':24}{share:.3f}   {costs}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures on the folder named; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if len(given) != 1 or not Path(given[0]).is_dir():
        print("usage: python -m benchmarks.learner FOLDER", file=sys.stderr)
        return 2
    if Path(sys.prefix).resolve() != ENGINE_PYTHON.parent.parent.resolve():
        os.chdir(ROOT)
        folder = str(Path(given[0]).resolve())
        os.execv(str(ENGINE_PYTHON), [str(ENGINE_PYTHON), "-m", "benchmarks.learner", folder])
    measure(Path(given[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
