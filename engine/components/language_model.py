"""Tells isiZulu, English and the two mixed apart, by words and by pieces of words.

First each word gets odds of being isiZulu, from lists of small words and from pieces of words seen in the examples.
Then the message is judged by how its words are spread. Numbers, references, names of places and persons, and
words both languages use ('status', 'account', 'ok') have no say.
"""
# ruff: noqa: E501  (lists of words and patterns read best on long lines)

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from typing import Any, Dict, FrozenSet, Iterable, List, NamedTuple, Optional, Sequence, Tuple

import numpy as np
from sklearn.linear_model import LogisticRegression

from engine.components import glosses
from engine.components.names import NAMES
from engine.components.normaliser import normalise, plain
from engine.components.references import references_in

LANGUAGES = ("en", "zu", "mixed")
FOLDS = 5
WORDS_KEPT = 10_000  # whose odds are remembered: most words of a message were in another one before
PIECE_SIZES = (1, 2, 3, 4)
SMOOTHING = 0.5
STRONG = 0.85  # probability from which a word counts as surely of one language
FAMILIAR = (
    0.75  # share of its longer pieces that the examples have, from which letters are a word: 'asdf' is none
)
LONGER = 3

SMALL_WORDS_ZU = frozenset(
    """
    abantu akekho akukho akwenzeki angazi angifuni angikwazi ake amanzi asikho asinawo awekho awukho ayikho ayi bakithi bo cha
    ekhaya emgwaqweni engabe enkosi esikoleni futhi ganti gogo hawu haibo hhayi imali imanje imitha ingabe
    izinsuku izolo kade kahle kakhulu kanjani kanti kodwa konke kubi kufanele kuhle kukhona kumele kungani
    kuphi kusasa kusukela kwami kwenzenjani lapha lapho lutho mina manje masinya moya mkhulu namhlanje nami nawe
    ngangithi ngempela ngeke ngenxa ngesikhathi ngicela ngifuna ngingathola ngisize ngiyabonga ngiyacela ngizwa nge ngo
    ngubani nina nini njalo njani nje nokuthi noma okwamanje phansi phela phezulu sanibonani sawubona sengathi sengi
    sicela sifuna sithi siyabonga siyacela sizani thina ubani udoti ugesi uhambe uma umasipala usizo
    wami wena wenu wethu woza yami yebo yena yethu yini yinye yonke zami zonke ukuthi ukuze unyaka inyanga malini
    ngizotholaphi ekuseni ntambama ebusuku
    """.split()
)
SMALL_WORDS_EN = frozenset(
    """
    a about after again all also am an and any anyone are as ask at be been before being but by can cannot can't come coming
    could did didn't do does doesn't don't down every everyone for from get getting give go going good got had has
    have having he hello her here him his how i i'm i've if in into is isn't it it's its just know last let like
    long may me more must my need never no not nobody nothing now of off on only or our out over paid pay please put
    said same say see she should since so some someone still stop take tell than thank thanks that the their them then there
    these they thing this those time to today told tomorrow too two under until up us very want was wasn't water
    we week weeks went were what what's when where which while who why will with won't work working would wrong year
    yes yesterday yet you your o'clock no-one so-called e-statement
    """.split()
)
# Said in both languages, or written the same: they prove nothing.
SHARED_WORDS = frozenset(
    """
    account app bot cancel corner e-mail email eskom facebook fax good/bye hi hey help id info internet online login menu meter no. ok okay
    pin plaza r rand rdp router sars sassa sharp sim sms heita eita hola aweh yo start status stop street tv vs ward whatsapp wifi www kwh kl
    mr mrs ms dr prof mam ma'am sir baba mama gogo bhuti sisi
    eish spaza induna sangoma muti lobola ubuntu kasi shebeen imbizo lapa bakkie braai jojo siza sies shame haha lol ya yep yoh zulu isizulu
    stanger ballito mandeni ndwedwe maphumulo kwadukuza ilembe durban umhlali
    """.split()
)
# English commands and greetings that people of both languages send: by themselves they lean to English, without
# proving it.
LEAN_TO_ENGLISH = frozenset(
    "account agent bot cancel help hey hi info menu reading start status stop".split()
)
PREFIX_ZU = re.compile(
    r"^(i|u|o|e|a|ama|izi|ezi|aba|imi|isi|ubu|uku|nge|nga|ngo|ku|kwi|kwa|ko|ka|ya|ye|yi|yo|we|wa|wo|la|le|lo|za|ze|zo|sa|se|so|ba|be|bo|"
    r"no|ne|na|nama|nezi|neyi|ase|ease|yase|wase|base|zase|lase|kwezi|kwama|yama|wama|zama|bama|ngama|ngezi|kuma|kule|kulo|um|oma|omu)"
    r"(?:-(?=\w)|'(?!(?:m|ve|ll|d|s|re|t)$)(?=\w))"  # 'i'm' and 'e-mail' are English
)
WORD = re.compile(r"[^\W\d_]+(?:['\-][^\W\d_]+)*", re.UNICODE)
# Within a sentence a capital begins a name, of either language: 'the store next to Siyaphambili'.
NAME = re.compile(r"(?:(?<=[a-z,] )|\b[a-z]{1,3})[A-Z][^\W\d_]+")

