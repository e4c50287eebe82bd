"""The table of messages through the trained model: the class, and the readings with their meters."""

from __future__ import annotations

import httpx
import pytest

from crm_store.domain.reading_groups import Mention
from tests.processes.running import RunningSystem
from tests.readings.table import Row, meaning, rows

KINDS = ("account_number", "meter_number", "reading", "service")
# Of the messages with digits, so many must be heard as readings at once (others are asked about).
HEARD_AS_READING = 0.97


@pytest.fixture(scope="module")
def parsed(running_system: RunningSystem) -> list[tuple[Row, dict]]:
    with httpx.Client(base_url=running_system.engine, timeout=60) as client:
        return [(row, client.post("/model/parse", json={"text": row.text}).json()) for row in rows()]


def test_the_table_is_long_enough() -> None:
    assert len(rows()) >= 250
    assert len({row.text for row in rows()}) >= 250


def test_every_message_means_what_the_table_says(parsed: list[tuple[Row, dict]]) -> None:
    wrong = []
    for row, understood in parsed:
        mentions = [
            Mention(one["entity"], str(one["value"]), one["start"], one["end"])
            for one in understood["entities"]
            if one["entity"] in KINDS
        ]
        found = meaning(row, mentions)
        if found != row.expected:
            wrong.append(f"{row.text!r} of {row.own or 'nobody'}: {found!r}, not {row.expected!r}")
    assert not wrong, "\n".join(wrong)


def test_messages_with_a_reading_are_heard_as_readings(parsed: list[tuple[Row, dict]]) -> None:
    with_digits = [(row, got) for row, got in parsed if any(c.isdigit() for c in row.expected)]
    missed = [row.text for row, got in with_digits if got["intent"]["name"] != "meter_reading"]
    assert len(missed) <= len(with_digits) * (1 - HEARD_AS_READING), missed
