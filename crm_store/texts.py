"""Every word a citizen reads: one catalogue, English in domain.yml, isiZulu in locale/zu.

A reply is a key and values; its text is made here, late, in the language of the conversation. How a value is
written is decided by its name, so that no caller formats anything:

==================  ============================================  =======================================
value               is given as                                   is written as
==================  ============================================  =======================================
``*_at``            aware ISO 8601 time                           ``*_day`` (on it), ``*_until`` (the day
                                                                  itself), ``*_date`` (25 Nov), ``*_time``,
                                                                  in local time
``*_on``            ISO date                                      ``24 Nov 2026``
``amount``          decimal string                                ``R4 560,00``
``cost``            whole rand                                    ``R4 560``
``account_number``, digits                                        ``..6273``
``meter_number``
``month``           ``YYYY-MM``                                   ``July 2026``
``category``        category id                                   its name in the municipality's file
``department``      ``KDM/roads``                                 its name in the municipality's file
``place``           name of a place, or free text                 isiZulu: its locative (eSundumbili)
``referred_to``     id of an external body                        its name in the municipality's file
``answer``          id of a knowledge entry                       its answer, as it stands
``stage``           stage id                                      label
``choices``         payloads such as ``category:roads``           a button each
``service``         water, electricity                            label
``reading``         digits, of a register ``02214#T1``            ``02214``, ``02214 (T1)``
``register``        billing's code of a register                  label, or the code
``readings``,       a list of those                               on one line, with commas
``registers``
``trouble``         ``water.outage``                              label
anything            ``{"en": …, "zu": …}``                        the words of the language
anything            ``{"response": key, "values": {…}}``          that text, rendered; a list: a line each
``facts``           a list of those                               on one line, with commas
==================  ============================================  =======================================
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml
from babel import Locale, dates, numbers
from babel.messages.pofile import read_po

from crm_store.domain.masks import mask_account
from crm_store.domain.region import Region
from crm_store.domain.registers import MARK, name_of

LANGUAGES = ("en", "zu")
ROOT = Path(__file__).resolve().parent.parent
DOMAIN_FILE = ROOT / "domain.yml"
LABELS_FILE = Path(__file__).with_name("labels.yml")
LOCAL_TIME = ZoneInfo("Africa/Johannesburg")

# Stands in domain.yml for buttons that are made of the value `choices`.
_CHOICES = "{choices}"
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class UnknownText(KeyError):
    """No text of this key stands in domain.yml."""


@dataclass(frozen=True)
class Button:
    """A choice under a text: what is shown and what is sent to the engine when it is chosen."""

    title: str
    payload: str


@dataclass(frozen=True)
class Rendered:
    """A text ready for a channel; ``buttons`` are shown as numbers or keys by the channel."""

    text: str
    buttons: tuple[Button, ...] = ()


@dataclass(frozen=True)
class Source:
    """A text as it stands in domain.yml, in English."""

    text: str
    buttons: tuple[Button, ...] = field(default=())


@cache
def sources() -> dict[str, Source]:
    """All English texts by key: the responses of domain.yml and the labels of labels.yml."""
    responses = yaml.safe_load(DOMAIN_FILE.read_text(encoding="utf-8"))["responses"]
    found: dict[str, Source] = {}
    for key, variants in responses.items():
        buttons = tuple(Button(b["title"], b["payload"]) for b in variants[0].get("buttons", ()))
        found[key] = Source(variants[0]["text"], buttons)
    for kind, labels in yaml.safe_load(LABELS_FILE.read_text(encoding="utf-8")).items():
        for name, text in labels.items():
            found[f"{kind}.{name}"] = Source(text)
    return found


@cache
def _translations(language: str) -> dict[tuple[str, str], str]:
    """(key, English) → text of the language's .po file. English needs none. The desk's texts have no key."""
    if language == "en":
        return {}
    path = ROOT / "locale" / language / "LC_MESSAGES" / "phendula.po"
    with path.open("rb") as file:
        catalogue = read_po(file, locale=language)
    return {
        (str(message.context or ""), str(message.id)): str(message.string)
        for message in catalogue
        if message.id and message.context and message.string and not message.fuzzy
    }


def _translated(key: str, english: str, language: str) -> str:
    return _translations(language).get((key, english), english)


def label(kind: str, name: str, language: str) -> str:
    """The word for an id of ours, e.g. ``label("stage", "new", "zu")``; the id itself when there is none."""
    source = sources().get(f"{kind}.{name}")
    return _translated(f"{kind}.{name}", source.text, language) if source else name.replace("_", " ")


def register_word(code: str, language: str) -> str:
    """What people call the register: 'peak', 'emini'; a number goes by its code, as the meter shows it."""
    name = name_of(code)
    return code if name is None or name.isdigit() else label("register", name, language)


def render(key: str, language: str, values: Mapping[str, Any], region: Region) -> Rendered:
    """The text of ``key`` in ``language`` with ``values`` written as their names say.

    A placeholder without a value becomes nothing. Raises UnknownText when domain.yml has no such key.
    """
    source = sources().get(key)
    if source is None:
        raise UnknownText(key)
    written = _write_values(values, language, region)
    text = _PLACEHOLDER.sub(lambda found: written.get(found.group(1), ""), wording_of(key, language, region))
    buttons = tuple(
        button
        for b in source.buttons
        for button in (
            _choices(values.get("choices") or (), language, region)
            if b.payload == _CHOICES
            else (Button(_translated(key, b.title, language), b.payload),)
        )
    )
    return Rendered(re.sub(r"[ \t]{2,}", " ", text).strip(), buttons)


def wording_of(key: str, language: str, region: Region) -> str:
    """The words of ``key``: the region's own, else as they ship. Raises KeyError for an unknown key."""
    own = region.texts.get(key)
    return (own and own.in_language(language)) or shipped_wording(key, language)