# 'ibin', 'iwater', 'amabin': the same without the hyphen, told by what is left being an English word
GLUED_ZU = re.compile(r"^(?:ama|ezi|izi|i|u)(?=\w{3})")
# Log odds taken from a new word that the lexicon's English has, and its isiZulu has not ('amazing').
OF_THE_DICTIONARY = 4.0
KNOWN_ZULU = 1.5  # log odds of a word that the examples have in isiZulu
# Less sure than this it is not said to be mixed, but the language that leads: one odd word in an English
# sentence is a name or a mistake more often than isiZulu. The answer is in the language that leads anyway.
MIXED = 0.7
SURELY_ENGLISH = -2.0  # log odds of a word that the examples have in English only, and more than once


class Verdict(NamedTuple):
    """`language` is en, zu or mixed; `dominant` is en or zu; confidence is 0 when no word had a say."""

    language: str
    confidence: float
    dominant: str


class LanguageModel:
    """Odds of pieces and words, and the weights of the judgement over a whole message."""

    def __init__(
        self,
        pieces: Dict[str, float],
        words: Dict[str, float],
        neutral: Iterable[str],
        judge: Optional[Tuple[np.ndarray, np.ndarray]] = None,
    ) -> None:
        self._pieces = pieces
        self._words = words
        self.neutral: FrozenSet[str] = frozenset(neutral) | SHARED_WORDS | NAMES
        self._judge = judge
        self.chance_zu = functools.lru_cache(maxsize=WORDS_KEPT)(self._chance_zu)

    @classmethod
    def fit(
        cls, texts: Sequence[str], languages: Sequence[str], neutral: Iterable[str] = ()
    ) -> LanguageModel:
        """Trains on texts of the three kinds. `neutral` are names of places and persons, in lower case."""
        neutral = frozenset(neutral)
        words = [words_of(text) for text in texts]
        rows, answers = [], []
        for fold in range(FOLDS):
            # The judgement is learnt on words whose odds were learnt elsewhere, as it will be with new messages.
            learnt = [i for i in range(len(texts)) if i % FOLDS != fold]
            part = cls._word_odds([words[i] for i in learnt], [languages[i] for i in learnt], neutral)
            for i in range(fold, len(texts), FOLDS):
                row = part._spread(texts[i], words[i])
                if row is not None:
                    rows.append(row)
                    answers.append(languages[i])
        judge = LogisticRegression(C=10, max_iter=500).fit(np.array(rows), answers)
        order = [list(judge.classes_).index(language) for language in LANGUAGES]
        model = cls._word_odds(words, languages, neutral)
        model._judge = (judge.coef_[order], judge.intercept_[order])
        return model

    @classmethod
    def _word_odds(
        cls, texts: Sequence[List[str]], languages: Sequence[str], neutral: FrozenSet[str]
    ) -> LanguageModel:
        """What the words of texts in one language tell of each word and piece of a word."""
        skipped = neutral | SHARED_WORDS | NAMES
        words: Dict[str, Counter] = {"en": Counter(), "zu": Counter()}
        for text, language in zip(texts, languages, strict=False):
            if language in words:
                words[language].update(word for word in text if word not in skipped)
        pieces: Dict[str, Counter] = {"en": Counter(), "zu": Counter()}
        for language in words:
            for word, times in words[language].items():
                for piece in _pieces_of(word):
                    pieces[language][piece] += min(times, 3)
        return cls(_odds(pieces["zu"], pieces["en"]), _odds(words["zu"], words["en"]), neutral)

    def _chance_zu(self, word: str) -> Optional[float]:
        """Probability that `word` (lower case) is isiZulu; None when it has no say."""
        if word in self.neutral or len(word) < 2:
            return None
        if word in SMALL_WORDS_ZU:
            return 0.99
        if word in SMALL_WORDS_EN:
            return 0.01
        odds = [self._pieces[piece] for piece in _pieces_of(word) if piece in self._pieces]
        total = 2.0 * sum(odds) / math.sqrt(len(odds)) if odds else 0.0
        total += self._words.get(word, 0.0)
        if word not in self._words and glosses.is_english(word) and glosses.gloss_of(word) is None:
            total -= OF_THE_DICTIONARY
        return 1 / (1 + math.exp(-max(min(total / 2, 30), -30)))

    def _is_familiar(self, word: str) -> bool:
        """Whether the word, or most of its pieces, is of either language; what keys give at random is of none."""
        if word in SMALL_WORDS_ZU or word in SMALL_WORDS_EN or word in self._words or PREFIX_ZU.match(word):
            return True
        if glosses.is_english(word):
            return True
        longer = [piece for piece in _pieces_of(word) if len(piece) >= LONGER]
        return sum(piece in self._pieces for piece in longer) >= FAMILIAR * max(len(longer), 1)

    def _spread(self, text: str, words: Sequence[str]) -> Optional[List[float]]:
        chances = []
        prefixes, known = 0, 0
        names = {name.lower() for name in NAME.findall(plain(text))}
        for word in words:
            if word in names and word not in self._words:
                continue
            match = None if word in SMALL_WORDS_EN else PREFIX_ZU.match(word) or self._glued(word)
            if match:  # 'nge-bill', 'i-streetlight': an isiZulu prefix on a word of either language
                prefixes += 1
                word = word[match.end() :]
                if word in self.neutral:
                    continue
            chance = self.chance_zu(word)
            if chance is not None:
                chances.append(chance)
                known += chance > STRONG and not match and self._is_known_zulu(word)
        if not chances:
            return None if not prefixes else _spread_of([0.8] * prefixes, prefixes, known)
        return _spread_of(chances, prefixes, known)

    def _is_known_zulu(self, word: str) -> bool:
        """Whether a word is isiZulu not by its looks alone: the examples or the lexicon have it."""
        odds = self._words.get(word)
        if word in SMALL_WORDS_ZU or (odds or 0.0) > KNOWN_ZULU:
            return True
        return odds is None and len(word) > LONGER and glosses.gloss_of(word) is not None

    def _glued(self, word: str) -> Optional[re.Match[str]]:
        match = GLUED_ZU.match(word)
        if (
            match is None
            or word in SMALL_WORDS_ZU
            or word in SMALL_WORDS_EN
            or self._words.get(word, 0.0) > 0
        ):
            return None
        left = word[match.end() :]
        return match if self._words.get(left, 0.0) < SURELY_ENGLISH and word not in self.neutral else None

    def judge(self, text: str) -> Verdict:
        """The verdict on a message; confidence 0 when nothing in it tells: isiZulu, or English for 'help' and 'hi'."""
        words = words_of(text)
        spread = self._spread(text, words) if any(map(self._is_familiar, words)) else None
        if spread is None or self._judge is None:
            leaning = "en" if LEAN_TO_ENGLISH.intersection(words) else "zu"
            return Verdict(leaning, 0.0, leaning)
        weights, offsets = self._judge
        scores = weights @ np.array(spread) + offsets
        likely = np.exp(scores - scores.max())
        likely /= likely.sum()
        best = int(likely.argmax())
        leading = "zu" if spread[0] >= 0.5 else "en"
        mixed = LANGUAGES[best] == "mixed"
        language = leading if mixed and likely[best] < MIXED else LANGUAGES[best]
        return Verdict(language, round(float(likely[best]), 4), leading)

    def as_json(self) -> Dict[str, Any]:
        assert self._judge is not None
        return {
            "pieces": {piece: round(odds, 3) for piece, odds in self._pieces.items()},
            "words": {word: round(odds, 3) for word, odds in self._words.items()},
            "neutral": sorted(self.neutral),
            "judge": [self._judge[0].tolist(), self._judge[1].tolist()],
        }

    @classmethod
    def from_json(cls, stored: Dict[str, Any]) -> LanguageModel:
        weights, offsets = stored["judge"]
        return cls(
            stored["pieces"], stored["words"], stored["neutral"], (np.array(weights), np.array(offsets))
        )


