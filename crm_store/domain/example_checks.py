"""What a new example meets among those that are there, told before it is saved."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from crm_store.domain.example_text import one_line
from crm_store.domain.examples import (
    TOO_NEAR,
    WORDS_OF_ONES_OWN,
    Example,
    annotation_faults,
    contradicts,
    in_order,
    plain_text,
)

_SHOWN = 5


@dataclass(frozen=True)
class Findings:
    """What stands in an example's way (faults, conflict, same, measured) and what is only told (near)."""

    faults: tuple[str, ...] = ()
    #: the same words with another meaning
    conflict: Example | None = None
    #: the same words with the same meaning
    same: Example | None = None
    #: nearly the same words, the nearest first
    near: tuple[Example, ...] = ()
    #: too like a message that the engine is measured on; which one is told to nobody
    measured: bool = False

    @property
    def fits(self) -> bool:
        """Whether it may be saved."""
        return not (self.faults or self.conflict or self.same or self.measured)


def findings(example: Example, others: Sequence[Example], held_out: Collection[str]) -> Findings:
    """What the example would meet among the others, and whether it is too near to what is held out."""
    faults = tuple(fault.partition(": ")[2] for fault in annotation_faults(example))
    if not example.plain or example.text != one_line(example.text):
        faults = (*faults, "the text is empty or does not fit one line")
    if faults:
        return Findings(faults)
    twins = [one for one in others if one.plain == example.plain]
    conflict = next((one for one in twins if contradicts(one, example)), None)
    same = next((one for one in twins if not contradicts(one, example)), None)
    if same is not None and same.language != example.language and conflict is None:
        same = None  # 'aweh' is English and isiZulu
    return Findings(
        conflict=conflict,
        same=same,
        near=_near(example, others),
        measured=_is_measured(example.plain, frozenset(held_out)),
    )


def _near(example: Example, others: Sequence[Example]) -> tuple[Example, ...]:
    if len(example.plain.split()) < WORDS_OF_ONES_OWN:
        return ()
    by_text = _ordered(tuple(others))
    found = process.extract(
        in_order(example.plain), by_text.keys(), scorer=fuzz.ratio, score_cutoff=TOO_NEAR, limit=_SHOWN
    )
    return tuple(by_text[text] for text, _score, _at in found if by_text[text].plain != example.plain)


def _is_measured(plain: str, held_out: frozenset[str]) -> bool:
    if len(plain.split()) < WORDS_OF_ONES_OWN:
        return False
    return (
        process.extractOne(in_order(plain), _own(held_out), scorer=fuzz.ratio, score_cutoff=TOO_NEAR)
        is not None
    )


@lru_cache(maxsize=2)
def _ordered(others: tuple[Example, ...]) -> dict[str, Example]:
    """By their words in order of the alphabet; made once as long as the examples stay the same."""
    return {in_order(one.plain): one for one in others if len(one.plain.split()) >= WORDS_OF_ONES_OWN}


@lru_cache(maxsize=2)
def _own(held_out: frozenset[str]) -> tuple[str, ...]:
    texts = map(plain_text, held_out)
    return tuple(in_order(text) for text in texts if len(text.split()) >= WORDS_OF_ONES_OWN)
