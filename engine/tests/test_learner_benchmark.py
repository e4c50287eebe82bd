"""The benchmark of the learner asks every learner the same, and counts categories where there are any."""

from __future__ import annotations

import pytest

from benchmarks.learner import parted, row_of
from benchmarks.learners import MOST_FOR_DIET, PEERS, Labelled, NotMeasured, diet, ours

WATER = ["no water at all today", "the water is brown", "amanzi awekho ekhaya", "water pipe burst again"]
LIGHTS = [
    "no electricity since monday",
    "ugesi awukho",
    "the power is off again",
    "electricity trips all night",
]
HELLO = ["hello", "sawubona", "good morning", "molo"]
OWN = Labelled(
    WATER + LIGHTS + HELLO,
    ["complaint"] * 8 + ["greet"] * 4,
    ["water"] * 4 + ["electricity"] * 4 + [None] * 4,
)


@pytest.mark.parametrize("learner", [ours(False), PEERS["words and pieces (scikit-learn)"]])
def test_what_was_learnt_is_known_and_costs_something(learner):
    answers = learner(OWN, OWN.texts)
    assert answers.labels == OWN.labels
    assert answers.categories[:8] == OWN.categories[:8]
    assert min(answers.training, answers.answering, answers.megabytes) > 0
    assert row_of(learner, [(OWN, OWN)]).startswith("1.000  1.000 ")


def test_sets_without_categories_are_not_asked_for_them():
    outside = Labelled(OWN.texts, OWN.labels)
    assert row_of(ours(False), [(outside, outside)]).split()[:2] == ["1.000", "train"]


def test_each_row_is_asked_once_and_never_learnt_where_it_is_asked():
    asked = []
    for rest, fold in parted(OWN, OWN.labels):
        assert not set(rest.texts) & set(fold.texts)
        assert len(rest.texts) + len(fold.texts) == len(OWN.texts)
        asked += fold.texts
    assert sorted(asked) == sorted(OWN.texts)


def test_rasas_learner_is_not_asked_for_what_takes_it_too_long():
    many = MOST_FOR_DIET + 1
    with pytest.raises(NotMeasured):
        diet(Labelled(["a text"] * many, ["a label"] * many), ["a text"])
