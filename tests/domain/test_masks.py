"""Numbers are shown by their last four digits."""

import pytest

from crm_store.domain.masks import mask_account, mask_numbers, mask_phone


def test_single_numbers() -> None:
    assert mask_account("41006273") == "..6273"
    assert mask_account("123") == "..3"
    assert mask_account("") == ".."
    assert mask_phone("+27821234567") == "+27..4567"
    assert mask_phone("0821234567") == "..4567"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("acc 41006273, R4560", "acc ..6273, R4560"),
        ("ring 082 123 4567", "ring ..4567"),
        ("ring +27821234567!", "ring ..4567!"),
        ("ref KDM-4821-7305", "ref KDM-4821-7305"),
        ("02214", "02214"),
    ],
)
def test_in_a_text(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked
