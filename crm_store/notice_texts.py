"""What a notice says, as its channel shows it: one SMS, whatever staff wrote into it."""

from __future__ import annotations

from typing import Any

from crm_store.domain.region import Region
from crm_store.domain.rendering import show
from crm_store.domain.segments import is_gsm, plain, segments
from crm_store.queries.notice_words import FREE_WORDS, STAFFS_WORDS
from crm_store.texts import render

_SHORTEST = 12  # characters of staff's own words; fewer say nothing
_LONGEST = 200  # more than these never fit one SMS: they are not weighed word by word


def shown_on(channel: str, key: str, language: str, values: dict[str, Any], region: Region) -> str:
    """The text as a telephone shows it on the channel."""
    rendered = render(key, language, values, region)
    return show(channel, rendered.text, [(button.title, button.payload) for button in rendered.buttons]).body


def fitted(key: str, language: str, values: dict[str, Any], region: Region) -> dict[str, Any]:
    """The values with staff's own words cut where they must be, so that the text fits one SMS."""
    written = {
        name: _only_gsm(str(values[name])) for name in STAFFS_WORDS if isinstance(values.get(name), str)
    }
    written |= {name: words[:_LONGEST] for name, words in written.items() if name in FREE_WORDS}
    values = {**values, **written}
    while segments(shown_on("sms", key, language, values, region)).count > 1:
        longest = max(
            (name for name in FREE_WORDS if isinstance(values.get(name), str)),
            key=lambda name: len(values[name]),
            default=None,
        )
        if longest is None or len(values[longest]) <= _SHORTEST:
            break
        values[longest] = _shorter(values[longest])
    return values


def _only_gsm(words: str) -> str:
    """Without letters that would turn the whole SMS to UCS-2, where less than half of it fits."""
    return "".join(character for character in plain(words) if is_gsm(character))


def _shorter(words: str) -> str:
    """Some characters less, at a word's end where there is one near."""
    kept = words.removesuffix("...")[:-4].rstrip()
    space = kept.rfind(" ", len(kept) - 12)
    return f"{(kept[:space] if space > _SHORTEST else kept).rstrip(' ,;:.')}..."
