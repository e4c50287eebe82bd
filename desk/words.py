"""The desk's own words, in the language of whoever is signed in: English in the code, isiZulu in locale/zu.

`_("…")` in Python and in templates alike; `make catalogue` finds both. In the catalogue these texts are the
ones without a context.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

from babel.messages.pofile import read_po

from crm_store.texts import LANGUAGES, ROOT

#: Set for each request from the user's own choice (desk/access.py); FastAPI carries it into the route.
_language: ContextVar[str] = ContextVar("desk_language", default="en")


def _(text: str, **values: object) -> str:
    """The text in the language of this request, its `%(name)s` filled in."""
    found = _translations(_language.get()).get(text, (text,))[0]
    return found % values if values else found


def ngettext(one: str, many: str, number: int, **values: object) -> str:
    """`one` or `many`, as the number asks; `%(num)s` is the number."""
    forms = _translations(_language.get()).get(one, (one, many))
    return forms[0 if number == 1 else -1] % {"num": number, **values}


def N_(text: str) -> str:
    """Mark a text for the catalogue that is translated later, where the language is known: `_(LABELS[x])`."""
    return text


def language() -> str:
    """'en' or 'zu': the language of this request."""
    return _language.get()


def speak(language: str) -> None:
    """From here on this request's texts are in that language."""
    _language.set(language if language in LANGUAGES else "en")


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Within, texts are in that language (for tests, and for what goes to somebody else)."""
    token = _language.set(language)
    try:
        yield
    finally:
        _language.reset(token)


@cache
def _translations(language: str) -> Mapping[str, tuple[str, ...]]:
    """English (of a plural: its singular) -> text, or its forms."""
    if language == "en":
        return {}
    with (ROOT / "locale" / language / "LC_MESSAGES" / "phendula.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    found: dict[str, tuple[str, ...]] = {}
    for message in catalogue:
        if not message.id or message.context or message.fuzzy:
            continue
        english = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
        forms = message.string if isinstance(message.string, (tuple, list)) else (message.string,)
        if all(forms):
            found[str(english)] = tuple(str(form) for form in forms)
    return found
