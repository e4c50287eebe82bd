"""Figures of an evaluation, from what was said of each message: shares, confusions, calibration."""

from __future__ import annotations

from collections import Counter
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from engine.components.language_model import LANGUAGES
from engine.components.message_model import CLASSES_WITH_CATEGORY
from engine.examples import Example

Figures = Dict[str, Any]
BANDS = (0.0, 0.3, 0.45, 0.6, 0.75, 0.9)  # lower ends of the bands of confidence
SHOWN = 0.005  # a smaller difference is none


class Judged(NamedTuple):
    """One message, what it is, and what the models say."""

    example: Example
    message_class: str
    class_confidence: float
    category: Optional[str]
    category_confidence: float
    language: str


class Question(NamedTuple):
    """What is asked of each message: the truth, the answer, and how sure the answer is (None: not stated)."""

    truth: Callable[[Judged], Optional[str]]
    said: Callable[[Judged], Optional[str]]
    confidence: Optional[Callable[[Judged], float]] = None


QUESTIONS = {
    "class": Question(lambda o: o.example.intent, lambda o: o.message_class, lambda o: o.class_confidence),
    "category": Question(lambda o: o.example.category, lambda o: o.category, lambda o: o.category_confidence),
    "language": Question(lambda o: o.example.language, lambda o: o.language),
}


def figures_of(judged: Sequence[Judged]) -> Figures:
    """For class, category and language: the share that is right by language, a row for each label,
    confusions, and calibration where a confidence is stated. Shares are between 0 and 1."""
    figures: Figures = {"messages": len(judged)}
    for name, question in QUESTIONS.items():
        asked = [one for one in judged if name != "category" or _has_category(one.example)]
        pairs = Counter((str(question.truth(one)), str(question.said(one))) for one in asked)
        figures[name] = {
            "right": _right_by_language(asked, question),
            "labels": _labels(pairs),
            "confusions": [[truth, said, times] for (truth, said), times in sorted(pairs.items())],
        }
        if question.confidence:
            figures[name]["calibration"] = calibration(
                [(question.confidence(one), question.truth(one) == question.said(one)) for one in asked]
            )
    return figures


def calibration(answers: Sequence[Tuple[float, bool]]) -> Figures:
    """The bands of stated confidence with the share that is right, and ECE: the mean distance of the two,
    over the messages."""
    bands, distance = [], 0.0
    for low, high in zip(BANDS, (*BANDS[1:], 1.01), strict=True):
        band = [(stated, right) for stated, right in answers if low <= stated < high]
        if band:
            stated = sum(one[0] for one in band) / len(band)
            true = sum(one[1] for one in band) / len(band)
            distance += abs(stated - true) * len(band)
            bands.append({"stated": round(stated, 4), "right": round(true, 4), "messages": len(band)})
    return {"bands": bands, "ece": round(distance / len(answers), 4) if answers else 0.0}


def differences(now: Figures, before: Figures) -> List[str]:
    """A line for each figure that is better or worse than before, in points; the overall ones always."""
    lines = []
    for name in QUESTIONS:
        old, new = before.get(name) or {}, now[name]
        for language, share in new["right"].items():
            line = _difference(f"{name}, {language}", share, (old.get("right") or {}).get(language))
            lines += [line] if line else []
        for label, row in new["labels"].items():
            line = _difference(
                f"{name} {label} (F1)", row["f1"], ((old.get("labels") or {}).get(label) or {}).get("f1")
            )
            lines += [line] if line else []
    return lines


def _difference(what: str, now: float, before: Optional[float]) -> Optional[str]:
    if before is None:
        return f"new     {what}: {now:.1%}"
    if abs(now - before) < SHOWN:
        return f"same    {what}: {now:.1%}" if what.endswith(", all") else None
    return f"{'better' if now > before else 'WORSE '}  {what}: {before:.1%} > {now:.1%}"


def _has_category(example: Example) -> bool:
    return example.intent in CLASSES_WITH_CATEGORY and bool(example.category)


def _right_by_language(judged: Sequence[Judged], question: Question) -> Dict[str, float]:
    shares = {}
    for language in ("all", *LANGUAGES):
        chosen = [one for one in judged if language in ("all", one.example.language)]
        if chosen:
            right = sum(question.truth(one) == question.said(one) for one in chosen)
            shares[language] = round(right / len(chosen), 4)
    return shares


def _labels(pairs: "Counter[Tuple[str, str]]") -> Dict[str, Dict[str, float]]:
    rows = {}
    for label in sorted({truth for truth, _said in pairs}):
        right = pairs[label, label]
        marked = sum(times for (truth, _said), times in pairs.items() if truth == label)
        said = sum(times for (_truth, answer), times in pairs.items() if answer == label)
        rows[label] = {
            "recall": round(right / marked, 4),
            "precision": round(right / said, 4) if said else 0.0,
            "f1": round(2 * right / (marked + said), 4),
            "messages": marked,
        }
    return rows
