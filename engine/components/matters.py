"""Two matters in one message: 'No water since Monday and the streetlight in Mvoti Street is off too'.

A message is cut in two at the end of a sentence or at a joining word, where both halves are plainly about
different things. One matter told at length must stay whole, so both halves must be surer than a message that
stands alone need be, and each must name a topic that the other does not.

What the halves say is held against the whole: of two matters, the whole is about these two and nothing else.
Only then are both acted on at once; else the second is offered, and a 'no' costs nothing.
"""

from __future__ import annotations

import functools
import re
from typing import Any, Callable, Dict, List, NamedTuple, Optional, Sequence, Tuple

from engine.components.normaliser import for_classifier
from engine.components.topics import topics_in

# Both halves at least this sure of category and class; less of the class where an 'also' says there are two.
BAR, BAR_WITH_ALSO = 0.6, 0.45
# Both are certain from here on, where the whole's two likeliest categories are theirs and the second of these
# is heard in it so much. Of 31 cuts of our examples, each left out, 13 are certain and none of them is wrong.
CERTAIN, HEARD = 0.9, 0.02
FEWEST_WORDS = 2
MOST_CUTS = 12
# What makes a case of its own. Staff, corruption, governance are mostly part of a story of something else.
CLASSES = frozenset({"complaint", "query", "dispute", "meter_reading"})
TOPICS = frozenset(
    "water electricity streetlights sanitation refuse roads environment housing facilities safety billing "
    "prepaid meter_reading indigent".split()
)
# What people report in one breath: where nothing says 'also', only these are taken for two matters.
SERVICES = frozenset("water electricity streetlights sanitation refuse roads billing meter_reading".split())
# One trouble often carries words of the other.
KIN = (
    frozenset({"billing", "meter_reading", "prepaid", "indigent"}),
    frozenset({"sanitation", "roads"}),
    frozenset({"prepaid", "electricity"}),
)
# … and more often than not, unless an 'also' says otherwise: 'the public toilet is filthy and has no water'.
NEAR_KIN = (
    frozenset({"sanitation", "water"}),
    frozenset({"roads", "water"}),
    frozenset({"sanitation", "refuse"}),
)
# The cut; the joining word belongs to neither half.
CUT = re.compile(
    r"(?:[.!?;\n]+\s*|,\s*|\s+)"
    r"(?:(?P<also>and\s+also|also|plus|another\s+thing(?:\s+is)?|secondly|2ndly|as\s+well\s+as|on\s+top\s+of\s+that|"
    r"futhi\s+nokuthi|kanti\s+futhi|futhi|kanti|nokuthi|okunye(?:\s+futhi)?|okwesibili|ngaphezu\s+kwalokho)\b[\s,:]*"
    r"|(?:and|kanye)\b[\s,:]*"
    r"|(?=n[aeo]-?(?:gesi|manzi|doti|mgwaqo|malambu|zibani|sibani|thoyilethi|suwe|bill|akhawunti|light|street)\w*))"
    r"|[.!?;\n]+\s*(?=\w)"
    r"|,\s+(?=\w)",
    re.I,
)
# A right half that begins so goes on about the left one.
GOES_ON = re.compile(
    r"(?:is|are|was|were|it|its|they|you|still|this|that|these|which|who|left|now|so|because|coz|cos|when|if|then|even|\d+|"
    r"(?:(?:i|we)(?:\s+have|\s+already)?\s+)?paid|(?:ngi|si|sengi|sesi)khokh\w+|"
    r"se(?:si|ba|ngi)\w+|uma|ngoba|manje|ngakho|yingakho|bese|kodwa|but)\b",
    re.I,
)
# The one comes of the other.
COMES_OF = re.compile(
    r"\b(?:because\s+of|as\s+a\s+result|therefore|that'?s\s+why|caused|due\s+to|ngenxa|yingakho|disconnect\w*|\w*cimel\w*|\w*nqamul\w*|\w*thathwe|okubangela|kubangela|"
    r"okwenza|kwenziwa)\b",
    re.I,
)
# 'also' within the right half: 'is off too', 'namalambu awakhanyi'.
TOO = re.compile(
    r"\b(?:also|too|either|as\s+well|nayo|nawo|nalo|naso|nazo)\b|^(?:kukhona\s+)?n[aeo]\w{4,}", re.I
)
NA = re.compile(r"n([aeo])(?=\w{4})", re.I)
VOWEL_BEFORE_NA = {"o": "u", "a": "a", "e": "i"}
# Without it, what the right half is about stands among its first words.
FIRST_WORDS = 5


