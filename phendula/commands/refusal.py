"""What every command shares: how it refuses, and how it reads what people type."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Africa/Johannesburg")
CHANNELS = ("sms", "whatsapp", "telegram", "web")


class Refusal(Exception):
    """The command cannot do what was asked; the message says why, and ends the command with 1."""


def read_channel(text: str) -> str:
    """A channel's name; raises Refusal for another word."""
    if text.lower() not in CHANNELS:
        raise Refusal(f"'{text}' is no channel; channels are {', '.join(CHANNELS)}.")
    return text.lower()


def read_time(text: str) -> datetime:
    """An ISO date or time, South African local time when it names no zone; returns aware UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Refusal(f"'{text}' is no time; write it like 2026-11-24T09:30 or 2026-11-24T07:30Z.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=LOCAL)).astimezone(UTC)


def local(moment: str) -> str:
    """A stored time as people here read it."""
    return datetime.fromisoformat(moment).astimezone(LOCAL).strftime("%Y-%m-%d %H:%M")
