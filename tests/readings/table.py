"""The table of messages: what people send, and the readings that it means."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from crm_store.domain.reading_groups import KnownMeter, Mention
from crm_store.domain.reading_messages import ReadingMessage, read_message
from crm_store.domain.readings import MeterFacts
from crm_store.domain.region import ReadingRules

TODAY = dt.date(2026, 11, 22)
MONTH_AGO = dt.date(2026, 10, 23)
ACCOUNTS = {"A": "41006273", "B": "41006281", "C": "41006299", "D": "41006307", "E": "41006315"}
SERVICES = {"w": "water", "e": "electricity", "?": None}
WORDS = ("dropped", "correction", "same", "either")
METERS = (
    KnownMeter("41006273", "AVK014522", MeterFacts("water", 5, 2196, MONTH_AGO, 20)),
    KnownMeter("41006281", "180034521", MeterFacts("water", 5, 1870, MONTH_AGO, 20)),
    KnownMeter("41006281", "04123456789", MeterFacts("electricity", 6, 45_000, MONTH_AGO, 350)),
    KnownMeter("41006299", "SZ410882", MeterFacts("electricity", 5, 88_000, MONTH_AGO, 400)),
    KnownMeter("41006307", "EL77120", MeterFacts("electricity", 5, 2000, MONTH_AGO, 200), register="T1"),
    KnownMeter("41006307", "EL77120", MeterFacts("electricity", 5, 900, MONTH_AGO, 100), register="T2"),
    KnownMeter("41006315", "WX5512", MeterFacts("water", 5, 300, MONTH_AGO, 20)),
    KnownMeter("41006315", "EL88230", MeterFacts("electricity", 5, 2100, MONTH_AGO, 150), register="DAY"),
    KnownMeter("41006315", "EL88230", MeterFacts("electricity", 5, 2150, MONTH_AGO, 150), register="NIGHT"),
)


@dataclass(frozen=True)
class Row:
    """One message: whose it is, what it means, its words."""

    own: str
    expected: str
    text: str


def rows() -> list[Row]:
    """The rows of messages.txt."""
    lines = Path(__file__).with_name("messages.txt").read_text(encoding="utf-8").splitlines()
    cells = [line.split("|", 2) for line in lines if not line.startswith("#")]
    return [Row(own.strip(), expected.strip(), text.strip()) for own, expected, text in cells]


def meters_for(own: str, mentions: Sequence[Mention]) -> list[KnownMeter]:
    """What crm_store.queries.meters.known_meters would find: those named, and the sender's own."""
    named = {one.value for one in mentions if one.kind in ("account_number", "meter_number")}
    mine = {ACCOUNTS[letter] for letter in own}
    return [
        replace(m, own=m.account_number in mine)
        for m in METERS
        if m.account_number in named | mine or m.meter_number in named
    ]


def meaning(row: Row, mentions: Sequence[Mention]) -> str:
    """What the message is read as, in the words of the table."""
    message = read_message(row.text, mentions, meters_for(row.own, mentions), TODAY, ReadingRules())
    return "; ".join(_sent(message, number) for number in range(len(message.sent))) + _words(message)


def _sent(message: ReadingMessage, number: int) -> str:
    sent = message.sent[number]
    letters = {account: letter for letter, account in ACCOUNTS.items()}
    account = letters.get(sent.account_number or "", sent.account_number or sent.meter_number or "-")
    letter = {name: letter for letter, name in SERVICES.items()}[sent.service]
    register = f"{sent.register} " if sent.register else ""
    return f"{account} {letter} {register}{sent.digits or '-'}" + (" dropped" if sent.dropped else "")


def _words(message: ReadingMessage) -> str:
    said = {
        "correction": message.correction and len(message.sent) == 1,
        "same": message.same_as_last,
        "either": any(one.either for one in message.sent),
    }
    return "".join(f" {word}" for word, true in said.items() if true)
