"""Answers to what we asked about a case on our own initiative: is it fixed, how was it, staff's question.

Days may lie between the question and the answer, and other matters too: so what is plainly something else is
left alone, and the question stays open. An answer becomes the intent `case_answer` with an entity `answer`.
"""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional

STANDING = frozenset({"fixed", "rating", "case_answer"})
INTENT = "case_answer"
SKIP = "skip"
#: Said instead of an answer, when the learner is this sure.
CONTROL = frozenset("stop start help agent status change_language my_data bot_challenge greet bye".split())
CONTROL_BAR = 0.6
#: A matter of its own: with its place or account, and said at some length.
REPORTS = frozenset({"complaint", "dispute", "meter_reading"})
REPORT_BAR, REPORT_WORDS = 0.5, 4
QUESTION_BAR = 0.95
LONG = 12  # words: more of them are a story, not a yes

_YES_FIRST = re.compile(r"(?:yes|yeah|yep|ya|ja|y|1|ok|okay|yebo|ye|ehe|impela|kunjalo)\b")
_NO_FIRST = re.compile(r"(?:no|nope|nah|n|2|not|never|cha|qha|c?hay[i']*|hhayi|ayi|lutho)\b")
_NO_IS_YES = re.compile(
    r"no (?:more|problems?|complaints?|issues?|worries)\b|akusekho nkinga\b|ayisekho inkinga\b"
)
_NOT = re.compile(
    r"\b(?:still|not|never|worse|wrong|incorrect|nothing|nobody|again|(?:y?i|kune)phutha|namanje|kusenjalo|kusafana|lutho"
    r"|(?:has|is|was|did|do|does|have)n'?t|no (?:water|power|electricity|lights?|one|change|difference)"
    r"|a(?:ku|ka|wa|we|wu|li|yi|zi|si|ba|ma|lu)ka\w+"  # akukalungi, awukabuyi: not yet
    r"|a(?:ku|wu|wa|we|li|yi|zi|si|lu|bu)(?:lung|sebenz|buy|khon|khany|fik|qed|phel)\w*"
    r"|a(?:ku|ka|we|wu|li|yi|zi|lu)kho|awekho|kusavuz\w*|[iau]savuz\w*|lisavuz\w*|usavaliw\w*)\b"
)
_DONE = re.compile(
    r"\b(?:fixed|sorted|working|works|repaired|resolved|solved|done|back|answered|helped|happy|satisfied"
    r"|(?:se|s|i|u|li|ku|a|ya|zi|lu|wa|kwa)\w*lungi(?:le|siwe)|lungile"
    r"|(?:se|u|a|li|i)\w*buyile|(?:si|u|i|li|a|ku)y?a?sebenza|(?:u|a|i|li|si)khona|ba(?:ye)?qed\w+"
    r"|(?:ku|i|u)phelile|ungisizile|kungisizile|nisizile|ngijabulile)\b"
)
_BUT = re.compile(r"\b(?:but|however|only|kodwa|kepha)\b")
_WORDS_FOR = {
    "1": "one kunye okukodwa isinye",
    "2": "two kubili okubili isibili",
    "3": "three kuthathu okuthathu isithathu",
    "4": "four kune okune isine",
    "5": "five kuhlanu okuhlanu isihlanu",
}
_NUMBER = re.compile(r"(?<![\d.,])\d+(?:\s*/\s*(?:5|10))?(?![\d.,]\d)")


def read_case_answer(
    text: str,
    asking: str,
    intent: str,
    confidence: float,
    entities: List[Dict[str, Any]],
    *,
    other_category: bool = False,
) -> Optional[List[Dict[str, Any]]]:
    """The entity `answer` that the message holds, or None when the message is something else.

    `other_category`: it plainly is of another category than the case in question.
    """
    said = " ".join(text.casefold().replace("’", "'").split()).strip(" .!")
    if not said:
        return None
    if said == "0" or intent == "cancel":
        return [_answer(SKIP, text)]
    if _is_own_matter(said, intent, confidence, entities, other_category):
        return None
    if asking == "fixed":
        fixed = _fixed(said, intent, confidence)
        return None if fixed is None else [_answer(fixed, text)]
    if asking == "rating":
        return _rating(text, said, intent, confidence)
    if intent == "query" and confidence >= QUESTION_BAR and other_category:
        return None  # 'what are your hours', asked which shop it is
    return None if intent in CONTROL and confidence >= CONTROL_BAR else [_answer("words", text)]


def _is_own_matter(
    said: str, intent: str, confidence: float, entities: List[Dict[str, Any]], other_category: bool
) -> bool:
    if intent not in REPORTS or confidence < REPORT_BAR or len(said.split()) < REPORT_WORDS:
        return False
    if re.search(r"\b(?:still|namanje|kusenjalo|again)\b", said) or _YES_FIRST.match(said):
        return False
    named = {entity["entity"] for entity in entities}
    if intent == "complaint":
        return "location" in named or other_category
    return bool(named & {"account_number", "meter_number", "amount"})


def _fixed(said: str, intent: str, confidence: float) -> Optional[str]:
    if _NO_IS_YES.match(said):
        return "yes"
    if _YES_FIRST.match(said):
        return "no" if _BUT.search(said) and _NOT.search(said) else "yes"
    if _NO_FIRST.match(said):
        return "no"
    if "?" in said or len(said.split()) > LONG or (intent in CONTROL and confidence >= CONTROL_BAR):
        return None
    if _NOT.search(said):
        return "no"
    if _DONE.search(said):
        return "yes"
    return None


def _rating(text: str, said: str, intent: str, confidence: float) -> Optional[List[Dict[str, Any]]]:
    numbers = list(_NUMBER.finditer(text))
    if numbers:
        first = numbers[0]
        stars, _, of = first[0].replace(" ", "").partition("/")
        if len(numbers) > 1 or len(stars) > 2:
            return None  # an account and a reading, a telephone number …
        if of == "10" and stars.isdigit() and 1 <= int(stars) <= 10:
            stars = str((int(stars) + 1) // 2)
        value = stars if stars in _WORDS_FOR else "invalid"
        if value == "invalid" and len(said.split()) > 3:
            return None
        return [_answer(value, text, first.start(), first.end())]
    for value, words in _WORDS_FOR.items():
        word = re.search(rf"\b(?:{'|'.join(words.split())})\b", text, re.IGNORECASE)
        if word:
            return [_answer(value, text, word.start(), word.end())]
    if intent in CONTROL | {"query"} and confidence >= CONTROL_BAR:
        return None
    if intent in REPORTS and confidence >= REPORT_BAR:
        return None
    return [_answer("words", text)] if len(said.split()) <= LONG else None


def _answer(value: str, text: str, start: int = 0, end: Optional[int] = None) -> Dict[str, Any]:
    end = len(text) if end is None else end
    return {"entity": "answer", "value": value, "start": start, "end": end, "text": text[start:end]}
