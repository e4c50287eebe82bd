"""The ideas that a text speaks of, and the kind of message its wording suggests: knowledge of the field.

`concepts.txt` lists ideas by words of both languages. They are features beside the words themselves: a message
with words that no example has is still understood, and what is learnt in one language holds in the other.
"""
# ruff: noqa: E501  (patterns read best on long lines)

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Dict, FrozenSet, List, Set, Tuple

from engine.components.features import WORDS_KEPT

SOURCE = Path(__file__).with_name("concepts.txt")
# In front of an English word inside isiZulu: 'ibin', 'ku-robots', 'nge-pothole'.
PREFIXES = tuple(
    "i ama ii izi u e ye le ku nge ne yi ba ngi yo lo ka kwi bo ko no o i- ama- e- ne- nge- ku- izi- u- le- ye- ki- ni- si- yo- kwi- nama- o- zama- kuma-".split()
)
ENDINGS = frozenset(("", "s", "es", "ed", "ing", "er", "ers", "ly", "d", "r"))
LONGEST_ENDING = max(map(len, ENDINGS))
SHORTEST_STEM = 3
# A stem of three letters counts near the beginning of a word only: further in it is chance.
SHORT_STEM_BY = 3

KINDS: Dict[str, str] = {
    "asks": r"\?|\b(?:what|when|where|which|who|whom|how|can i|can we|do i|do you|does|is it|is there|are there|may i|must i|should i|will you|would like to know|want to know|"
    r"malini|nini|kuphi|kanjani|ubani|yini|iyiphi|yiphi|imuphi|mangaki|ngubani|ngakanani|kungani|ingabe|(?:ngi|si|u|ba|a|i|li|ku|sing|nging)nga(?:thola|yithola|kwazi|vuma|vumeleka|sebenza|bhalisa|bhalisela)\w*|ngenzeni|ngidinga|kudingeka|"
    r"ngicela ukwazi|ngicela ukubuza|ngiyabuza|ngibuza|ngifisa ukwazi|nivula|nivala|singathola)\b|\b(?:na|yini)\W*$",
    # 'Is the hall open on Sunday', 'must I bring my ID': a question by its order, with or without its mark.
    "asks_by_order": r"^(?:(?:hi+|hello|hey|morning|good \w+|sawubona|sanibona(?:ni)?|pls|please|sir|madam|mam|guys|ok|and|so)\W+){0,2}(?:is|are|was|were|will|wl|can|could|should|must|may|do|does|did|has|have|am|any)\s+\w",
    "ends_asking": r"\?\W*$",
    "thanks": r"\b(?:thank\w*|appreciate\w*|well done|great job|good job|good work|excellent|keep it up|keep up|proud|grateful|amazing|wonderful|kudos|salute|bravo|big up|impressed|"
    r"friendly|polite|helpful|patient|\w*siyabonga|\w*ngiyabonga|\w*bonga\w*|halala|\w*ncoma\w*|\w*babaza\w*|usebenze kahle|nisebenze kahle|phambili|siyaziqhenya|jabul\w*|\w*thokoz\w*|"
    r"nenze kahle|kuhle|umusa|benza kahle|nkosi inibusise|busis\w*|bless\w*|respect\w*|hats off|shout ?out)\b",
    "contests": r"\b(?:dispute|wrong amount|overcharg\w*|not mine|incorrect|appeal|object|don't owe|do not owe|never used|never owed|won't pay|will not pay|not paying|refuse to pay|double charged|charged twice|"
    r"unfair|disagree|do not agree|don't agree|review|not my|reverse|cancel the fine|challenge|contest|should not have|i never|"
    r"\w*phikisa\w*|angivumi|angivumelani|ayilungile|angikweleti|asikweleti|angeke ngikhokhe|ngeke ngikhokhe|akuyona eyami|ayiyona eyami|angikaze|akulungile|buyekez\w*|hoxis\w*|ngokungafanele|ngiphikisana|phutha)\b",
    "complains": r"\b(?:broken|not working|no water|leak\w*|blocked|burst|still|again|nobody|no one|never|since|weeks|months|overflow\w*|dirty|smell\w*|stink\w*|rude|shout\w*|insult\w*|ignored|useless|pathetic|"
    r"fed up|tired|waiting|missed|fix|please come|akekho|akukho|ayikho|awukho|awekho|asikho|alikho|azisebenzi|ayisebenzi|alisebenzi|akusebenzi|iphukile|siphukile|liphukile|zigcwele|igcwele|"
    r"kusukela|sekuphele|sesikhathele|sikhathele|namanje|futhi|njalo|asilali|nuka\w*|iyanuka|liyavuza|iyavuza|vuza|lungisani|sicela nilungise|wangithuka|delel\w*)\b",
    # What was bad is over: praise is often told without a word of praise.
    "mended": r"\b(?:fixed|repaired|replaced|rebuilt|removed|restored|trimmed|swapped|sorted|patched|graded|collected|arrived|closed|installed|emptied|wiped|covered|levelled|level|filled|swept|cleared|cleaned|reopened|refunded|corrected|painted|delivered|shut|loading|spotless|brand new|is gone|are gone|has gone quiet|"
    r"back on|on again|works again|again works|sleep again|flowing|dry|"
    r"(?:i|li|si|zi|wu|u|lu|bu|ku|a|ba|se|sei|seli|sesi|sezi|seku|sewu|su|sebe|be)\w{1,12}(?:iwe|isiwe|uliwe|ithiwe)|se(?:ku|zi|li|si|ya|ba|bu)y?a?khany\w+|sekukhanya|sekuhlanzekile|"
    r"ba(?:yi|wu|si|li|zi|ku|lu|wa|bu|ngi)?(?:lungis|hlanz|fak|val|sus|vul|akh|shintsh|qoq|gawul|gund|sebenz|qed|fik|buyis)[ea]\w{0,3}|n(?:i|a)(?:yi|wu|si|li|zi|ku|lu|wa|bu|ngi)?(?:lungis|hlanz|fak|val|sus|vul|akh|shintsh|qoq|siz|sindis)[ea]\w{0,3})\b",
    # More than was owed, or nothing left to wish for.
    "went_beyond": r"\b(?:even (?:put|took|gave|swept|came|brought|held|made|drew|planted|waited|carried|closed|washed|fixed|\w{3,}ed)|cannot complain|can't complain|no complaints?|nothing to complain|can't fault|good as new|first class|"
    r"not one (?:rude|day|week)|not once|never once|for once|what a (?:change|surprise|relief|difference|team)|never (?:seen|been treated|thought)|made my day|you matter|with a smile|does not give up|keep it so|keep doing|"
    r"nokho|bengingalindele|bengingakholwa|angikholwa\w*|angisakhonondi|angisoli|nangempela|nakanjani)\b",
    "no_longer": r"\b(?:no longer|no more|anymore|any more|not one|used to|nevermore|a(?:ku|wu|yi|si|li|ba|zi|ma|wa|lu|bu|ka|ngi)sa\w+|akusekho|akusena\w+|azisekho|bekade|beku\w+|ebe\w+|ebezi\w+|ubu\w+)\b",
    # What is so by now, in isiZulu: 'sezidlala', 'seliyangena', 'usukhanya', 'asephuma'; not how long it has lasted.
    "by_now": r"\b(?:(?:a|u|lu|bu)?se(?:zi|li|ba|si|wu|lu|bu|ni(?!o)|ngi|ya)(?!khath|dinwe|lind)\w{3,}|seku(?!phel|y[iea]|yo|ng|se|mele|dlul|isiku)\w{3,}|a(?:ma)?se(?:ph|ham|gel|cweb|buy|khany|seb)\w+|"
    r"usu(?!ku)\w{4,}|isi(?:khany|ham|sebenz|ngen|vul|val|phil|lung|phenduk|y[ae]|nez)\w+|lisi\w{4,}|sise\w{3,}|manje)\b",
    "quickly": r"\b(?:same (?:day|night|hour|afternoon|evening|morning|week)|next day|on the dot|on time|straight away|at once|so (?:quick|fast)\w*|quick\w*|fast|within|at last|finally|(?:in|took) (?:only )?(?:one|two|three|ten|a|an|x\dd|\w+) (?:minutes?|hours?|days?|mins?|phone call)|"
    r"ngosuku olulodwa|ngalo lolo suku|ngosuku|ngehora|ngamahora|ngemizuzu|ngokushesha|masinya\w*|shesh\w*|basheshe|nisheshe|ngesikhathi|ekugcineni|okokuqala|imizuzu)\b",
    "at_ease": r"\b(?:safe|safely|in peace|like a (?:baby|king|human)\w*|like humans?|with dignity|god bless|blessed|treat\w* (?:us|me|poor|people)|patient\w*|always (?:waits|helps|comes|close\w*|alert|smil\w*)|never (?:missed|gives? up|gets tired|late)|everyone|hero(?:es)?|"
    r"siphephile|baphephile|ziphephile|ngokukhululeka|cwaka|kamnandi|lula|kulula|unobuntu|uyasizwa|ungiphathe|ziyadlala|zidlala|silala|sesilala|ukuthula|ngokuthula|isibindi|anginyathelanga|ngingalindanga|ngingacelanga|bha|njengengane)\b",
    "money": r"\bxmoneyx\b",
    "numbers": r"x[4-9]dx",
    "about_me": r"\b(?:my case|my complaint|my query|my reference|xreferencex|isikhalazo sami|udaba lwami|isicelo sami|reported|ngabika|ngibikile)\b",
    "person_please": r"\b(?:agent|human|person|speak to|talk to|someone|somebody|umuntu|consultant|operator|call me|khuluma nomuntu|ngifonele|ngishayele)\b",
}
_KINDS = {f"kind {kind}": re.compile(pattern) for kind, pattern in KINDS.items()}

