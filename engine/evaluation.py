"""`evaluate`: how well class, category and language are told on messages that were not learnt.

Two views. Cross-validation splits our own examples, which were written to differ from each other: it is hard.
The held-out messages (`nlu_data/heldout/`) were written apart and never learnt: the test set is the figure
to quote and nobody tunes on it; the development set has been read while tuning. Entities are found by rules,
so our own examples measure them too.
"""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Callable, Dict, List, Mapping, Optional, Sequence, Tuple

from engine.components.encoder import encoder
from engine.components.entities import Found
from engine.components.gazetteer import gazetteer
from engine.components.language_model import LANGUAGES, LanguageModel
from engine.components.message_model import MessageModel
from engine.components.numbers import SENDS_READING, find_numbers, today_here
from engine.components.persons import find_persons
from engine.components.places import find_places
from engine.components.services import find_services
from engine.examples import Example, read_examples
from engine.pictures import write_page
from engine.scores import QUESTIONS, Figures, Judged, differences, figures_of
from engine.start import ROOT, EngineError
from engine.training import nlu_files

_HELD_OUT = ROOT / "nlu_data" / "heldout"
HELD_OUT_SETS = {
    "test": _HELD_OUT / "messages.jsonl",
    "fresh": _HELD_OUT / "fresh.jsonl",
    "development": _HELD_OUT / "development.jsonl",
}


def evaluate(
    folds: int = 5,
    report: Optional[Path] = None,
    on: str = "test",
    out: Path = ROOT / "var" / "evaluation",
    keep: bool = False,
) -> Dict[str, Any]:
    """Prints both views (`on` names the held-out set); returns (and writes to `report`) the figures.

    No folds: no cross-validation. Tables and pictures go to `out`. `keep` keeps the figures beside the
    models; later evaluations on the same set are compared with them. EngineError where those cannot be read.
    """
    kept = read_kept(kept_file())
    examples = read_examples(nlu_files())
    figures: Dict[str, Any] = {}
    if folds:
        print(f"{len(examples)} examples, {folds} folds ...", flush=True)
        figures["cross_validation"] = _show("Cross-validation", _cross_validate(examples, folds))
    title = f"Held-out messages ({on} set)"
    held_out = read_held_out(HELD_OUT_SETS[on])
    judged = _judge(_Models(examples), held_out)
    now = figures["held_out"] = _show(title, judged)
    classes = {one.example.text: one.message_class for one in judged}
    found = figures["held_out_entities"] = _show_entities(f"Entities: {title.lower()}", held_out, classes)
    figures["entities"] = _show_entities("Entities of our examples (rules, nothing learnt)", examples, {})
    changes = differences(now, kept[on]) if on in kept else []
    _show_changes(changes, on)
    print(f"Tables and pictures: {write_page(out, title, now, found, changes)}")
    if report:
        report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    if keep:
        kept_file().parent.mkdir(parents=True, exist_ok=True)
        kept_file().write_text(json.dumps({**kept, on: now}, indent=1) + "\n", encoding="utf-8")
        print(f"Kept: the next evaluation on the {on} set is compared with these figures.")
    return figures


def kept_file() -> Path:
    """Where figures are kept for comparison: beside the models, also where one file is named."""
    models = ROOT / os.environ.get("PHENDULA_MODELS", "models")
    return (models.parent if models.is_file() else models) / "kept-figures.json"


def read_kept(path: Path) -> Dict[str, Figures]:
    """The kept figures by held-out set; none where none were kept yet."""
    if not path.exists():
        return {}
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except ValueError as error:
        raise EngineError(f"{path} is no JSON ({error}): remove it and keep figures again.") from error


def read_held_out(path: Path) -> List[Example]:
    """The held-out messages, one JSON object a line."""
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    return [
        Example(
            row["text"],
            row["class"],
            row.get("category"),
            row.get("language"),
            tuple(
                (entity["name"], row["text"][entity["start"] : entity["end"]]) for entity in row["entities"]
            ),
        )
        for row in rows
    ]


class _Models:
    """The models that `train` makes, of the given examples."""

    def __init__(self, examples: Sequence[Example]) -> None:
        self.message = MessageModel.fit(
            [one.text for one in examples],
            [one.intent for one in examples],
            [one.category for one in examples],
            encoder(),
        )
        known = [one for one in examples if one.language in LANGUAGES]
        self.language = LanguageModel.fit(
            [one.text for one in known], [str(one.language) for one in known], gazetteer().neutral_words()
        )


def _cross_validate(examples: List[Example], folds: int) -> List[Judged]:
    # Every nth example of each kind: stratified, and the same split each time.
    kinds: Dict[Tuple[Any, ...], int] = defaultdict(int)
    fold_of = []
    for one in examples:
        kind = (one.intent, one.category, one.language)
        fold_of.append(kinds[kind] % folds)
        kinds[kind] += 1
    judged: List[Judged] = []
    for fold in range(folds):
        models = _Models([one for one, its in zip(examples, fold_of, strict=False) if its != fold])
        judged += _judge(models, [one for one, its in zip(examples, fold_of, strict=False) if its == fold])
        print(f"  fold {fold + 1} of {folds}", flush=True)
    return judged


