"""The product's learner, and what it is measured beside: two simpler ways, and Rasa's own."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).resolve().parent.parent
STOCK = ROOT / "benchmarks" / "stock"
STOCK_PYTHON = STOCK / ".venv" / "bin" / "python"
EPOCHS = 100  # Rasa's default
# It takes some 5 ms of CPU a text and epoch: for nine thousand more than an hour of a core that is quiet.
MOST_FOR_DIET = 2500


class Labelled(NamedTuple):
    """Texts with what they are and, in our own examples, what they are about."""

    texts: list[str]
    labels: list[str]
    categories: list[str | None] | None = None


class Answers(NamedTuple):
    """What a learner says of each text, and what it cost: CPU seconds, and the model's megabytes."""

    labels: list[str]
    categories: list[str | None]
    training: float
    answering: float
    megabytes: float


# Learns the first, answers the second.
Learner = Callable[[Labelled, Sequence[str]], Answers]


class NotMeasured(Exception):
    """This learner cannot be measured here; the message says why."""


Vectors = Callable[[Sequence[str]], Any]


def ours(encoded: bool) -> Learner:
    """The class that the engine trains."""

    def learn(train: Labelled, texts: Sequence[str]) -> Answers:
        from engine.components.encoder import encoder
        from engine.components.message_model import MessageModel

        encode = encoder() if encoded else None
        started = time.process_time()
        about = train.categories or [None] * len(train.texts)
        model = MessageModel.fit(train.texts, train.labels, about, encode)
        trained = time.process_time()
        understood = [model.understand(text) for text in texts]
        answered = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            model.save(Path(folder))
            size = sum(path.stat().st_size for path in Path(folder).iterdir()) / 2**20
        return Answers(
            [one.message_class.label for one in understood],
            [one.category.label if one.category else None for one in understood],
            trained - started,
            answered - trained,
            size,
        )

    return learn


def words_and_pieces(train: Labelled, texts: Sequence[str]) -> Answers:
    """TF-IDF of words, pairs of words and pieces of words, and a linear SVM: scikit-learn as it comes."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.pipeline import make_union
    from sklearn.svm import LinearSVC

    def fit(learnt: Sequence[str]) -> tuple[Any, Vectors]:
        blocks = make_union(
            TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True),
            TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
        )
        return blocks.fit_transform(learnt), lambda asked: blocks.transform(asked)

    return _linear(fit, LinearSVC, train, texts)


def encoder_alone(train: Labelled, texts: Sequence[str]) -> Answers:
    """The encoder's vectors, centred and of one length, and logistic regression."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    from engine.components.encoder import VECTORS, KnownVectors, encoder

    encode = encoder()
    if encode is None:
        raise NotMeasured("the encoder is not installed, or cannot run on this processor")

    def fit(learnt: Sequence[str]) -> tuple[Any, Vectors]:
        raw = KnownVectors.read(VECTORS).of(learnt, encode)
        centre = raw.mean(0)

        def directed(vectors: Any) -> Any:
            return (vectors - centre) / np.linalg.norm(vectors - centre, axis=1, keepdims=True)

        return directed(raw), lambda asked: directed(np.array([encode(text) for text in asked]))

    return _linear(fit, lambda: LogisticRegression(C=30, max_iter=1000), train, texts)


def _linear(
    fit: Callable[[Sequence[str]], tuple[Any, Vectors]],
    machine: Callable[[], Any],
    train: Labelled,
    texts: Sequence[str],
) -> Answers:
    """Answers of one machine for the class and one for the category, on the vectors that `fit` makes."""
    from engine.components.message_model import CLASSES_WITH_CATEGORY, UNSAID

    started = time.process_time()
    learnt, vectors = fit(train.texts)
    classes, categories = machine().fit(learnt, train.labels), None
    if train.categories:
        rows = [row for row, label in enumerate(train.labels) if label in CLASSES_WITH_CATEGORY]
        categories = machine().fit(learnt[rows], [train.categories[row] or UNSAID for row in rows])
    trained = time.process_time()
    labels: list[str] = []
    about: list[str | None] = []
    for text in texts:  # one at a time, as messages come
        asked = vectors([text])
        labels += classes.predict(asked).tolist()
        about += categories.predict(asked).tolist() if categories else [None]
    answered = time.process_time()
    size = len(pickle.dumps((classes, categories))) / 2**20
    return Answers(labels, about, trained - started, answered - trained, size)


def diet(train: Labelled, texts: Sequence[str]) -> Answers:
    """Rasa's DIET with its usual sparse featurizers, in the stock assistant's environment.

    Its megabytes are those of the process: nearly all of it is TensorFlow.
    """
    if not STOCK_PYTHON.exists():
        raise NotMeasured("no environment; `uv sync --project benchmarks/stock` makes it")
    if len(train.texts) > MOST_FOR_DIET:
        raise NotMeasured(f"{len(train.texts)} texts and {EPOCHS} epochs would take more than an hour")
    job = {"texts": train.texts, "labels": train.labels, "epochs": EPOCHS, "asked": list(texts)}
    ran = subprocess.run(
        [STOCK_PYTHON, STOCK / "diet.py"],
        input=json.dumps(job),
        env={**os.environ, "TF_CPP_MIN_LOG_LEVEL": "3"},
        capture_output=True,
        text=True,
    )
    if ran.returncode:
        raise NotMeasured(ran.stderr[-500:])
    told = json.loads(ran.stdout)
    answering = told["answer_ms"] * len(texts) / 1000
    none: list[str | None] = [None] * len(texts)
    return Answers(told["labels"], none, told["train_seconds"], answering, told["megabytes"])


PEERS: dict[str, Learner] = {
    "words and pieces (scikit-learn)": words_and_pieces,
    "encoder alone": encoder_alone,
    "DIET": diet,
}
