"""Figures, pictures and comparison of an evaluation, on eight messages that can be counted by hand."""

from __future__ import annotations

import json
import xml.dom.minidom
from pathlib import Path
from typing import List, Optional

import pytest

from engine.evaluation import kept_file, read_kept
from engine.examples import Example
from engine.pictures import confusion_svg, reliability_svg, write_page
from engine.scores import Judged, calibration, differences, figures_of
from engine.start import EngineError


def judged(
    truth: str, said: str, sure: float, language: str, category: Optional[str] = None, told: str = ""
) -> Judged:
    example = Example("some text", truth, category, language, ())
    return Judged(example, said, sure, told or None, 0.8, "zu" if language == "mixed" else language)


@pytest.fixture
def messages() -> List[Judged]:
    return [
        judged("complaint", "complaint", 0.95, "en", "water", "water"),
        judged("complaint", "complaint", 0.95, "zu", "water", "roads"),
        judged("complaint", "query", 0.95, "zu", "roads", "roads"),
        judged("query", "query", 0.5, "en", "roads", "roads"),
        judged("query", "complaint", 0.5, "mixed", "water", "water"),
        judged("query", "query", 0.5, "mixed", "roads", "roads"),
        judged("greet", "greet", 0.95, "zu"),
        judged("greet", "greet", 0.8, "zu"),
    ]


def test_shares_by_language(messages: List[Judged]) -> None:
    figures = figures_of(messages)
    assert figures["class"]["right"] == {"all": 0.75, "en": 1.0, "zu": 0.75, "mixed": 0.5}
    assert figures["category"]["right"] == {"all": 0.8333, "en": 1.0, "zu": 0.5, "mixed": 1.0}
    assert figures["language"]["right"] == {"all": 0.75, "en": 1.0, "zu": 1.0, "mixed": 0.0}


def test_a_row_for_each_label(messages: List[Judged]) -> None:
    labels = figures_of(messages)["class"]["labels"]
    assert labels["complaint"] == {"recall": 0.6667, "precision": 0.6667, "f1": 0.6667, "messages": 3}
    assert labels["greet"] == {"recall": 1.0, "precision": 1.0, "f1": 1.0, "messages": 2}
    assert list(figures_of(messages)["category"]["labels"]) == ["roads", "water"]


def test_a_language_without_messages_has_no_share(messages: List[Judged]) -> None:
    english = figures_of([one for one in messages if one.example.language == "en"])
    assert english["class"]["right"] == {"all": 1.0, "en": 1.0}


def test_calibration_counts_the_distance_over_the_messages(messages: List[Judged]) -> None:
    told = figures_of(messages)["class"]["calibration"]
    assert [(band["stated"], band["right"], band["messages"]) for band in told["bands"]] == [
        (0.5, 0.6667, 3),
        (0.8, 1.0, 1),
        (0.95, 0.75, 4),
    ]
    assert told["ece"] == pytest.approx((3 * 0.16667 + 1 * 0.2 + 4 * 0.2) / 8, abs=1e-4)
    assert calibration([(1.0, True), (1.0, True)])["ece"] == 0
    assert calibration([]) == {"bands": [], "ece": 0.0}


def test_differences_say_what_is_better_and_what_is_worse(messages: List[Judged]) -> None:
    before = figures_of(messages)
    assert differences(before, before) == [f"same    {name}" for name in SAME]
    improved = [*messages[:2], messages[2]._replace(message_class="complaint"), *messages[3:]]
    lines = differences(figures_of(improved), before)
    assert "better  class, all: 75.0% > 87.5%" in lines
    assert "better  class, zu: 75.0% > 100.0%" in lines
    assert "WORSE   class, all: 87.5% > 75.0%" in differences(before, figures_of(improved))
    assert not [line for line in lines if "class, en" in line or "greet" in line]
    assert "new     class greet (F1): 100.0%" in differences(before, {"class": {"right": {}, "labels": {}}})


SAME = ("class, all: 75.0%", "category, all: 83.3%", "language, all: 75.0%")


def test_the_picture_of_confusions_has_each_count_in_its_place(messages: List[Judged]) -> None:
    picture = xml.dom.minidom.parseString(confusion_svg(figures_of(messages)["class"]["confusions"]))
    cells = {title.firstChild.data for title in picture.getElementsByTagName("title")}
    assert cells == {
        "complaint > complaint: 2",
        "complaint > query: 1",
        "query > complaint: 1",
        "query > query: 2",
        "greet > greet: 2",
    }
    places = {
        rect.getElementsByTagName("title")[0].firstChild.data: (
            rect.getAttribute("x"),
            rect.getAttribute("y"),
        )
        for rect in picture.getElementsByTagName("rect")
        if rect.getElementsByTagName("title")
    }
    # in the order of the alphabet: complaint, greet, query; across what was said, down what it is
    assert places["complaint > query: 1"] == ("188", "120")
    assert places["query > complaint: 1"] == ("120", "188")


def test_the_reliability_picture_has_a_point_for_each_band(messages: List[Judged]) -> None:
    picture = xml.dom.minidom.parseString(reliability_svg(figures_of(messages)["class"]["calibration"]))
    points = [(p.getAttribute("cx"), p.getAttribute("cy")) for p in picture.getElementsByTagName("circle")]
    assert points == [("196.0", "146.0"), ("286.0", "46.0"), ("331.0", "121.0")]


def test_the_page_has_tables_pictures_and_differences(tmp_path: Path, messages: List[Judged]) -> None:
    entities = {"month": {"recall": 1.0, "precision": 0.5, "marked": 7}}
    lines = ["WORSE   class, all: 80.0% > 75.0%"]
    page = write_page(tmp_path / "new", "Held-out <test>", figures_of(messages), entities, lines)
    text = page.read_text(encoding="utf-8")
    for piece in ("Held-out &lt;test&gt;", "<td>83.3%</td>", lines[0].replace(">", "&gt;")):
        assert piece in text
    assert "<td>month</td><td>100.0%</td><td>50.0%</td><td>7</td>" in text
    for name in ("confusion-class", "confusion-category", "reliability-class", "reliability-category"):
        assert f'src="{name}.svg"' in text
        assert (page.parent / f"{name}.svg").exists()


def test_kept_figures_are_read_back_and_a_broken_file_says_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "kept-figures.json"
    assert read_kept(path) == {}
    path.write_text(json.dumps({"test": {"messages": 8}}), encoding="utf-8")
    assert read_kept(path) == {"test": {"messages": 8}}
    path.write_text("{", encoding="utf-8")
    with pytest.raises(EngineError, match="keep figures again"):
        read_kept(path)


def test_kept_figures_lie_beside_the_models_also_where_one_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = tmp_path / "phendula-20260101000000-aaaa.tar.gz"
    model.write_text("a model")
    for named in (tmp_path, model):
        monkeypatch.setenv("PHENDULA_MODELS", str(named))
        assert kept_file() == tmp_path / "kept-figures.json"
