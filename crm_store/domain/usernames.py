"""How usernames are written: as they stand in the history ('agent:zanele'), whatever was typed."""

import re

USERNAME = re.compile(r"[a-z][a-z0-9._-]{1,39}")
_LONGEST_TYPED = 80


def written_username(typed: str) -> str:
    """The username that was meant: no spaces around it, small letters."""
    return typed.strip().casefold()[:_LONGEST_TYPED].replace("\x00", "")