Names = Dict[str, FrozenSet[str]]


def read_concepts(source: Path) -> Tuple[Names, Names]:
    """English words and isiZulu stems with the ideas they stand for."""
    english: Dict[str, Set[str]] = {}
    zulu: Dict[str, Set[str]] = {}
    for line in source.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, _, words = line.partition(":")
        for known, listed in zip((english, zulu), words.split(";"), strict=True):
            for word in listed.split(","):
                if word.strip():
                    known.setdefault(word.strip(), set()).add(name)
    return (
        {word: frozenset(names) for word, names in english.items()},
        {stem: frozenset(names) for stem, names in zulu.items()},
    )


_ENGLISH, _ZULU = read_concepts(SOURCE)
ENGLISH_WORDS = frozenset(word for word in _ENGLISH if " " not in word)
_TOGETHER: Dict[
    str, List[Tuple[str, FrozenSet[str]]]
] = {}  # by their first word, which is always a whole one
for _known in (_ENGLISH, _ZULU):
    for _phrase, _names in _known.items():
        if " " in _phrase:
            _TOGETHER.setdefault(_phrase.split()[0], []).append((f" {_phrase}", _names))
_LONGEST_STEM = max(map(len, _ZULU))


def ideas_in(normal: str) -> List[str]:
    """The ideas and the kinds of message in a text that `normaliser.for_classifier` made, in order of name."""
    found: Set[str] = {kind for kind, pattern in _KINDS.items() if pattern.search(normal)}
    padded = f" {normal} "
    for word in set(normal.split()):
        found |= _ideas_of_word(word)
        for phrase, names in _TOGETHER.get(word, ()):
            if phrase in padded:
                found |= names
    return sorted(found)


@functools.lru_cache(maxsize=WORDS_KEPT)
def _ideas_of_word(word: str) -> FrozenSet[str]:
    found: Set[str] = set()
    for bare in [word, *(word[len(prefix) :] for prefix in PREFIXES if word.startswith(prefix))]:
        for end in range(max(1, len(bare) - LONGEST_ENDING), len(bare) + 1):
            if bare[:end] in _ENGLISH and bare[end:] in ENDINGS:
                found |= _ENGLISH[bare[:end]]
    for start in range(len(word)):
        for end in range(start + SHORTEST_STEM, min(len(word), start + _LONGEST_STEM) + 1):
            if end - start > SHORTEST_STEM or start <= SHORT_STEM_BY:
                found |= _ZULU.get(word[start:end], frozenset())
    return frozenset(found)
