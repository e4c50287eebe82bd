"""Delivery receipts come in any order."""

from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.deliveries import _RANK, OutStatus, is_final, later_status, read_status

STATUSES = st.sampled_from(get_args(OutStatus))


@given(STATUSES, STATUSES)
def test_never_backwards(current: OutStatus, new: OutStatus) -> None:
    assert _RANK[later_status(current, new)] >= _RANK[current]


@given(st.permutations(["sending", "sent", "delivered", "read"]))
def test_any_order_ends_in_read(receipts: list[OutStatus]) -> None:
    status: OutStatus = "stored"
    for receipt in receipts:
        status = later_status(status, receipt)
    assert status == "read"


@pytest.mark.parametrize(
    ("current", "new", "expected"),
    [
        ("delivered", "sent", "delivered"),
        ("delivered", "undelivered", "delivered"),
        ("undelivered", "delivered", "delivered"),
        ("failed", "undelivered", "failed"),
        ("stored", "suppressed", "suppressed"),
        ("sent", "suppressed", "sent"),
        ("suppressed", "delivered", "suppressed"),
    ],
)
def test_pairs(current: OutStatus, new: OutStatus, expected: OutStatus) -> None:
    assert later_status(current, new) == expected


def test_providers_words() -> None:
    assert read_status("queued") == "sending"
    assert read_status("Delivered ") == "delivered"
    assert read_status("partially_delivered") is None
    assert is_final("failed")
    assert not is_final("sent")
