"""Languages that we do not answer in are noticed; isiZulu and English are never taken for one of them."""

from __future__ import annotations

from collections import Counter
from typing import Optional

import pytest

from engine.components.other_languages import other_language
from engine.examples import read_examples
from engine.training import nlu_files


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Molweni, asinamanzi apha ekhaya kutheni", "xho"),
        ("ndicela uncedo ngombane", "xho"),
        ("inkunkuma ayikathathwa kule veki iphelileyo", "xho"),
        ("Dumelang, ha re na metsi", "sot"),
        ("ga re na motlakase", "sot"),
        ("Goeie more, ons het nie water nie", "afr"),
        ("wanneer kom die vullis trok", "afr"),
        ("Sicela emanti, kute emanti lapha", "ssw"),
        ("Lotjhani, nginomraro wamanzi", "nbl"),
    ],
)
def test_noticed(text: str, language: str) -> None:
    assert other_language(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "",
        "41006273 02214",
        "sawubona, ngicela usizo",
        "amanzi awekho kusukela izolo",
        "no water in my street",
        "the van is op die corner",
        "dankie, my light is fixed",
        "Mr van der Merwe was helpful",
        "enkosi",
        "more water please",
    ],
)
def test_ours_or_not_to_be_told(text: str) -> None:
    assert other_language(text) is None


def test_our_examples_are_ours() -> None:
    examples = read_examples(nlu_files())
    wrong: "Counter[Optional[str]]" = Counter(
        one.language for one in examples if other_language(one.text) and one.intent != "change_language"
    )
    assert wrong["zu"] <= 0.002 * sum(one.language == "zu" for one in examples)
    assert sum(wrong.values()) <= 0.002 * len(examples)
