"""Every measure of the report is defined, and has its words in both languages."""

import pytest

from crm_store.reports.measures import measures
from crm_store.texts import label
from tests.store_fixtures import ROOT

DOCS = (ROOT / "docs/measures.md").read_text(encoding="utf-8")
NAMES = [measure.name for measure in measures(4)]


@pytest.mark.parametrize("name", NAMES)
def test_it_is_defined_and_named(name):
    step = name.startswith("escalated_")
    assert f"`{'escalated_N' if step else name}`" in DOCS
    english, zulu = (label("measure", "at_step" if step else name, language) for language in ("en", "zu"))
    assert english != name
    assert zulu != english


def test_nothing_else_is_defined():
    table = DOCS.partition("## The measures")[2]
    defined = {word for line in table.splitlines() if line.startswith("| `") for word in _names(line)}
    assert defined == {*(name for name in NAMES if not name.startswith("escalated_")), "escalated_N"}


def _names(line):
    return line.split("|")[1].replace("`", "").replace(" ", "").split(",")