def shipped_wording(key: str, language: str) -> str:
    """The words of ``key`` as they ship: domain.yml, locale/. Raises KeyError for an unknown key."""
    return _translated(key, sources()[key].text, language)


def _choices(payloads: Sequence[str], language: str, region: Region) -> tuple[Button, ...]:
    """'matter:dispute', 'category:roads', 'register:T1' or 'own:41006273/W100/water' as buttons.

    'own' is a meter of the person's; its register comes last, where it has several.
    """
    buttons = []
    for payload in payloads:
        kind, _, name = payload.partition(":")
        if kind == "own":
            account, meter, service, *register = name.split("/")
            title = f"{mask_account(account)} {label('service', service, language)} {mask_account(meter)}"
            title = " ".join([title, *(register_word(code, language) for code in register)])
            buttons.append(Button(title, payload))
            continue
        if kind == "register":
            buttons.append(Button(register_word(name, language), payload))
            continue
        known = region.categories.get(name) if kind == "category" else None
        title = known.name.in_language(language) if known else label("choice", name, language)
        buttons.append(Button(title, payload))
    return tuple(buttons)


def written_values(key: str, language: str, values: Mapping[str, Any], region: Region) -> list[str]:
    """The values of the text as it writes them, in the order in which they stand in it, each once."""
    written = _write_values(values, language, region)
    names = _PLACEHOLDER.findall(_translated(key, sources()[key].text, language))
    return [written.get(name, "") for name in dict.fromkeys(names)]


def numbered_text(key: str, language: str) -> str:
    """The text with {{1}}, {{2}} … for its values, as `written_values` gives them, and its choices."""
    source = sources()[key]
    text = _translated(key, source.text, language)
    names = list(dict.fromkeys(_PLACEHOLDER.findall(text)))
    text = _PLACEHOLDER.sub(lambda found: f"{{{{{names.index(found.group(1)) + 1}}}}}", text)
    choices = [f"{n} {_translated(key, b.title, language)}" for n, b in enumerate(source.buttons, start=1)]
    return "\n".join([text, *choices])


def _write_values(values: Mapping[str, Any], language: str, region: Region) -> dict[str, str]:
    written: dict[str, str] = {}
    for name, value in values.items():
        if value is None:
            continue
        if name.endswith("_at"):
            moment = datetime.fromisoformat(str(value)).astimezone(LOCAL_TIME)
            stem = name.removesuffix("_at")
            written[f"{stem}_day"] = day_in_words(moment.date(), language)
            written[f"{stem}_until"] = until_day_in_words(moment.date(), language)
            written[f"{stem}_date"] = dates.format_date(moment.date(), "d MMM", locale=Locale.parse(language))
            written[f"{stem}_time"] = moment.strftime("%H:%M")
        else:
            written[name] = _write(name, value, language, region)
    return written


