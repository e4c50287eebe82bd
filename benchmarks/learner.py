"""`python -m benchmarks.learner FOLDER`: the product's learner on texts that nobody here wrote.

FOLDER holds `injongo_zul/` (isiZulu, 40 intents, columns intent and text) and `momconnect/` (a South African
health helpdesk, English and code-mixed, 17 intents); docs/understanding.md says where they come from. They
are never learnt by the product. What is measured is the very class that the engine trains, without its
encoder and with it. `--peers` sets others beside it (`benchmarks/learners.py`), `--own N` adds our own
examples: N of five folds, class and category. Run with the engine's Python (`engine/.venv/bin/python`); any
other starts that one.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.learners import PEERS, ROOT, Labelled, Learner, NotMeasured, ours

ENGINE_PYTHON = ROOT / "engine" / ".venv" / "bin" / "python"
FOLDS = 5


def read_columns(path: Path) -> Labelled:
    """Texts and labels of a file with the columns intent and text."""
    rows = [line.split("\t", 1) for line in path.read_text(encoding="utf-8").splitlines()[1:] if line.strip()]
    return Labelled([text for _label, text in rows], [label for label, _text in rows])


def read_lines(path: Path) -> Labelled:
    """Texts and labels of a file with a JSON object a line."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return Labelled([row["text"] for row in rows], [row["intent"] for row in rows])


def read_own() -> tuple[Labelled, list[str]]:
    """Our examples, and the kind of each: class, category and language together."""
    from engine.examples import read_examples

    read = read_examples(sorted((ROOT / "nlu_data").glob("*.yml")))
    own = Labelled([one.text for one in read], [one.intent for one in read], [one.category for one in read])
    return own, [f"{one.intent} {one.category} {one.language}" for one in read]


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


def parted(whole: Labelled, kinds: Sequence[str], folds: int = FOLDS) -> Iterator[tuple[Labelled, Labelled]]:
    """The rest and the fold, for so many of the folds, each kind spread over all."""
    of_row = folds_of(kinds)
    for fold in range(folds):
        yield (
            _rows(whole, [row for row, its in enumerate(of_row) if its != fold]),
            _rows(whole, [row for row, its in enumerate(of_row) if its == fold]),
        )


def _rows(whole: Labelled, rows: Sequence[int]) -> Labelled:
    about = whole.categories
    return Labelled(
        [whole.texts[row] for row in rows],
        [whole.labels[row] for row in rows],
        [about[row] for row in rows] if about else None,
    )


def row_of(learner: Learner, splits: Sequence[tuple[Labelled, Labelled]]) -> str:
    """The shares that are right over all splits, and what it cost."""
    from engine.components.message_model import CLASSES_WITH_CATEGORY, UNSAID

    right = asked = right_about = asked_about = 0
    training = answering = megabytes = 0.0
    for train, test in splits:
        answers = learner(train, test.texts)
        right += sum(told == label for told, label in zip(answers.labels, test.labels, strict=True))
        asked += len(test.texts)
        for label, about, told in zip(test.labels, test.categories or (), answers.categories, strict=False):
            if label in CLASSES_WITH_CATEGORY:
                right_about += told == (about or UNSAID)
                asked_about += 1
        training += answers.training / len(splits)
        answering += answers.answering
        megabytes = max(megabytes, answers.megabytes)
    about_share = f"{right_about / asked_about:.3f}" if asked_about else "     "
    costs = f"train {training:6.1f} s, {1000 * answering / asked:5.1f} ms a text, model {megabytes:5.1f} MB"
    return f"{right / asked:.3f}  {about_share}   {costs}"


def sets_in(folder: Path, own_folds: int) -> Iterator[tuple[str, list[tuple[Labelled, Labelled]]]]:
    """Each set's name and its parts to learn from and to be asked."""
    dev, test = (read_columns(folder / "injongo_zul" / f"zul_{part}.tsv") for part in ("dev", "test"))
    nlu, new = (
        read_lines(folder / "momconnect" / f"{part}.jsonl") for part in ("nlu", "validation_not_in_nlu")
    )
    yield "Injongo dev>test", [(dev, test)]
    yield "MomConnect", [(nlu, new)]
    both = Labelled(dev.texts + test.texts, dev.labels + test.labels)
    yield "Injongo, 20 an intent", list(parted(both, both.labels))
    if own_folds:
        own, kinds = read_own()
        yield f"our examples, {own_folds} of {FOLDS} folds", list(parted(own, kinds, own_folds))


def measure(folder: Path, peers: bool, own_folds: int) -> None:
    """Prints a line for each learner and set."""
    from engine.components.encoder import encoder

    learners = {"without the encoder": ours(False)}
    if encoder() is None:
        print("with the encoder: it is not installed here")
    else:
        learners["with the encoder"] = ours(True)
    for name, learner in {**learners, **(PEERS if peers else {})}.items():
        print(name, flush=True)
        for what, splits in sets_in(folder, own_folds):
            try:
                print(f"  {what:28}{row_of(learner, splits)}", flush=True)
            except NotMeasured as reason:
                print(f"  {what:28}not measured: {reason}", flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Measures on the folder named; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.learner", description="Measures the learner.")
    parser.add_argument("folder", type=Path, help="holds injongo_zul/ and momconnect/")
    parser.add_argument("--peers", action="store_true", help="other learners beside ours, slowly")
    parser.add_argument("--own", type=int, default=0, metavar="N", help="N of five folds of our examples too")
    given = parser.parse_args(arguments)
    if not given.folder.is_dir() or not 0 <= given.own <= FOLDS:
        parser.error(f"FOLDER must be a folder, and N at most {FOLDS}")
    if Path(sys.prefix).resolve() != ENGINE_PYTHON.parent.parent.resolve():
        os.chdir(ROOT)
        again = [str(ENGINE_PYTHON), "-m", "benchmarks.learner", str(given.folder.resolve())]
        os.execv(again[0], again + ["--peers"] * given.peers + ["--own", str(given.own)])
    measure(given.folder, given.peers, given.own)
    return 0


if __name__ == "__main__":
    sys.exit(main())
