"""`evaluate`: how well class, category and language are told on messages that were not learnt.

Two views. Cross-validation splits our own examples, which were written to differ from each other: it is hard.
The held-out messages (`nlu_data/heldout/`) were written apart and never learnt: the test set is the figure
to quote and nobody tunes on it; the development set has been read while tuning. Entities are found by rules,
so our own examples measure them too.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from engine.components.encoder import encoder
from engine.components.entities import Found
from engine.components.gazetteer import gazetteer
from engine.components.language_model import LANGUAGES, LanguageModel
from engine.components.message_model import CLASSES_WITH_CATEGORY, MessageModel
from engine.components.numbers import find_numbers, today_here
from engine.components.persons import find_persons
from engine.components.places import find_places
from engine.components.services import find_services
from engine.examples import Example, read_examples
from engine.start import ROOT
from engine.training import nlu_files

_HELD_OUT = ROOT / "nlu_data" / "heldout"
HELD_OUT_SETS = {"test": _HELD_OUT / "messages.jsonl", "development": _HELD_OUT / "development.jsonl"}


class Judged(NamedTuple):
    """One message, what it is, and what the models say."""

    example: Example
    message_class: str
    class_confidence: float
    category: Optional[str]
    language: str


def evaluate(folds: int = 5, report: Optional[Path] = None, on: str = "test") -> Dict[str, Any]:
    """Prints both views (`on` names the held-out set); returns (and writes to `report`) the figures."""
    examples = read_examples(nlu_files())
    print(f"{len(examples)} examples, {folds} folds ...", flush=True)
    figures = {"cross_validation": _show("Cross-validation", _cross_validate(examples, folds))}
    held_out = read_held_out(HELD_OUT_SETS[on])
    figures["held_out"] = _show(f"Held-out messages ({on} set)", _judge(_Models(examples), held_out))
    figures["held_out_entities"] = _show_entities(f"Entities of the held-out messages ({on} set)", held_out)
    figures["entities"] = _show_entities("Entities of our examples (rules, nothing learnt)", examples)
    if report:
        report.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    return figures


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
                models.language.judge(one.text).language,
            )
        )
    return judged


def _show(title: str, judged: List[Judged]) -> Dict[str, Any]:
    print(f"\n{title}: {len(judged)} messages")
    about = [one for one in judged if one.example.intent in CLASSES_WITH_CATEGORY and one.example.category]
    figures = {
        "class": _by_language(judged, lambda one: one.message_class == one.example.intent),
        "category": _by_language(about, lambda one: one.category == one.example.category),
        "language": _by_language(judged, lambda one: one.language == one.example.language),
    }
    print(f"  {'':10}{'all':>7}{'en':>7}{'zu':>7}{'mixed':>7}")
    for name, values in figures.items():
        print(f"  {name:10}" + "".join(f"{values[key]:7.1%}" for key in ("all", *LANGUAGES)))
    _show_confusions(
        "class",
        Counter((o.example.intent, o.message_class) for o in judged if o.message_class != o.example.intent),
    )
    _show_confusions(
        "category",
        Counter((o.example.category, o.category) for o in about if o.category != o.example.category),
    )
    _show_confusions(
        "language",
        Counter((o.example.language, o.language) for o in judged if o.language != o.example.language),
    )
    print("  class confidence (stated, true, messages):")
    for low in (0.0, 0.3, 0.45, 0.6, 0.75, 0.9):
        high = {0.0: 0.3, 0.3: 0.45, 0.45: 0.6, 0.6: 0.75, 0.75: 0.9, 0.9: 1.01}[low]
        band = [one for one in judged if low <= one.class_confidence < high]
        if band:
            stated = sum(one.class_confidence for one in band) / len(band)
            true = sum(one.message_class == one.example.intent for one in band) / len(band)
            print(f"    {stated:.2f}  {true:.2f}  {len(band)}")
    return figures


def _show_entities(title: str, examples: Sequence[Example]) -> Dict[str, Any]:
    """How many of the marked entities the rules find (touching the mark), and how many finds are marked."""
    marked: Counter = Counter()
    met: Counter = Counter()
    found: Counter = Counter()
    fitting: Counter = Counter()
    for one in examples:
        ours = entities_of(one.text)
        truths = _spans_of(one)
        for name, start, end in truths:
            marked[name] += 1
            met[name] += any(o.entity == name and o.start < end and start < o.end for o in ours)
        for o in ours:
            found[o.entity] += 1
            fitting[o.entity] += any(
                name == o.entity and o.start < end and start < o.end for name, start, end in truths
            )
    print(f"\n{title}: found of the marked, marked of the found")
    figures = {}
    for name in sorted(marked):
        recall, precision = met[name] / marked[name], fitting[name] / found[name] if found[name] else 0.0
        figures[name] = {"recall": round(recall, 4), "precision": round(precision, 4), "marked": marked[name]}
        print(f"  {name:16}{recall:7.1%}{precision:8.1%}   of {marked[name]} marked, {found[name]} found")
    return figures


def entities_of(text: str) -> List[Found]:
    """What the extractors of the pipeline find, in its order, first come first served."""
    found: List[Found] = []
    finders = (
        lambda: find_numbers(text, today_here()),
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


def _by_language(judged: Sequence[Judged], right: Callable[[Judged], bool]) -> Dict[str, float]:
    figures = {}
    for language in ("all", *LANGUAGES):
        chosen = [one for one in judged if language in ("all", one.example.language)]
        figures[language] = round(sum(map(right, chosen)) / len(chosen), 4) if chosen else 0.0
    return figures


def _show_confusions(name: str, confusions: "Counter[Tuple[Any, Any]]") -> None:
    often = ", ".join(f"{truth}>{said} {times}" for (truth, said), times in confusions.most_common(10))
    print(f"  {name} mistakes: {often}")
