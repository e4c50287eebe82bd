"""What a message says before anything is learnt from it."""

from __future__ import annotations

import pytest

from engine.components.normaliser import says_something


@pytest.mark.parametrize("text", ["!!!", "!!! ???", "3", "..", "12 7", "", "  ", "#1*"])
def test_nothing_is_said(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize("text", ["?", "? ??", "02214", "no", "\U0001f44d", "1 2 3 4", "yebo!"])
def test_something_is_said(text: str) -> None:
    assert says_something(text)
