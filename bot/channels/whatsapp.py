"""WhatsApp through Twilio. Its messages come in by the Twilio routes in twilio_sms.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from bot.channels import twilio_wire as wire
from crm_store.settings import settings

CHANNEL = "whatsapp"
PREFIX = "whatsapp:"
TEXT_LIMIT = 1600  # characters, as for all of Twilio's messages

# --- send -----------------------------------------------------------------------------------------


def sender() -> dict[str, str]:
    """The parameters that say from whom: our WhatsApp number."""
    number = settings().twilio_whatsapp_from or ""
    return {"from_": number if number.startswith(PREFIX) else PREFIX + number}


def send(address: str, body: str, _buttons: list[dict[str, Any]]) -> str:
    """Sends and returns the provider's id. Outside the 24-hour window Twilio answers 63016 (WindowClosed)."""
    return wire.create_message(PREFIX + address, body, sender())


def send_file(address: str, body: str, path: str) -> str:
    """Sends a file, which Twilio fetches from us at the path, with words under it; returns the provider's id.

    Of words with a document WhatsApp shows none (https://www.twilio.com/docs/whatsapp/guidance-whatsapp-media-messages).
    """
    return wire.create_message(PREFIX + address, body, sender(), wire.public_url(path))


def send_template(address: str, template: dict[str, Any]) -> str:
    """Sends an approved template, which is taken at any time; returns the provider's id."""
    return wire.create_from_template(PREFIX + address, template["sid"], template["variables"], sender())


def already_sent(address: str, body: str, since: datetime) -> list[str]:
    """Ids of messages with this body that Twilio took since then."""
    return wire.sids_sent(PREFIX + address, body, sender(), since)
