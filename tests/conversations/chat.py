"""A phone in a test: it says something through the channel's real webhook and hears what it is answered."""

from __future__ import annotations

import itertools
import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from smsutil import split

from tests.processes.running import RunningSystem

CHANNELS = ("sms", "whatsapp", "telegram")
# Nobody has used these numbers, in this run or in one before on the same database.
_NUMBERS = itertools.count(20_000_000 + int(time.time()) % 1_000_000 * 7)


@dataclass(frozen=True)
class Heard:
    """One message as the phone shows it."""

    text: str
    language: str
    key: str | None

    @property
    def segments(self) -> int:
        """What it costs as an SMS."""
        return len(split(self.text).parts)


@dataclass
class Chat:
    """One person on one channel."""

    system: RunningSystem
    channel: str
    address: str
    last: list[Heard] = field(default_factory=list)

    def says(self, text: str, expect: int | None = None) -> list[Heard]:
        """Sends a message, waits until it is answered, and returns what came back (``expect``: how many)."""
        if self.channel == "telegram":
            return self._hear(f"update:{self.system.telegram_update(int(self.address), text)}", expect)
        return self._post(text, expect=expect)

    def sends_pin(self, latitude: float, longitude: float) -> list[Heard]:
        """Shares a place (WhatsApp)."""
        return self._post("", Latitude=str(latitude), Longitude=str(longitude))

    def sends_picture(self) -> list[Heard]:
        """Sends a picture without words (WhatsApp)."""
        url = "https://api.twilio.example/media/" + secrets.token_hex(8)
        return self._post("", NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg")

    def sends_photo(self, photo: bytes, caption: str = "") -> list[Heard]:
        """Sends a picture that the provider has, with words under it (WhatsApp)."""
        name = "ME" + secrets.token_hex(16)
        kept = self.system.http.post(f"{self.system.twilio}/_media/{name}", content=photo)
        url = self.system.twilio + kept.json()["path"]
        return self._post(caption, NumMedia="1", MediaUrl0=url, MediaContentType0="image/jpeg")

    def photos(self) -> list[dict[str, Any]]:
        """The pictures that the person sent, oldest first."""
        return self._rows(
            "SELECT p.state, p.reading_id FROM media p JOIN messages m ON m.id = p.message_id"
            " JOIN conversations v ON v.id = m.conversation_id JOIN addresses a ON a.id = v.address_id"
            " WHERE a.channel = %s AND a.address = %s ORDER BY p.created_at"
        )

    def notices(self) -> list[tuple[str, str]]:
        """What is to be told about the person's readings: the kind and the reading."""
        rows = self._rows(
            "SELECT n.kind, n.said FROM notices n JOIN conversations v ON v.id = n.conversation_id"
            " JOIN addresses a ON a.id = v.address_id WHERE a.channel = %s AND a.address = %s"
            " ORDER BY n.sequence"
        )
        return [(row["kind"], row["said"]["reading"]) for row in rows]

    def hears(self, *fragments: str) -> Heard:
        """The message with the first fragment; fails unless each fragment was heard in the last answer."""
        whole = "\n".join(message.text for message in self.last)
        for fragment in fragments:
            assert fragment in whole, f"not heard: {fragment!r}\nheard:\n{whole}"
        return next(message for message in self.last if fragments[0] in message.text)

    def cases(self) -> list[dict[str, Any]]:
        """The person's cases, oldest first."""
        return self._rows(
            "SELECT c.* FROM cases c JOIN addresses a ON a.citizen_id = c.citizen_id"
            " WHERE a.channel = %s AND a.address = %s ORDER BY c.opened_at"
        )

    def only_case(self) -> dict[str, Any]:
        """The person's one case."""
        cases = self.cases()
        assert len(cases) == 1, [case["reference"] for case in cases]
        return cases[0]

    def readings(self) -> list[dict[str, Any]]:
        """The readings the person sent, oldest first."""
        return self._rows(
            "SELECT r.* FROM readings r JOIN addresses a ON a.citizen_id = r.citizen_id"
            " WHERE a.channel = %s AND a.address = %s ORDER BY r.taken_at"
        )

    def state(self) -> dict[str, Any]:
        """State of the conversation: bot, waiting or agent; what is asked; whether the person opted out."""
        (row,) = self._rows(
            "SELECT v.state, v.asking, v.choices, v.language, a.opted_out_at IS NOT NULL AS opted_out"
            " FROM conversations v JOIN addresses a ON a.id = v.address_id"
            " WHERE a.channel = %s AND a.address = %s"
        )
        return row

    def _post(self, body: str, expect: int | None = None, **more: str) -> list[Heard]:
        send = self.system.sms if self.channel == "sms" else self.system.whatsapp
        return self._hear(send(self.address, body, **more), expect)

    def _hear(self, provider_id: str, expect: int | None) -> list[Heard]:
        rows = self.system.replies_to(provider_id)
        self.last = [
            Heard(row["body"], row["language"], row["response_key"])
            for row in rows
            if row["status"] != "suppressed"
        ]
        if expect is None:
            assert self.last, "no answer came"
        else:
            assert len(self.last) == expect, self.last
        return self.last

    def _rows(self, query: str) -> list[dict[str, Any]]:
        return self.system.rows(query, self.channel, self.address)


@dataclass(frozen=True)
class Phones:
    """New phones, each with a number nobody has used."""

    system: RunningSystem

    def sms(self) -> Chat:
        """A phone that sends SMS."""
        return self.on("sms")

    def whatsapp(self) -> Chat:
        """A phone on WhatsApp."""
        return self.on("whatsapp")

    def telegram(self) -> Chat:
        """A phone on Telegram."""
        return self.on("telegram")

    def on(self, channel: str) -> Chat:
        """A phone on the channel."""
        number = next(_NUMBERS)
        return Chat(self.system, channel, str(number) if channel == "telegram" else f"+278{number:08d}")
