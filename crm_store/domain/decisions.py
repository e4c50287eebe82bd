"""What is done about a message whose class or category is not certain: act, ask once, or say so.

A wrong case costs a person days; a question costs a message. So what is doubtful is decided by the side on which
least is lost, and where that is not plain one short question with choices is asked. The bars were set by
cross-validation on our examples, where each question more spares so many wrong cases (docs/understanding.md),
and checked with `phendula nlu decisions` on the development messages.
"""

# ruff: noqa: E501  (lists of words read best on long lines)

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from typing import Any

from crm_store.domain.region import Category, Region
from crm_store.domain.routing import route

Ranking = Sequence[tuple[str, float]]

#: What may be asked between; the likeliest is offered first.
CHOICES = frozenset({"complaint", "query", "dispute", "compliment", "meter_reading", "status"})
#: Offered where the guesses say nothing.
USUAL = ("complaint", "query", "dispute")
OTHER = "other"
#: Nobody is thanked for these.
NO_PRAISE = ("corruption",)
#: All guesses together are less than this where hardly a word is known.
_GIBBERISH = 0.5
#: Sure enough to act; praise more so, since nobody looks into a trouble that was taken for it, and a complaint too,
#: which most praise is taken for. A dispute asks for its account and amount first, so that a person sees the mistake.
_ACT = {"compliment": 0.9, "complaint": 0.9, "dispute": 0.6}
_ACT_ELSE = 0.8
#: A class below this is hardly possible.
_POSSIBLE = 0.08
#: From here on a guess is worth a choice; two there are always. Of the examples asked about, each left out, the truth
#: is then among 2.3 choices in 98 of 100 (where it is a choice at all: what is none is 'something else').
_WORTH_A_CHOICE, _CHOICES_AT_LEAST = 0.03, 2
#: More choices than these nobody reads.
_CHOICES_AT_MOST = 4
#: A question that has its answer ready does no harm: how likely it must be a question at all.
_MAYBE_A_QUESTION = 0.06
_BETWEEN_THEM = 0.55
#: A complaint is one where praise, question and dispute are hardly possible.
_TROUBLE = 0.85
_CATEGORY = 0.8
_CATEGORY_SAID = 0.1
#: … where the likeliest is that it was not said.
_CATEGORY_SAID_ALL_THE_SAME = 0.3
_CATEGORY_FAIR, _CATEGORY_CLEARLY = 0.45, 8.0

#: A sum that is called wrong, or too much.
_CONTESTED = re.compile(
    r"\b(?:(?:too|so|very|way|extremely|suddenly|unusually|much)\s+(?:high|much|big|large|expensive|more)|higher|"
    r"wrong|incorrect|not\s+(?:correct|right|mine|my)|mistake|error|over-?charg\w*|doubled?|tripled?|dispute|"
    r"(?:don'?t|do\s+not|never)\s+owe[ds]?|(?:cannot|can'?t)\s+be\s+(?:right|correct|mine)|exorbitant|excessive|inflated|"
    r"\w{0,4}nkulu|\w{0,4}phezulu|\w{0,4}phakeme|\w{0,3}eqile|ningi|(?:ayi|ali|aku|azi)lungile|(?:ayi|ali|aku|azi)yona|"
    r"a(?:ngi|si)kweleti|\w{0,6}phikis\w+|\w{0,3}phutha|i-?wrong|i-?high|yi-?wrong|kwenyukile|kuphindwe|phindwe)\b",
    re.IGNORECASE,
)
#: … which these are not.
_NOT_A_SUM = re.compile(
    r"\b(?:name|surname|address|email|id\s+number|phone\s+number|cell\s*number|igama|isibongo|ikheli|umazisi)\b",
    re.IGNORECASE,
)
_PRAISE = re.compile(
    r"\b(?:thank\w*|thanx|thnx|tnx|props|well\s+done|great|good|best|excellent|amazing|wonderful|fantastic|brilliant|lovely|"
    r"kind|kindly\s+served|polite|patient|helpful|friendly|calm|professional|fast|quick\w*|appreciat\w*|grateful|proud|"
    r"improv\w*|impress\w*|deserves?|legends?|hero(?:es)?|champions?|stars?|salute|respect|kudos|bravo|shout\s?-?out|love|"
    r"happy|spotless|clean|keep\s+it\s+up|\w*bong\w*|\w*ncom\w*|\w*babaz\w*|\w*jabul\w*|\w*thokoz\w*|\w*busis\w*|"
    r"halala|\w*shesh\w*|kahle|\w{0,3}hle|lula|umusa|\w*siz(?:e|ile)|phambili|qhenya|\w*khuthele|\w*hlonipha\w*)\b",
    re.IGNORECASE,
)
_FEW_WORDS = 6
#: Named in a message, these say what is contested.
_SUMS = frozenset({"amount", "account_number", "reading"})


@dataclass(frozen=True)
class Decision:
    """`act`: the class to act on. Else `ask`: the classes to ask between; empty when nothing was understood."""

    act: str | None = None
    ask: tuple[str, ...] = ()