def words_of(text: str) -> List[str]:
    """The words of a text in lower case, without numbers and references."""
    for reference in reversed(references_in(text)):
        text = f"{text[: reference.start]} {text[reference.end :]}"
    return WORD.findall(normalise(text))


def _pieces_of(word: str) -> List[str]:
    padded = f"<{word}>"
    return [
        padded[at : at + size]
        for size in PIECE_SIZES
        for at in range(len(padded) - size + 1)
        if size > 1 or at
    ]


def _odds(zu: Counter, en: Counter) -> Dict[str, float]:
    total_zu, total_en = sum(zu.values()) or 1, sum(en.values()) or 1
    return {
        item: math.log((zu[item] + SMOOTHING) / (en[item] + SMOOTHING)) - math.log(total_zu / total_en)
        for item in set(zu) | set(en)
    }


def _spread_of(chances: List[float], prefixes: int, known: int) -> List[float]:
    ordered = sorted(chances)
    count = len(chances)
    surely_en = sum(chance < 1 - STRONG for chance in chances)
    surely_zu = sum(chance > STRONG for chance in chances)
    share_en, share_zu = surely_en / count, surely_zu / count
    lowest, highest = ordered[:2], ordered[-2:]
    return [
        sum(chances) / count,
        share_en,
        share_zu,
        min(share_en, share_zu),
        float(surely_en > 0 and surely_zu > 0),
        min(surely_en, surely_zu, 4) / 4,
        sum(lowest) / len(lowest),
        sum(highest) / len(highest),
        min(prefixes, 2) / 2,
        float(prefixes > 0 and surely_en > 0),
        1 / count,
        min(known, 3) / 3,
        known / count,
        float(known + prefixes == 0),
        min(surely_zu - known, 2) / 2,
    ]
