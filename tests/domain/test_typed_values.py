"""What people type into forms is read forgivingly, and nothing is guessed."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.typed_values import read_amount, read_number, read_phone, takes_sms


@pytest.mark.parametrize(
    "typed", ["0821234567", "082 123 4567", "+27 82 123 4567", "082-123-4567", "27821234567"]
)
def test_a_number_is_one_however_it_is_typed(typed):
    assert read_phone(typed) == "+27821234567"


@pytest.mark.parametrize("typed", ["", "12", "hello", "082 123", "0000000000", "+"])
def test_what_can_be_no_number_is_none(typed):
    assert read_phone(typed) is None


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("4560", "4560.00"), ("R4 560,50", "4560.50"), ("r4,560.50", "4560.50"), ("4 560", "4560.00"),
        ("4,560", "4560.00"), ("0,99", "0.99"), ("R 1.240,55", "1240.55"), ("1 234 567.00", "1234567.00"),
    ],
)  # fmt: skip
def test_an_amount_is_one_however_it_is_typed(typed, amount):
    assert read_amount(typed) == Decimal(amount)


@pytest.mark.parametrize("typed", ["", "R", "0", "-5", "a lot", "4560 rand ya", "1,2,3", "999999999999"])
def test_what_is_no_amount_is_none(typed):
    assert read_amount(typed) is None


@given(st.decimals(min_value="0.01", max_value="99999999", places=2))
def test_an_amount_as_we_write_it_is_read_again(amount):
    written = f"R{amount:,.2f}"
    assert read_amount(written) == amount
    assert read_amount(written.replace(",", " ").replace(".", ",")) == amount


@given(st.text(max_size=40))
def test_anything_typed_is_a_value_or_none(typed):
    amount, phone = read_amount(typed), read_phone(typed)
    assert amount is None or amount > 0
    assert phone is None or phone.startswith("+")


def test_a_message_reaches_mobile_numbers_only():
    assert takes_sms("+27821234567")
    assert not takes_sms("+27324379300")
    assert not takes_sms("+27800701701")


def test_an_account_number_has_the_regions_form(region):
    assert read_number("4100 6273", region.account_format) == "41006273"
    assert read_number("4100627", region.account_format) is None