def decide_class(
    region: Region, text: str, ranking: Ranking, categories: Ranking, named: Set[str], *, answered: bool
) -> Decision:
    """What to do about a message with these guesses.

    `named`: the kinds of entity in it; `answered`: the knowledge has an answer to it.
    """
    likely = dict(ranking)
    if is_gibberish(ranking) or not any(map(str.isalnum, text)):
        return Decision()
    top, first = ranking[0]
    if answered and likely.get("query", 0.0) >= _MAYBE_A_QUESTION and top != "dispute":
        return Decision("query")
    if side := _safe_side(region, text, top, likely, categories, named):
        return Decision(side)
    if first >= _ACT.get(top, _ACT_ELSE):
        return Decision(top)
    guessed = [(name, sure) for name, sure in ranking if name in CHOICES]
    worth = sum(sure >= _WORTH_A_CHOICE for _, sure in guessed)
    choices = tuple(name for name, _ in guessed[: min(max(worth, _CHOICES_AT_LEAST), _CHOICES_AT_MOST)])
    return Decision(ask=choices if len(choices) > 1 else tuple(dict.fromkeys((*choices, *USUAL))))


def begins(matters: Sequence[Mapping[str, Any]], intent: str, category: str | None) -> int:
    """Which of two matters (0 or 1, in the order of the text) is dealt with first.

    Where it is not certain that there are two, the one that the message as a whole says it is.
    """
    if matters[0]["certain"]:
        return 0
    alike = [(one["intent"] == intent, one["category"] == category) for one in matters]
    return alike.index(max(alike))


def is_gibberish(ranking: Ranking) -> bool:
    """Whether hardly a word of the message is known in any language that we read: 'qwrtp zxcv', '!!!'."""
    return sum(sure for _, sure in ranking) < _GIBBERISH


def _safe_side(
    region: Region, text: str, top: str, likely: Mapping[str, float], categories: Ranking, named: Set[str]
) -> str | None:
    """Which of two near classes does least harm; None where that does not help.

    A contested sum of a bill is a dispute: only so is the amount held (Systems Act s102(2)), and a dispute asks
    for what it needs.
    """
    of = likely.get
    known = region.categories.get(categories[0][0]) if categories else None
    on_a_bill = known is not None and is_of_bills(known)
    contested = speaks_of_a_wrong_sum(text) or (top == "dispute" and bool(named & _SUMS))
    between = of("complaint", 0.0) + of("dispute", 0.0)
    if top in ("complaint", "dispute") and between >= _BETWEEN_THEM and on_a_bill and contested:
        return "dispute"
    if top == "meter_reading" and of("dispute", 0.0) >= _POSSIBLE:
        return "dispute"
    short = len(text.split()) <= _FEW_WORDS
    if top == "compliment" and of(top, 0.0) < _ACT[top] and short and of("thanks", 0.0) >= _POSSIBLE:
        return "thanks"
    asked = max(of("query", 0.0), of("dispute", 0.0))
    trouble = top == "complaint" and asked < _POSSIBLE and not _PRAISE.search(text)
    if trouble and of(top, 0.0) >= _TROUBLE and of("compliment", 0.0) < _POSSIBLE:
        return "complaint"
    # Who tells of corruption hears at once that it is kept confidential.
    about, sure = categories[0] if categories else ("", 0.0)
    if trouble and about in NO_PRAISE and sure >= _CATEGORY:
        return "complaint"
    return None


def is_of_bills(category: Category) -> bool:
    """Whether a trouble of this category is one of papers and sums, not of a place."""
    return "account_number" in category.dispute_needs and not category.needs_place


def speaks_of_a_wrong_sum(text: str) -> bool:
    """Whether the text says that a sum is wrong or too high ('my statement is far too high')."""
    return bool(_CONTESTED.search(text)) and not _NOT_A_SUM.search(text)


def decide_category(region: Region, text: str, categories: Ranking) -> tuple[str | None, tuple[str, ...]]:
    """The category to act on and nothing to ask, or none and the two to ask between.

    Where both would go to the same desk, and ask the same, the likelier one does; None and nothing: not said.
    """
    known = [(name, sure) for name, sure in categories if name in region.categories]
    unsaid = bool(categories) and categories[0][0] not in region.categories
    if not known or (unsaid and categories[0][1] >= _CATEGORY):
        return None, ()
    (top, first), *others = known
    if first < (_CATEGORY_SAID_ALL_THE_SAME if unsaid else _CATEGORY_SAID):
        return None, ()
    if first >= _CATEGORY or not others:
        return top, ()
    second, next_best = others[0]
    if first >= _CATEGORY_FAIR and first >= _CATEGORY_CLEARLY * next_best:
        return top, ()
    if _same_desk(region, text, top, second):
        return top, ()
    return None, (top, second)


def _same_desk(region: Region, text: str, one: str, other: str) -> bool:
    if region.categories[one].needs_place != region.categories[other].needs_place:
        return False
    return all(
        route(region, one, code, text=text) == route(region, other, code, text=text)
        for code in region.municipalities
    )