def _judge(models: _Models, examples: Sequence[Example]) -> List[Judged]:
    judged = []
    for one in examples:
        understood = models.message.understand(one.text)
        judged.append(
            Judged(
                one,
                understood.message_class.label,
                understood.message_class.confidence,
                understood.category.label if understood.category else None,
                understood.category.confidence if understood.category else 0.0,
                models.language.judge(one.text).language,
            )
        )
    return judged


def _show(title: str, judged: List[Judged]) -> Figures:
    figures = figures_of(judged)
    print(
        f"\n{title}: {len(judged)} messages\n  {'':10}" + "".join(f"{key:>7}" for key in ("all", *LANGUAGES))
    )
    for name in QUESTIONS:
        shares = figures[name]["right"]
        print(f"  {name:10}" + "".join(_percent(shares.get(key)) for key in ("all", *LANGUAGES)))
    for name in QUESTIONS:
        _show_labels(name, figures[name])
    for name in ("class", "category"):
        told = figures[name]["calibration"]
        print(f"  {name} confidence (stated, right, messages), ECE {told['ece']:.3f}:")
        for band in told["bands"]:
            print(f"    {band['stated']:.2f}  {band['right']:.2f}  {band['messages']}")
    return figures


def _percent(share: Optional[float]) -> str:
    return f"{'-':>7}" if share is None else f"{share:7.1%}"


def _show_labels(name: str, figures: Figures) -> None:
    print(f"  {name:18} recall  precision     F1  messages")
    for label, row in figures["labels"].items():
        print(
            f"    {label:16}{row['recall']:7.1%}{row['precision']:11.1%}{row['f1']:7.1%}{row['messages']:10}"
        )
    wrong = sorted((row for row in figures["confusions"] if row[0] != row[1]), key=lambda row: -row[2])
    print(f"  {name} mistakes: " + ", ".join(f"{truth}>{said} {times}" for truth, said, times in wrong[:10]))


def _show_changes(changes: Sequence[str], on: str) -> None:
    print(f"\nAgainst the figures kept last ({on} set):")
    for line in changes or ["none are kept for this set yet; --keep keeps these."]:
        print(f"  {line}")


def _show_entities(title: str, examples: Sequence[Example], classes: Mapping[str, str]) -> Dict[str, Any]:
    """How many of the marked entities the rules find (touching the mark), and how many finds are marked."""
    print(f"\n{title}: found of the marked, marked of the found")
    figures = {}
    for name, row in count_entities(examples, lambda text: entities_of(text, classes.get(text))).items():
        recall, precision = row["met"] / row["marked"], row["fitting"] / row["found"] if row["found"] else 0.0
        figures[name] = {
            "recall": round(recall, 4),
            "precision": round(precision, 4),
            "marked": row["marked"],
        }
        print(f"  {name:16}{recall:7.1%}{precision:8.1%}   of {row['marked']} marked, {row['found']} found")
    return figures


def count_entities(
    examples: Sequence[Example], found_in: Callable[[str], List[Found]]
) -> Dict[str, Dict[str, int]]:
    """For each kind that is marked: how often it is `marked` and `met` by a find, how many are `found` and
    `fitting` a mark. A find meets a mark that it touches."""
    counts: Dict[str, Counter] = {name: Counter() for name in ("marked", "met", "found", "fitting")}
    for one in examples:
        ours = found_in(one.text)
        truths = _spans_of(one)
        for name, start, end in truths:
            counts["marked"][name] += 1
            counts["met"][name] += any(o.entity == name and o.start < end and start < o.end for o in ours)
        for o in ours:
            counts["found"][o.entity] += 1
            counts["fitting"][o.entity] += any(
                name == o.entity and o.start < end and start < o.end for name, start, end in truths
            )
    return {
        name: {what: counted[name] for what, counted in counts.items()} for name in sorted(counts["marked"])
    }


def entities_of(text: str, message_class: Optional[str] = None) -> List[Found]:
    """What the extractors of the pipeline find, in its order, first come first served, in a message that was
    understood to be of the class."""
    found: List[Found] = []
    finders = (
        lambda: find_numbers(text, today_here(), sends_reading=message_class == SENDS_READING),
        lambda: find_places(text, gazetteer()),
        lambda: find_persons(text),
        lambda: find_services(text),
    )
    for find in finders:
        found += [one for one in find() if all(one.end <= o.start or one.start >= o.end for o in found)]
    return found


def _spans_of(example: Example) -> List[Tuple[str, int, int]]:
    spans, at = [], 0
    for name, text in example.entities:
        start = example.text.find(text, at)
        start = start if start >= 0 else example.text.find(text)
        spans.append((name, start, start + len(text)))
        at = start + len(text)
    return spans
