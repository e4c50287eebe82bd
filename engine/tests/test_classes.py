"""The classifier as Rasa holds it: trained, kept and read back, with the encoder and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any, List

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa.engine.storage.local_model_storage import LocalModelStorage
from rasa.engine.storage.resource import Resource
from rasa.shared.nlu.constants import INTENT, TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy import sparse

from engine.components import encoder as encoder_module
from engine.components import features, linear, message_model
from engine.components.classes import MessageClassifier
from engine.components.encoder import DIMENSIONS, KnownVectors, as_bytes
from engine.components.message_model import MessageModel

TEXTS = ["no water here", "the tap is dry", "deep potholes", "hello", "good day", "hi there"]
CLASSES = ["complaint", "complaint", "complaint", "greet", "greet", "greet"]
CATEGORIES = ["water", "water", "roads", None, None, None]


class Encoder:
    """Stands in for the real one: knows that 'xwqj' is a greeting; counts how often it is asked."""

    def __init__(self) -> None:
        self.asked: List[str] = []

    def __call__(self, text: str) -> np.ndarray:
        self.asked.append(text)
        greets = text in TEXTS[3:] or text == "xwqj"
        vector = np.zeros(DIMENSIONS, dtype=np.float32)
        vector[:2] = (0.15, 0.02) if greets else (0.02, 0.15)
        return vector


@pytest.fixture(autouse=True)
def _no_known_vectors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_model, "VECTORS", tmp_path / "none.npz")


@pytest.fixture
def stand_in(monkeypatch: pytest.MonkeyPatch) -> Encoder:
    stand_in = Encoder()
    monkeypatch.setattr(encoder_module, "encoder", lambda: stand_in)
    return stand_in


def classifier(config: Any, storage: LocalModelStorage, trained: bool) -> MessageClassifier:
    resource = Resource("classes")
    if trained:
        return MessageClassifier.load(config, storage, resource, None)  # type: ignore[arg-type]
    return MessageClassifier.create(config, storage, resource, None)  # type: ignore[arg-type]


@pytest.mark.parametrize("with_encoder", [True, False])
def test_it_says_the_same_when_read_back(tmp_path: Path, stand_in: Encoder, with_encoder: bool) -> None:
    examples = [
        Message({TEXT: text, INTENT: name, "metadata": {"intent": {"category": about}} if about else {}})
        for text, name, about in zip(TEXTS, CLASSES, CATEGORIES, strict=False)
    ]
    config, storage = {"encoder": with_encoder}, LocalModelStorage(tmp_path)
    first = classifier(config, storage, trained=False)
    first.train(TrainingData(examples))
    again = classifier(config, storage, trained=True)
    for text in ("no water", "xwqj", "", "!!"):
        said, repeated = (one.process([Message({TEXT: text})])[0].as_dict() for one in (first, again))
        assert said == repeated
    assert bool(stand_in.asked) == with_encoder


def test_the_doubtful_are_asked_and_only_they(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(message_model, "FEW", 0)
    encode = Encoder()
    model = MessageModel.fit(TEXTS * 4, CLASSES * 4, CATEGORIES * 4, encode)
    encode.asked.clear()
    assert model.understand("the tap is dry").message_class.label == "complaint"
    assert model.understand("xwqj", closely=False).message_class.confidence < 0.8
    assert not encode.asked
    assert model.understand("xwqj").message_class.label == "greet"
    assert encode.asked == ["xwqj"]


def test_few_examples_find_how_much_the_encoder_tells(tmp_path: Path) -> None:
    nonsense = [f"{one}{two}" for one in ("qw", "zx", "fj") for two in ("kp", "vb", "dh", "tg")]
    texts = nonsense + [word[::-1] for word in nonsense]
    classes = ["greet"] * len(nonsense) + ["complaint"] * len(nonsense)

    def encode(text: str) -> np.ndarray:
        vector = np.zeros(DIMENSIONS, dtype=np.float32)
        vector[:2] = (0.15, 0.02) if text in nonsense else (0.02, 0.15)
        return vector

    model = MessageModel.fit(texts, classes, [None] * len(texts), encode)
    model.save(tmp_path)
    for one in (model, MessageModel.read(tmp_path, encode)):
        assert one.understand("pkwq").message_class.label == "complaint"
        assert one.understand("pkwq").message_class.confidence > 0.9


def test_a_model_with_vectors_works_where_the_encoder_is_missing(tmp_path: Path) -> None:
    MessageModel.fit(TEXTS, CLASSES, CATEGORIES, Encoder()).save(tmp_path)
    without = MessageModel.fit(TEXTS, CLASSES, CATEGORIES)
    assert MessageModel.read(tmp_path).understand("dry tap") == without.understand("dry tap")


def test_known_vectors_are_not_computed_again(tmp_path: Path) -> None:
    path, encode = tmp_path / "vectors.npz", Encoder()
    known = KnownVectors.read(path)
    rows = known.of(TEXTS, encode)
    known.write(path, TEXTS[:4])
    encode.asked.clear()
    again = KnownVectors.read(path)
    assert again.missing(TEXTS) == 2
    assert np.array_equal(again.of(TEXTS, encode), rows)
    assert encode.asked == TEXTS[4:]
    assert np.allclose(rows[0], encode(TEXTS[0]), atol=0.001)
    assert as_bytes(np.full(DIMENSIONS, 9.0)).max() == 127


@given(st.lists(st.text("abcd e", max_size=30), min_size=1, max_size=8))
def test_a_text_learnt_has_the_vector_that_it_has_when_it_is_asked_about(texts: List[str]) -> None:
    made_of = [features.features_of(text, ["a", "c"][: len(text) % 3], text.split()) for text in texts]
    vocabulary, rows = features.Vocabulary.learn(made_of)
    for one, row in zip(made_of, rows.toarray(), strict=True):
        numbers, values = vocabulary.vector(one)
        asked = np.zeros(len(vocabulary.names))
        asked[numbers] = values
        assert np.allclose(row, asked)
    assert len(set(vocabulary.names)) == len(vocabulary.names)


@pytest.mark.parametrize("frequent", [0, 3, 100])
def test_the_kernel_is_the_product_however_it_is_divided(
    monkeypatch: pytest.MonkeyPatch, frequent: int
) -> None:
    monkeypatch.setattr(linear, "FREQUENT", frequent)
    monkeypatch.setattr(linear, "BLOCK", 5)
    rows = sparse.random(12, 9, density=0.4, format="csr", random_state=7)
    assert np.allclose(linear.kernel_of(rows), (rows @ rows.T).toarray(), atol=1e-6)


@given(st.integers(min_value=0, max_value=10_000))
def test_a_solution_with_more_beside_it_is_the_solution_of_the_whole(seed: int) -> None:
    chance = np.random.default_rng(seed)
    plain, beside = chance.normal(size=(30, 12)), chance.normal(size=(30, 4)).astype(np.float32)
    kernel = (plain @ plain.T).astype(np.float32)
    answers = [str(number) for number in [0, 1, 2, *chance.integers(0, 3, 27)]]
    solution = linear.Solution.of(kernel, answers, 0.5)
    more, whole = solution.beside(beside), linear.Solution.of(kernel + beside @ beside.T, answers, 0.5)
    assert np.allclose(more.dual, whole.dual, rtol=0.02, atol=0.02)
    assert np.allclose(more.left_out(), whole.left_out(), rtol=0.05, atol=0.05)
    assert whole.labels == sorted(set(answers))
