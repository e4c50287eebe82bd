"""Two models on the same messages: which understands more, is that chance, and may the new one go live.

Pure. The truth is what people said of the messages; `before` is the model in service, `after` the candidate.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from math import comb, sqrt
from typing import Any, Literal

Question = Literal["class", "category", "language"]
QUESTIONS: tuple[Question, ...] = ("class", "category", "language")
LANGUAGES = ("en", "zu", "mixed")
#: 'yes' and 'hello' are about nothing
WITH_CATEGORY = frozenset({"complaint", "query", "dispute", "compliment"})
#: A fall of one message is held against nobody: in a small class it would be many points.
FEWEST_LOST = 2
CONFUSIONS_SHOWN = 12
_Z = 1.959964  # of a 95 % interval


@dataclass(frozen=True)
class Meaning:
    """What a message is, or is said to be."""

    message_class: str | None
    category: str | None
    language: str | None

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "Meaning":
        """From a dictionary with `class`, `category` and `language`."""
        return cls(stored.get("class"), stored.get("category"), stored.get("language"))

    def answer(self, question: Question) -> str | None:
        """Its answer to one of the questions."""
        return {"class": self.message_class, "category": self.category, "language": self.language}[question]


@dataclass(frozen=True)
class Judged:
    """One message: the truth, and what each model says. Without a model in service `before` is None."""

    truth: Meaning
    before: Meaning | None
    after: Meaning
    #: of a live message
    message_id: str | None = None
    #: an example was made of it, so that the candidate knows it by heart
    learnt: bool = False

    def is_asked(self, question: Question) -> bool:
        """Whether the truth has an answer to the question."""
        if question == "category" and self.truth.message_class not in WITH_CATEGORY:
            return False
        return self.truth.answer(question) is not None

    def right(self, question: Question) -> tuple[bool | None, bool]:
        """Whether the model in service is right, and whether the candidate is."""
        truth = self.truth.answer(question)
        before = None if self.before is None else self.before.answer(question) == truth
        return before, self.after.answer(question) == truth


@dataclass(frozen=True)
class Row:
    """How many messages of a kind are right, before and after; with chance's part in the difference."""

    messages: int
    before: int | None
    after: int
    #: wrong before and right now; right before and wrong now
    gained: int
    lost: int
    #: the probability of so great a difference, or a greater, between equally good models (exact McNemar)
    p: float
    #: the 95 % interval of the difference, in shares of one
    low: float
    high: float

    @property
    def points(self) -> float:
        """The difference in percentage points; 0 where there is nothing before."""
        return 100 * (self.gained - self.lost) / self.messages if self.messages else 0.0


@dataclass(frozen=True)
class Fall:
    """One class or language that falls by more than the margin."""

    on: str  # held_out or live
    question: Question
    label: str
    messages: int
    before: int
    after: int

    @property
    def points(self) -> float:
        """By how many percentage points it falls."""
        return 100 * (self.before - self.after) / self.messages


def mcnemar(gained: int, lost: int) -> float:
    """The exact two-sided p of McNemar's test: chance gives each model half of what they differ on.

    McNemar, Psychometrika 12 (1947) 153-157; the exact form is the sign test on the discordant pairs.
    """
    differing = gained + lost
    if differing == 0:
        return 1.0
    tail = sum(comb(differing, k) for k in range(max(gained, lost), differing + 1))
    return min(1.0, 2.0 * tail / float(2**differing))


def interval(gained: int, lost: int, messages: int) -> tuple[float, float]:
    """The 95 % interval of the difference of two paired shares, by Agresti and Min.

    Statistics in Medicine 24 (2005) 729-740: half a message is added to each discordant count.
    """
    if messages == 0:
        return 0.0, 0.0
    up, down, total = gained + 0.5, lost + 0.5, messages + 2
    middle = (up - down) / total
    width = _Z * sqrt(max(up + down - (up - down) ** 2 / total, 0.0)) / total
    return max(-1.0, middle - width), min(1.0, middle + width)


