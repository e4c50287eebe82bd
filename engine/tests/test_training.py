"""What is trained when, and what is left when training breaks off."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, List

import pytest

from engine import training
from engine.components.message_model import MessageModel
from engine.examples import read_examples
from engine.start import EngineError

TESTS = Path(__file__).parent


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house of its own, in which training only writes a file."""
    for name in ("nlu_data", "stories", "engine"):
        (tmp_path / name).mkdir()
    (tmp_path / "domain.yml").write_text("intents: []")
    (tmp_path / "config.yml").write_text("pipeline: []")
    (tmp_path / "nlu_data" / "one.yml").write_text("nlu: []")
    (tmp_path / "stories" / "one.yml").write_text("rules: []")
    (tmp_path / "engine" / "one.py").write_text("")
    monkeypatch.setattr(training, "ROOT", tmp_path)
    monkeypatch.setattr(training, "DOMAIN", tmp_path / "domain.yml")
    monkeypatch.setattr(training, "CONFIG", tmp_path / "config.yml")

    def train_into(out: Path, name: str, examples: Any) -> Path:
        (out / name).write_text("a model")
        return out / name

    monkeypatch.setattr(training, "_train_into", train_into)
    return tmp_path


def models(house: Path) -> List[str]:
    return sorted(path.name for path in (house / "models").glob("*.tar.gz"))


def test_nothing_changed_nothing_trained(house: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = training.train_model(house / "models")
    assert training.train_model(house / "models") == first
    assert "up to date" in capsys.readouterr().out
    assert models(house) == [first.name]


@pytest.mark.parametrize(
    "changed",
    [
        "domain.yml",
        "config.yml",
        "nlu_data/one.yml",
        "stories/one.yml",
        "engine/one.py",
        "nlu_data/two.yml",
    ],
)
def test_each_change_is_seen(house: Path, changed: str) -> None:
    before = training.fingerprint()
    (house / changed).write_text("changed")
    assert training.fingerprint() != before


def test_tests_and_folders_of_examples_do_not_count(house: Path) -> None:
    before = training.fingerprint()
    (house / "engine" / "tests").mkdir()
    (house / "engine" / "tests" / "test_one.py").write_text("x")
    (house / "nlu_data" / "heldout").mkdir()
    (house / "nlu_data" / "heldout" / "one.yml").write_text("x")
    assert training.fingerprint() == before


def test_the_last_three_models_are_kept(house: Path) -> None:
    (house / "models").mkdir()
    for day in range(1, 6):
        (house / "models" / f"phendula-2020010{day}000000-old.tar.gz").write_text("old")
    newest = training.train_model(house / "models")
    assert models(house) == [
        "phendula-20200104000000-old.tar.gz",
        "phendula-20200105000000-old.tar.gz",
        newest.name,
    ]


def test_a_crash_leaves_the_old_model(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old = training.train_model(house / "models")
    (house / "domain.yml").write_text("changed")

    def crash(out: Path, name: str, examples: Any) -> Any:
        (out / ".training-1").mkdir()
        raise RuntimeError("power cut")

    monkeypatch.setattr(training, "_train_into", crash)
    with pytest.raises(RuntimeError):
        training.train_model(house / "models")
    assert training.newest_model(house / "models") == old


def test_a_house_without_stories_says_so(house: Path) -> None:
    (house / "stories" / "one.yml").unlink()
    with pytest.raises(EngineError, match="stories"):
        training.train_model(house / "models")


def test_a_model_read_back_understands_the_same(tmp_path: Path) -> None:
    model = MessageModel.fit(
        ["no water here", "hello", "potholes everywhere", "the tap is dry", "good day"],
        ["complaint", "greet", "complaint", "complaint", "greet"],
        ["water", None, "roads", "water", None],
    )
    model.save(tmp_path)
    again = MessageModel.read(tmp_path)
    for text in ("water", "hello there", "a pothole", "\U0001f600", "zzz"):
        assert again.understand(text) == model.understand(text)


def test_what_nobody_taught_is_no_confident_guess() -> None:
    model = MessageModel.fit(
        ["no water here", "hello", "potholes everywhere", "good day"],
        ["complaint", "greet", "complaint", "greet"],
        [None] * 4,
    )
    assert model.understand("\u0645\u0631\u062d\u0628\u0627").message_class.confidence == 0.5


def test_no_text_of_the_tests_was_learnt() -> None:
    """Else the tests would show memory, not understanding."""

    def bare(text: str) -> str:
        return re.sub(r"\W+", " ", text).strip().lower()

    learnt = {bare(one.text) for one in read_examples(training.nlu_files())}
    for path in (TESTS / "test_language.py", TESTS / "test_emergencies.py"):
        for text in re.findall(r'"([^"\n]{16,})"', path.read_text(encoding="utf-8")):
            assert bare(text) not in learnt, text
