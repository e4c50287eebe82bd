"""Messages about meters, in the words people use: which of their numbers is what."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import List, Tuple

import pytest

from engine.components.numbers import find_numbers

TODAY = date(2026, 11, 22)
KINDS = {"reading": "r", "meter_number": "m", "account_number": "a"}


def _messages() -> List[Tuple[str, str]]:
    lines = Path(__file__).with_name("meter_messages.txt").read_text(encoding="utf-8").splitlines()
    rows = [line.split(" | ", 1) for line in lines if line and not line.startswith("#")]
    return [(text, what) for what, text in rows]


@pytest.mark.parametrize(("text", "what"), _messages())
def test_each_number_is_what_it_was_meant_to_be(text: str, what: str) -> None:
    words = what.split()
    found = [one for one in find_numbers(text, TODAY, (), "*" in words) if one.entity in KINDS]
    assert [f"{KINDS[one.entity]}:{one.value}" for one in found] == [word for word in words if ":" in word]


@pytest.mark.parametrize("text", ["2026-11-12", "12-11-2026", "posted 2026/11/12", "on 12.11.2026"])
def test_a_date_is_no_account(text: str) -> None:
    assert all(one.entity == "month" for one in find_numbers(text, TODAY))


def test_the_class_makes_a_bare_number_a_reading() -> None:
    assert find_numbers("I make it 8120", TODAY) == []
    (reading,) = find_numbers("I make it 8120", TODAY, (), sends_reading=True)
    assert (reading.entity, reading.value) == ("reading", "8120")
    said = "oziro kune kuhlanu kubili, I think"
    assert [one.value for one in find_numbers(said, TODAY, (), sends_reading=True)] == ["0452"]


@pytest.mark.parametrize("text", ["my house number is 4512", "stand 2210 in Tete", "the reader came at 1430"])
def test_the_class_makes_no_address_or_hour_a_reading(text: str) -> None:
    assert find_numbers(text, TODAY, (), sends_reading=True) == []
