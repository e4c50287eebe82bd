"""What is still asked: in order, and never what is known."""

import pytest

from crm_store.domain.municipality import Region
from crm_store.domain.needs import missing


@pytest.mark.parametrize(
    ("case_class", "category", "known", "expected"),
    [
        ("complaint", "water", {}, ["description", "location"]),
        ("complaint", "water", {"description": "no water"}, ["location"]),
        ("complaint", "water", {"description": "no water", "location": "eSundumbili"}, []),
        ("complaint", "water", {"description": "no water", "latitude": -29.1}, []),
        ("complaint", "staff", {"description": "rude"}, []),
        ("complaint", "corruption", {"description": "bribe"}, []),
        ("query", "billing", {"description": "where do I pay"}, []),
        ("dispute", "billing", {}, ["account_number", "amount", "month"]),
        ("dispute", "billing", {"account_number": "41006273", "amount": "4560.00"}, ["month"]),
        ("dispute", "billing", {"account_number": "41006273", "reading": "02214", "month": "2026-07"}, []),
        ("dispute", "meter_reading", {"meter_number": "180034521"}, ["reading", "month"]),
        ("dispute", "meter_reading", {"account_number": "4", "amount": "3.00", "month": "2026-07"}, []),
        ("dispute", "staff", {}, ["description"]),
        ("compliment", "staff", {}, []),
        ("meter_reading", "meter_reading", {}, ["account_number", "reading"]),
        ("meter_reading", "meter_reading", {"account_number": "41006273", "amount": "1.00"}, ["reading"]),
        ("meter_reading", "meter_reading", {"account_number": "", "reading": "02214"}, ["account_number"]),
        ("complaint", "unheard_of", {"description": "x"}, []),
    ],
)
def test_missing(
    ilembe: Region, case_class: str, category: str, known: dict[str, object], expected: list[str]
) -> None:
    assert missing(ilembe, case_class, category, known) == expected


def test_another_region(example: Region) -> None:
    assert missing(example, "dispute", "water", {}) == ["account_number", "amount"]
