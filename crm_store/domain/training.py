"""Which messages a trainer should look at, which are one, and what their answers are worth."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from uuid import UUID

from rapidfuzz import fuzz, process

#: Why a message is worth a look, and how much; beside these counts how unsure the engine was.
WORTH: Mapping[str, float] = {
    "corrected": 5.0,
    "not_helpful": 3.0,
    "handed_over": 3.0,
    "not_understood": 2.5,
    "asked_back": 2.0,
    "models_disagree": 2.0,
    "new_words": 1.0,
    "unsure": 2.0,
}
#: Below this confidence the engine was unsure.
UNSURE = 0.75
#: From this share of words that no example has on, a message has new words.
NEW_WORDS = 0.34
#: Two messages are alike from this ratio of rapidfuzz on, their words in order of the alphabet.
ALIKE = 88
#: Messages that one decision serves at most.
GROUP = 25
#: A sample of about so many messages a week and language makes the weekly figures.
SAMPLE_A_WEEK = 100
#: One group of so many is shown to two trainers, of whom neither sees what the engine or the other said.
SECOND_OF = 10
_Z = 1.96  # of 95 %


@dataclass(frozen=True, kw_only=True)
class Signs:
    """What became of a message, as far as it tells whether it was understood."""

    confidence: float
    new_words: float = 0.0
    corrected: bool = False
    not_helpful: bool = False
    handed_over: bool = False
    not_understood: bool = False
    asked_back: bool = False
    models_disagree: bool = False


def worth(signs: Signs) -> tuple[float, tuple[str, ...]]:
    """How much a look at the message is worth, and why, the weightiest reason first; 0 and none: no look."""
    reasons = {name: WORTH[name] for name in WORTH if getattr(signs, name, False) is True}
    if signs.confidence < UNSURE:
        reasons["unsure"] = WORTH["unsure"] * (1 - max(0.0, signs.confidence))
    if signs.new_words >= NEW_WORDS:
        reasons["new_words"] = WORTH["new_words"] * min(1.0, signs.new_words)
    ordered = sorted(reasons, key=lambda name: (-reasons[name], name))
    return round(sum(reasons.values()), 3), tuple(ordered)


def share_of_new_words(text: str, known: frozenset[str]) -> float:
    """How many of the words, from three letters on, stand in no example; 0 for a text of one word."""
    words = words_of(text)
    return sum(word not in known for word in words) / len(words) if len(words) > 1 else 0.0


def words_of(text: str) -> list[str]:
    """The words of a text, from three letters on, in lower case."""
    return re.findall(r"[^\W\d_]{3,}", text.lower())


def likeness(text: str, named: Iterable[tuple[int, int]] = ()) -> str:
    """The text as it is compared: digits are all one, case, marks and order of words are nothing.

    `named`: where places, names and numbers stand; which ones they are makes no difference.
    """
    for start, end in sorted(named, reverse=True):
        text = f"{text[:start]} 0 {text[end:]}"
    words = re.findall(r"[^\W_]+", re.sub(r"\d+", "0", text.lower()))
    return " ".join(sorted(words))


def alike(text: str, others: Mapping[UUID, str]) -> UUID | None:
    """Which of the others (by their likeness) is most like this likeness; None: none is."""
    if not text:
        return None
    found = process.extractOne(text, others, scorer=fuzz.ratio, score_cutoff=ALIKE)
    return found[2] if found else None


# --- samples ------------------------------------------------------------------------------------------


def sample_rate(messages_a_week: int) -> float:
    """The share of messages that is drawn, a power of a half, so that a lower one draws among the same."""
    rate = 1.0
    while rate * messages_a_week > SAMPLE_A_WEEK * 1.5:
        rate /= 2
    return rate


def is_drawn(message_id: UUID, rate: float) -> bool:
    """Whether the message belongs to the sample: by lot, and the same answer each time."""
    return _lot(message_id) < rate


def wants_second_look(group_id: UUID) -> bool:
    """Whether two trainers say what they see, blind, to see how far two people agree."""
    return _lot(group_id) * SECOND_OF < 1


def _lot(one: UUID) -> float:
    """A number from 0 up to 1 that depends on the random part of the id alone."""
    return (one.int & 0xFFFFFFFF) / 2**32


# --- figures ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Share:
    """A share and the interval in which it lies with 95 %; none of it without a message."""

    messages: int
    right: float | None
    low: float | None
    high: float | None


def share_right(answers: Iterable[tuple[bool, float]]) -> Share:
    """The share that is right of a sample, each drawn with a probability; 95 % interval by Wilson.

    A message that was drawn with a tenth stands for ten. The interval's size is that of the effective number
    of messages (Kish: the square of the weights' sum through the sum of their squares).
    """
    weighted = [(right, 1 / rate) for right, rate in answers]
    if not weighted:
        return Share(0, None, None, None)
    total = sum(weight for _right, weight in weighted)
    share = sum(weight for right, weight in weighted if right) / total
    low, high = wilson(share, total**2 / sum(weight**2 for _right, weight in weighted))
    return Share(len(weighted), share, low, high)


def wilson(share: float, number: float) -> tuple[float, float]:
    """Wilson's score interval (1927) of a share among so many, at 95 %."""
    middle = share + _Z**2 / (2 * number)
    spread = _Z * sqrt(share * (1 - share) / number + _Z**2 / (4 * number**2))
    whole = 1 + _Z**2 / number
    return max(0.0, (middle - spread) / whole), min(1.0, (middle + spread) / whole)


def kappa(pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa (1960): how far two people agree beyond chance, 1 fully; None where chance is all."""
    return None if not pairs else _beyond_chance(share_alike(pairs), pairs)


def kappa_range(pairs: Sequence[tuple[str, str]]) -> tuple[float, float] | None:
    """Where kappa lies with 95 %: Wilson's interval of the agreement, less the chance that was seen.

    Unlike the textbook's standard error it is no single point where everybody agreed.
    """
    if kappa(pairs) is None:
        return None
    low, high = (_beyond_chance(end, pairs) for end in wilson(share_alike(pairs), len(pairs)))
    return None if low is None or high is None else (low, high)


def share_alike(pairs: Sequence[tuple[str, str]]) -> float:
    """How many of the pairs, one at least, are two of the same."""
    return sum(one == other for one, other in pairs) / len(pairs)


def _beyond_chance(observed: float, pairs: Sequence[tuple[str, str]]) -> float | None:
    first, second = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    chance = sum(first[label] * second[label] for label in first) / len(pairs) ** 2
    return None if chance >= 1 else (observed - chance) / (1 - chance)


def kappa_of(label: str, pairs: Sequence[tuple[str, str]]) -> float | None:
    """Cohen's kappa of one label against all the others."""
    return kappa([(str(one == label), str(other == label)) for one, other in pairs])