def _write(name: str, value: Any, language: str, region: Region) -> str:
    if isinstance(value, Mapping) and "response" in value:
        return render(str(value["response"]), language, value.get("values", {}), region).text
    if isinstance(value, Mapping) and language in value:
        return str(value[language])
    if isinstance(value, Sequence) and not isinstance(value, str):
        between = ", " if name in ("facts", "readings", "registers") else "\n"
        return between.join(_write(name, item, language, region) for item in value)
    text = str(value)
    if name.endswith("_on"):
        return _local_date(date.fromisoformat(text[:10]), language)
    match name:
        case "amount":
            return money(text)
        case "cost":
            return money(text).removesuffix(",00")
        case "use" | "usual":
            return _in_thousands(text)
        case "account_number" | "meter_number":
            return mask_account(text)
        case "month":
            return month_in_words(text, language)
        case "category":
            known = region.categories.get(text)
            return known.name.in_language(language) if known else text
        case "department":
            return _department(text, language, region)
        case "place":
            place = region.place_named(text)
            return place.locative if place and language == "zu" else text
        case "referred_to":
            external = region.externals.get(text)
            return external.name.in_language(language) if external else text
        case "answer":
            entry = region.knowledge_entry(text)
            return entry.answer.in_language(language) if entry else text
        case "reading" | "readings":
            digits, _, register = text.partition(MARK)
            return f"{digits} ({register_word(register, language)})" if register else digits
        case "register" | "registers":
            return register_word(text, language)
        case "stage" | "service" | "trouble":
            return label(name, text, language)
    return text


def _department(text: str, language: str, region: Region) -> str:
    code, _, department = text.partition("/")
    municipality = region.municipalities.get(code)
    if municipality is None:
        return text
    known = municipality.departments.get(department)
    return (known.name if known else municipality.name).in_language(language)


def money(amount: str) -> str:
    """``R4 560,00``; a text that is no number is given back as it is."""
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return amount
    written = numbers.format_currency(value, "ZAR", "¤#,##0.00", locale="en_ZA")
    return written.replace("\u00a0", " ").replace("\u202f", " ")


def _in_thousands(number: str) -> str:
    """``97 803``, and ``1234`` as it is: four digits are read at a glance, and a space may cost a segment."""
    whole = number.isascii() and number.isdecimal() and len(number) > 4
    return f"{int(number):,}".replace(",", " ") if whole else number


def day_in_words(day: date, language: str) -> str:
    """``Tue 24 Nov``; isiZulu with its locative: ``ngoLwesibili 24 Nov``."""
    locale = Locale.parse(language)
    short = dates.format_date(day, "d MMM", locale=locale)
    if language != "zu":
        return f"{dates.format_date(day, 'EEE', locale=locale)} {short}"
    name = dates.format_date(day, "EEEE", locale=locale)
    # CLDR gives 'ULwesibili', 'ISonto'; 'on' makes nga + u → ngo, nga + i → nge.
    on = {"U": "ngo", "I": "nge"}.get(name[0].upper(), "ngo")
    return f"{on}{name[1:]} {short}"


def until_day_in_words(day: date, language: str) -> str:
    """The day as the end of a span: ``Tue 24 Nov``; isiZulu without locative: ``uLwesibili 24 Nov``."""
    if language != "zu":
        return day_in_words(day, language)
    locale = Locale.parse(language)
    name = dates.format_date(day, "EEEE", locale=locale)
    return f"{name[0].lower()}{name[1:]} {dates.format_date(day, 'd MMM', locale=locale)}"


def _local_date(day: date, language: str) -> str:
    return dates.format_date(day, "d MMM yyyy", locale=Locale.parse(language))


def month_in_words(month: str, language: str) -> str:
    """``2026-07`` → ``July 2026``; isiZulu ``Julayi 2026``."""
    try:
        first = date.fromisoformat(f"{month}-01")
    except ValueError:
        return month
    return dates.format_date(first, "LLLL yyyy", locale=Locale.parse(language))


def extract_responses(fileobj: Any, *_given: Any, **_options: Any) -> list[tuple[Any, ...]]:
    """Babel extraction method of domain.yml and labels.yml (babel.cfg): key as context, English as id."""
    content = yaml.safe_load(fileobj.read())
    messages: list[tuple[Any, ...]] = []

    def add(key: str, text: str) -> None:
        messages.append((1, "pgettext", (key, text), []))

    if "responses" in content:
        for key, variants in content["responses"].items():
            add(key, variants[0]["text"])
            for button in variants[0].get("buttons", ()):
                add(key, button["title"])
    else:
        for kind, labels in content.items():
            for name, text in labels.items():
                add(f"{kind}.{name}", text)
    return messages
