"""What staff read about a case or a chat, in their own language: one line for desk and telephone, an e-mail.

The words stand in labels.yml under `staff_notice`; nothing here goes to a citizen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crm_store.domain.region import Region
from crm_store.texts import LOCAL_TIME, day_in_words, label

_LONGEST = 160
_UNKNOWN = "look_at_it"


@dataclass(frozen=True)
class AboutCase:
    """What may be said of the case; of a confidential one only its reference."""

    reference: str
    case_class: str
    category: str
    municipality: str
    department: str | None
    confidential: bool


def line(kind: str, data: Mapping[str, Any], case: AboutCase | None, language: str, region: Region) -> str:
    """The notice in one line of at most 160 characters; of what the case is about as much as has room."""
    said = _said(kind, data, language, region)
    if case is None:
        return f"{said[:1].upper()}{said[1:]}"[:_LONGEST]
    parts = _about(case, language, region)
    while parts:
        whole = f"{case.reference} ({', '.join(parts)}): {said}"
        if len(whole) <= _LONGEST:
            return whole
        parts.pop()
    return f"{case.reference}: {said}"[:_LONGEST]


def mail(
    kind: str, data: Mapping[str, Any], case: AboutCase | None, language: str, region: Region, address: str
) -> tuple[str, str]:
    """Subject and body of the e-mail, with the page of the desk under `address` that it is about.

    What citizens wrote stays out of it: mail is read on many screens.
    """
    told = line(kind, data, case, language, region)
    if case is not None:
        page = f"{address}/desk/cases/{case.reference}"
    elif data.get("conversation_id"):
        page = f"{address}/desk/chats/{data['conversation_id']}"
    else:
        page = f"{address}/desk/notices"
    footer = label("staff_notice", "footer", language)
    return f"Phendula: {told}", f"{told}\n\n{page}\n\n{footer}"


def _said(kind: str, data: Mapping[str, Any], language: str, region: Region) -> str:
    words = label("staff_notice", _key(kind, data), language)
    return words.format_map(_Known(_values(data, language, region)))


def _key(kind: str, data: Mapping[str, Any]) -> str:
    if kind == "compliment" and not data.get("praised"):
        return "compliment_team"
    known = label("staff_notice", kind, "en")
    return kind if known != kind.replace("_", " ") else _UNKNOWN


def _about(case: AboutCase, language: str, region: Region) -> list[str]:
    if case.confidential:
        return [label("staff_notice", "confidential", language)]
    category, municipality = (
        region.categories.get(case.category),
        region.municipalities.get(case.municipality),
    )
    department = municipality.departments.get(case.department or "") if municipality else None
    where = department or municipality
    return [
        label("case_class", case.case_class, language),
        category.name.in_language(language) if category else case.category,
        *([where.name.in_language(language)] if where else []),
    ]


def _values(data: Mapping[str, Any], language: str, region: Region) -> dict[str, str]:
    """Each value as the reader calls it: categories, areas and bodies by their names, times in local time."""
    written = {name: str(value) for name, value in data.items() if value is not None}
    if category := region.categories.get(written.get("category", "")):
        written["category"] = category.name.in_language(language)
    if body := region.externals.get(written.get("body", "")):
        written["body"] = body.name.in_language(language)
    if municipality := region.municipalities.get(written.get("area", "")):
        written["area"] = municipality.name.in_language(language)
    if due := written.get("due_at"):
        written["due_at"] = _moment(due, language)
    return written


def _moment(text: str, language: str) -> str:
    """'Tue 24 Nov, 16:00'; isiZulu after 'ngaphambi kuka-': '16:00 ngoLwesibili 24 Nov'."""
    try:
        local = datetime.fromisoformat(text).astimezone(LOCAL_TIME)
    except ValueError:
        return text  # as it was written before it was kept as a time
    day = day_in_words(local.date(), language)
    return f"{local:%H:%M} {day}" if language == "zu" else f"{day}, {local:%H:%M}"


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "-"