class Guess(NamedTuple):
    """What the classifier says of a piece of text."""

    intent: str
    confidence: float
    category: Optional[str]
    category_confidence: float


class Whole(NamedTuple):
    """What the classifier says of the message as it stands: class, and the likeliest categories."""

    intent: str
    categories: Sequence[Tuple[str, float]]


class Matter(NamedTuple):
    """One of two matters: its place in the text, what it is, and whether that there are two is certain."""

    start: int
    end: int
    guess: Guess
    certain: bool

    def as_rasa(self) -> Dict[str, Any]:
        """As the parse output carries it."""
        return {"start": self.start, "end": self.end, "certain": self.certain, **self.guess._asdict()}


class _Half(NamedTuple):
    start: int
    end: int


def two_matters(text: str, guess_of: Callable[[str], Guess], whole: Whole) -> Optional[Tuple[Matter, Matter]]:
    """The two matters of `text` in their order, or None when it is one; the surest cut counts."""
    best: Optional[Tuple[float, _Half, Guess, _Half, Guess]] = None
    for left, right, said_so in _cuts(text):
        first = guess_of(text[left.start : left.end])
        second = guess_of(_without_na(text[right.start : right.end]))
        sure = min(_sureness(first, said_so), _sureness(second, said_so))
        if sure >= BAR and _apart(first, second, said_so) and (best is None or sure > best[0]):
            best = (sure, left, first, right, second)
    if best is None:
        return None
    _, left, first, right, second = best
    certain = _certain(first, second, whole)
    if not certain and whole.intent not in (first.intent, second.intent):
        return None
    return Matter(*left, first, certain), Matter(*right, second, certain)


def _cuts(text: str) -> List[Tuple[_Half, _Half, bool]]:
    """The cuts at which each half has words enough and a topic of its own; True where an 'also' says so."""
    found = []
    for cut in CUT.finditer(text):
        left, right, said_so = text[: cut.start()], text[cut.end() :], bool(cut["also"])
        said_so = said_so or bool(TOO.search(right))
        if len(left.split()) < FEWEST_WORDS or len(right.split()) < FEWEST_WORDS:
            continue
        if GOES_ON.match(right) or COMES_OF.search(right):
            continue
        opening = right if said_so else " ".join(right.split()[:FIRST_WORDS])
        if not _topics(left) - _topics(right) or not _topics(opening) - _topics(left):
            continue
        begin = len(text) - len(text.lstrip())
        found.append((_Half(begin, len(left.rstrip())), _Half(cut.end(), len(text.rstrip())), said_so))
        if len(found) == MOST_CUTS:
            break
    return found


@functools.lru_cache(maxsize=64)  # of one message: each half is looked at for several cuts
def _topics(text: str) -> "frozenset[str]":
    return topics_in(for_classifier(text))


def _without_na(text: str) -> str:
    """'nogesi uhambile' ('and the power …') as it would stand alone: 'ugesi uhambile'."""
    joined = NA.match(text)
    return VOWEL_BEFORE_NA[joined[1].lower()] + text[2:] if joined else text


def _sureness(guess: Guess, said_so: bool) -> float:
    confidence = guess.confidence
    if said_so and confidence >= BAR_WITH_ALSO:
        confidence = max(confidence, BAR)
    if guess.intent == "meter_reading":
        return confidence
    if guess.intent not in CLASSES or guess.category not in TOPICS:
        return 0.0
    return min(confidence, guess.category_confidence)


def _certain(first: Guess, second: Guess, whole: Whole) -> bool:
    """A protest that comes first is mostly told with its reasons, so what follows is no matter of its own."""
    sure = min(_sureness(first, False), _sureness(second, False))
    heard = {name for name, likely in whole.categories[:2] if likely >= HEARD}
    return sure >= CERTAIN and first.intent != "dispute" and heard == {_topic(first), _topic(second)}


def _apart(first: Guess, second: Guess, said_so: bool) -> bool:
    if first.intent == second.intent and first.intent in ("query", "dispute"):
        return False  # two questions get one answer, two protests are of one thing
    topics = {_topic(first), _topic(second)}
    kin = KIN if said_so else KIN + NEAR_KIN
    return len(topics) > 1 and (said_so or topics <= SERVICES) and not any(topics <= one for one in kin)


def _topic(guess: Guess) -> str:
    return "meter_reading" if guess.intent == "meter_reading" else str(guess.category)
