"""Which language to answer in: it changes on evidence or on request, never by one loan word."""

from typing import cast

from crm_store.domain.region import Language

#: Without any evidence we speak the language of most of the region's people.
FIRST_LANGUAGE = "zu"
#: Codes (ISO 639-3) of languages near enough to isiZulu that it serves their speakers better than English.
NEAR_ISIZULU = frozenset({"xho", "ssw", "nbl"})
_SURE = 0.8
_VERY_SURE = 0.95
_ENOUGH_WORDS = 3


def choose_language(
    current: str | None,
    asked: bool,
    detected: str | None,
    confidence: float,
    dominant: str | None,
    words: int,
    other: str | None = None,
) -> Language:
    """The language of the answer.

    `asked`: the person has asked for `current`; then only another request changes it. `detected` is en, zu
    or mixed with its `confidence`; `dominant` the language most of a mixed message is in; `words` the number
    of its words; `other` the code of a language that we do not speak. With nothing to go by the answer is in
    isiZulu, the region's first language.
    """
    known = cast(Language, current) if current in ("en", "zu") else None
    if known and asked:
        return known
    if other:
        return "zu" if other in NEAR_ISIZULU else "en"
    leaning = next((language for language in (detected, dominant) if language in ("en", "zu")), None)
    if known is None:
        return cast(Language, leaning or "zu")
    if detected not in ("en", "zu"):
        return known
    enough = confidence >= _SURE if words >= _ENOUGH_WORDS else confidence >= _VERY_SURE and words > 1
    return cast(Language, detected) if enough else known
