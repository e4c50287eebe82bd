"""The desk's own words: every one has its isiZulu, with the same values. Length and alphabet are free."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from crm_store.texts import ROOT
from desk.words import _, _translations, ngettext, speaking

#: Names and words that clerks say the same way in both languages.
ALIKE = {"%(number)s min", "%(number)s h"}
_VALUE = re.compile(r"%\(\w+\)[sd]")


def _makefile_options() -> list[str]:
    """The options with which `make catalogue` extracts."""
    line = next(line for line in (ROOT / "Makefile").read_text().splitlines() if "pybabel extract" in line)
    return line.split("pybabel ")[1].split(" --output-file")[0].split()


@pytest.fixture(scope="module")
def texts(tmp_path_factory: pytest.TempPathFactory) -> list[str | tuple[str, ...]]:
    """Everything in the code of the desk that is to be translated."""
    template: Path = tmp_path_factory.mktemp("texts") / "phendula.pot"
    command = [sys.executable, "-m", "babel.messages.frontend", *_makefile_options()]
    subprocess.run([*command, "--output-file", str(template), "."], cwd=ROOT, check=True, capture_output=True)
    with template.open("rb") as file:
        return [message.id for message in read_po(file) if message.id and not message.context]


def test_every_text_of_the_desk_has_its_isizulu(texts: list[str | tuple[str, ...]]) -> None:
    assert "Sign in" in texts
    missing, alike, other_values = [], [], []
    for text in texts:
        english = (text,) if isinstance(text, str) else tuple(text)
        isizulu = _translations("zu").get(english[0])
        if isizulu is None:
            missing.append(english[0])
            continue
        if isizulu[0] == english[0] and english[0] not in ALIKE:
            alike.append(english[0])
        if any(set(_VALUE.findall(form)) != set(_VALUE.findall(english[-1])) for form in isizulu):
            other_values.append(english[0])
    assert missing == [], "run `make catalogue`, then translate"
    assert alike == []
    assert other_values == []


def test_the_catalogue_holds_nothing_that_the_desk_no_longer_says(
    texts: list[str | tuple[str, ...]],
) -> None:
    known = {text if isinstance(text, str) else text[0] for text in texts}
    assert set(_translations("zu")) - known == set(), "run `make catalogue`"


def test_words_follow_the_language() -> None:
    with speaking("zu"):
        assert _("Sign in") == "Ngena"
        assert ngettext("%(num)s unknown", "%(num)s unknowns", 2) == "2 unknowns"
    assert _("Sign in") == "Sign in"
    assert ngettext("%(num)s unknown", "%(num)s unknowns", 1) == "1 unknown"
