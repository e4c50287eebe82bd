"""Chats with staff: who may take which, until when a person may be written to, what a canned answer says."""

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from crm_store.domain.scope import Scope

#: WhatsApp lets us write freely for 24 hours after the person last wrote; a little less, for the way there.
WINDOW = timedelta(hours=24) - timedelta(minutes=10)
#: Why a chat waits for a person.
REASONS = ("asked", "not understood", "something else", "returned", "transferred")
#: These have waited before: they go to the top of the list.
AT_THE_TOP = frozenset({"returned", "transferred"})
#: What an agent settled before the bot answers again.
SETTLED = ("nothing", "case", "resolved", "question")
#: What a canned answer may speak of; a value that is not known leaves its placeholder to be filled in.
PLACEHOLDERS = ("reference", "due", "name", "department", "agent")
_PLACEHOLDER = re.compile(r"\{(\w+)\}")


def writable_until(channel: str, last_inbound_at: datetime | None) -> datetime | None:
    """Until when the person may be written to freely on WhatsApp; None: at any time, or never yet."""
    if channel != "whatsapp" or last_inbound_at is None:
        return None
    return last_inbound_at + WINDOW


def may_write_freely(channel: str, last_inbound_at: datetime | None, now: datetime) -> bool:
    """Whether a free text reaches the person now."""
    if channel != "whatsapp":
        return True
    return last_inbound_at is not None and now < last_inbound_at + WINDOW


def in_reach(scope: Scope, municipality: str | None, department: str | None) -> bool:
    """Whether a chat of this team is theirs to take.

    Where the team is not known the chat is everybody's: a person must not wait because nobody knows whose.
    """
    return (municipality is None or scope.municipality in (None, municipality)) and (
        department is None or not scope.departments or department in scope.departments
    )


def filled(text: str, values: Mapping[str, str | None]) -> str:
    """The canned answer with what is known; what is not stays as '{name}' for the agent to fill in."""
    return _PLACEHOLDER.sub(lambda found: values.get(found[1]) or found[0], text)


def unknown_placeholders(text: str) -> list[str]:
    """Placeholders that no chat can fill, in their order."""
    return [name for name in _PLACEHOLDER.findall(text) if name not in PLACEHOLDERS]