def row_of(pairs: Iterable[tuple[bool | None, bool]]) -> Row:
    """Counts (right before, right after)."""
    counted = Counter(pairs)
    messages = sum(counted.values())
    after = sum(times for (_, now), times in counted.items() if now)
    if any(before is None for before, _ in counted):
        return Row(messages, None, after, 0, 0, 1.0, 0.0, 0.0)
    gained, lost = counted[False, True], counted[True, False]
    low, high = interval(gained, lost, messages)
    before = counted[True, True] + lost
    return Row(messages, before, after, gained, lost, mcnemar(gained, lost), low, high)


def compare(judged: Sequence[Judged]) -> dict[Question, dict[str, Any]]:
    """For each question `all` (a Row), `languages` and `labels` (Rows by name) and `confusions`, JSON-ready.

    A confusion: [what it is, what was said, times before, times after], the most frequent first.
    """
    figures: dict[Question, dict[str, Any]] = {}
    for question in QUESTIONS:
        asked = [one for one in judged if one.is_asked(question)]
        figures[question] = {
            "all": asdict(row_of(one.right(question) for one in asked)),
            "languages": _rows(asked, question, lambda one: one.truth.language),
            "labels": _rows(asked, question, lambda one, q=question: one.truth.answer(q)),  # type: ignore[misc]
            "confusions": _confusions(asked, question),
        }
    return figures


def _rows(
    judged: Sequence[Judged], question: Question, group: Callable[[Judged], str | None]
) -> dict[str, dict[str, Any]]:
    groups: dict[str, list[Judged]] = {}
    for one in judged:
        groups.setdefault(str(group(one)), []).append(one)
    return {name: asdict(row_of(one.right(question) for one in groups[name])) for name in sorted(groups)}


def _confusions(judged: Sequence[Judged], question: Question) -> list[list[Any]]:
    before: Counter[tuple[str, str]] = Counter()
    after: Counter[tuple[str, str]] = Counter()
    for one in judged:
        truth = str(one.truth.answer(question))
        was_right, is_right = one.right(question)
        if one.before is not None and not was_right:
            before[truth, one.before.answer(question) or "-"] += 1
        if not is_right:
            after[truth, one.after.answer(question) or "-"] += 1
    pairs = sorted(before.keys() | after.keys(), key=lambda pair: (-max(before[pair], after[pair]), pair))
    return [[*pair, before[pair], after[pair]] for pair in pairs[:CONFUSIONS_SHOWN]]


def changes(judged: Sequence[Judged]) -> list[dict[str, Any]]:
    """The live messages on which the models differ in class or category, those that got worse first."""
    found = []
    for one in judged:
        if one.message_id is None or one.before is None:
            continue
        pairs = [one.right(question) for question in ("class", "category") if one.is_asked(question)]
        better = sum(bool(now) - bool(before) for before, now in pairs)
        same = (one.before.message_class, one.before.category) == (
            one.after.message_class,
            one.after.category,
        )
        if same or not any(before != now for before, now in pairs):
            continue
        found.append(
            {
                "message_id": one.message_id,
                "better": better > 0,
                "learnt": one.learnt,
                "truth": asdict(one.truth),
                "before": asdict(one.before),
                "after": asdict(one.after),
            }
        )
    return sorted(found, key=lambda change: (change["better"], change["message_id"]))


def gate(on: str, figures: dict[Question, dict[str, Any]], margin: float) -> list[Fall]:
    """The classes and languages that fall by more than `margin` points and by two messages at least.

    Classes: how many of each class are told. Languages: class, category and language of each one's messages.
    """
    looked_at: list[tuple[Question, str]] = [
        ("class", "labels"),
        ("class", "languages"),
        ("category", "languages"),
        ("language", "languages"),
    ]
    falls = []
    for question, kind in looked_at:
        for label, stored in figures[question][kind].items():
            row = Row(**stored)
            if row.before is None or row.lost - row.gained < FEWEST_LOST or -row.points <= margin:
                continue
            falls.append(Fall(on, question, label, row.messages, row.before, row.after))
    return sorted(falls, key=lambda fall: -fall.points)


def verdict(row: Row) -> Literal["better", "worse", "no_difference", "first"]:
    """What may be said of a difference: better or worse where chance explains it in less than 1 of 20."""
    if row.before is None:
        return "first"
    if row.p >= 0.05 or row.gained == row.lost:
        return "no_difference"
    return "better" if row.gained > row.lost else "worse"
