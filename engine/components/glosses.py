"""isiZulu put into rough English, word by word: what is learnt in one language then holds in the other.

`lexicon.txt` lists isiZulu words and stems with their English. A word is taken apart into prefixes, a stem
of the lexicon and endings; the longest stem wins. What the lexicon does not know stays as it is written. It
is no translation: 'ipayipi liqhumile' becomes 'pipe explode', and that is enough.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Dict, List, NamedTuple, Optional, Sequence, Set, Tuple

from engine.components import concepts
from engine.components.features import WORDS_KEPT

SOURCE = Path(__file__).with_name("lexicon.txt")
# What may stand before a stem: concords, tenses, negatives, possessives, locatives, copulatives, relatives,
# each a consonant or two and a vowel. The last one loses its vowel before a stem that begins with one.
PREFIXES = re.compile(
    r"(?:(?:(?:[bhklmnswyz]|ng|nd)?w?[aeiou]|m(?![aeiou])|n(?![aeiou]))-?){0,7}(?:[bklmsyzw]|ng|kw|lw|bw|nd)?-?"
)
VERB_ENDING = re.compile(
    r"(?:is|el|an|ek|akal|w|iw|ez)*(?:a|e|i|ile|ele|ale|ane|ise|ande|iwe|ayo|eyo|anga|ani|eni)"
    r"(?:yo|ni|phi|ke|nje|na|kho|pho|ko)?"
)
OTHER_ENDING = re.compile(r"(?:[ei]ni|yo|ke|na|nje|phi|kazi|ana|nyana|yana)?")
# A noun's first vowel melts with that of the prefix (na + imali: nemali), or falls after some (kumitha).
MELTED = {"i": "ei", "u": "ou", "a": "a", "o": "ou", "e": "ei"}
WITHOUT_VOWEL = ("ku", "na", "ka", "kwi", "nga", "wa", "se", "si")
NEGATIVE = re.compile(
    r"(?:a(?:ng[aei]|s[aei]|n[aei]|b[aei]|k[aeu]|y[aei]|w[aeu]|l[aeiu]|z[aei]|bu|k)\w+"
    r"|\w{0,4}(?:ng|s|n|b|k|y|w|l|z)[aeiou]nga\w+)i(?:ni|phi|ke)?|\w+anga"
)
# These end in -i always: 'ungakwazi' is 'you can'.
KNOWS = re.compile(r"\w*kwazi|\w*(?:nga|ya|wa)zi")
REMARK = re.compile(r"\([^)]*\)")
VOWELS = "aeiou"
SHORTEST_STEM = 2
SHORTEST_ENGLISH = 3
# A stem of two or three letters in a word that is twice as long and more is chance.
SHORT_STEM, CHANCE = 4, 3
# A verb's stem is listed without its last vowel, which counts too, and beats a noun as long.
LAST_VOWEL = 1.1
# English behind a prefix ('ama-bin') counts a little less than isiZulu as long.
BORROWED = 0.5


class Stem(NamedTuple):
    """A stem's English words, and the vowels one of which stands before it (a noun's; else none)."""

    english: str
    is_verb: bool
    melts: str = ""


class Lexicon(NamedTuple):
    """Whole words and stems with their English, and the English words that the glosses are made of."""

    whole: Dict[str, str]
    stems: Dict[str, List[Stem]]
    english: Set[str]


def read_lexicon(source: Path) -> Lexicon:
    """The lexicon in a file of lines 'forms | senses': see its head."""
    lexicon = Lexicon({}, {}, set())
    for line in source.read_text(encoding="utf-8").splitlines():
        forms, bar, senses = line.partition("|")
        if line.startswith("#") or not bar:
            continue
        told = REMARK.sub(" ", senses.lower())
        first = " ".join(sense.split(",")[0] for sense in told.split("/")).split()
        english = " ".join(dict.fromkeys(first))
        lexicon.english.update(re.findall(rf"[a-z]{{{SHORTEST_ENGLISH},}}", told))
        for form in forms.split():
            if form.startswith("-"):
                is_verb = form.endswith("a") and len(form) > SHORTEST_STEM + 1
                stem = form[1:-1] if is_verb else form[1:]
                lexicon.stems.setdefault(stem, []).append(Stem(english, is_verb))
            else:
                lexicon.whole.setdefault(form, english)
                if form[0] in VOWELS and len(form) > SHORTEST_STEM + 1:
                    stem = form[1:].lstrip("-")
                    lexicon.stems.setdefault(stem, []).append(Stem(english, False, MELTED[form[0]]))
    return lexicon


_WHOLE, _STEMS, _ENGLISH = read_lexicon(SOURCE)
_ENGLISH |= concepts.ENGLISH_WORDS
_LONGEST = max(map(len, _STEMS))


def in_english(words: Sequence[str]) -> List[str]:
    """The words of a normalised text, those of isiZulu in English (one or several words for each)."""
    glosses = [gloss_of(word) for word in words]
    # A word of both languages ('into', 'use') is of the language of most others.
    both = [word in _WHOLE and is_english(word) for word in words]
    english = sum(is_english(word) and not either for word, either in zip(words, both, strict=True))
    zulu = sum(gloss is not None and not either for gloss, either in zip(glosses, both, strict=True))
    return [
        part
        for word, gloss, either in zip(words, glosses, both, strict=True)
        for part in ([word] if gloss is None or (either and english >= zulu) else gloss.split())
    ]


@functools.lru_cache(maxsize=WORDS_KEPT)
def is_english(word: str) -> bool:
    """Whether it is a word of the glosses or of the ideas, perhaps with an ending."""
    return any(
        word[: len(word) - len(end)] in _ENGLISH
        for end in concepts.ENDINGS
        if word.endswith(end) and (not end or len(word) - len(end) >= SHORTEST_ENGLISH)
    )


@functools.lru_cache(maxsize=WORDS_KEPT)
def gloss_of(word: str) -> Optional[str]:
    """The English of an isiZulu word; None for an English one and for one that the lexicon does not know."""
    if word in _WHOLE:
        return _WHOLE[word]
    if is_english(word):
        return None
    best: Tuple[float, int, str] = (0, 0, "")
    for start in range(len(word)):
        before, rest = word[:start], word[start:]
        if start and not (PREFIXES.fullmatch(before) and (before[-1] in "aeioumn-" or rest[0] in VOWELS)):
            continue
        if before in concepts.PREFIXES and len(rest) >= SHORTEST_ENGLISH and is_english(rest):
            best = max(best, (len(rest) - BORROWED, -start, rest))
        for end in range(min(len(rest), _LONGEST), SHORTEST_STEM - 1, -1):
            for stem in _STEMS.get(rest[:end], ()):
                if _fits(stem, before, rest[end:]):
                    best = max(best, (end + LAST_VOWEL * stem.is_verb, -start, stem.english))
    length, _, english = best
    if not length or (length < SHORT_STEM and len(word) > 2 * length + CHANCE):
        before, hyphen, rest = word.partition("-")
        return rest if hyphen and rest and before in concepts.PREFIXES else None
    denied = NEGATIVE.fullmatch(word) and not KNOWS.fullmatch(word)
    return f"not {english}" if denied else english


def _fits(stem: Stem, before: str, after: str) -> bool:
    """Whether a stem may stand between what is written before and after it."""
    if stem.is_verb:
        return VERB_ENDING.fullmatch(after) is not None
    bare = before.rstrip("-")
    melted = not stem.melts or not bare or bare[-1] in stem.melts or bare.endswith(WITHOUT_VOWEL)
    return melted and OTHER_ENDING.fullmatch(after) is not None
