"""The language of the answer: on evidence or request, never by one word."""

import pytest

from crm_store.domain.languages import choose_language


@pytest.mark.parametrize(
    ("current", "asked", "detected", "confidence", "dominant", "words", "expected"),
    [
        (None, False, "en", 0.6, None, 1, "en"),
        (None, False, "zu", 0.6, None, 1, "zu"),
        (None, False, "mixed", 0.9, "en", 6, "en"),
        (None, False, "mixed", 0.9, None, 6, "zu"),
        (None, False, None, 0.0, None, 0, "zu"),
        ("zu", False, "en", 0.95, "en", 7, "en"),
        ("zu", False, "en", 0.95, "en", 1, "zu"),
        ("zu", False, "en", 0.97, "en", 2, "en"),
        ("zu", False, "en", 0.6, "en", 7, "zu"),
        ("en", False, "mixed", 0.95, "zu", 9, "en"),
        ("en", True, "zu", 0.99, "zu", 9, "en"),
        ("zu", True, "en", 0.99, "en", 9, "zu"),
        ("en", False, None, 0.0, None, 0, "en"),
    ],
)
def test_choice(
    current: str | None,
    asked: bool,
    detected: str | None,
    confidence: float,
    dominant: str | None,
    words: int,
    expected: str,
) -> None:
    assert choose_language(current, asked, detected, confidence, dominant, words) == expected
