"""Comparing two models: counts by hand, exact probabilities, and a gate that looks at every class."""

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.comparison import (
    Judged,
    Meaning,
    Row,
    changes,
    compare,
    gate,
    interval,
    mcnemar,
    row_of,
    verdict,
)


def message(truth, before, after, language="zu", **more):
    """One complaint or other: 'complaint/water' for each of the three."""

    def meaning(text):
        message_class, _, category = text.partition("/")
        return Meaning(message_class, category or None, language)

    return Judged(meaning(truth), meaning(before) if before else None, meaning(after), **more)


def test_the_counts_of_eight_messages():
    judged = [
        message("complaint/water", "complaint/water", "complaint/water"),
        message("complaint/water", "complaint/roads", "complaint/water"),
        message("complaint/roads", "query/roads", "complaint/roads", "en"),
        message("complaint/roads", "complaint/roads", "query/roads", "en"),
        message("query/water", "query/water", "query/roads", "mixed"),
        message("greet", "greet", "greet", "en"),
        message("greet", "thanks", "greet"),
        message("greet", "thanks", "thanks"),
    ]
    figures = compare(judged)
    assert (Row(**figures["class"]["all"]).before, Row(**figures["class"]["all"]).after) == (5, 6)
    complaint = Row(**figures["class"]["labels"]["complaint"])
    assert (complaint.messages, complaint.gained, complaint.lost) == (4, 1, 1)
    assert Row(**figures["category"]["all"]).messages == 5, "a greeting has no category"
    assert Row(**figures["category"]["languages"]["mixed"]).points == -100
    assert ["greet", "thanks", 2, 1] in figures["class"]["confusions"]
    assert figures["class"]["confusions"][0][:2] == ["greet", "thanks"]


def test_without_a_model_in_service_there_is_nothing_to_fall():
    figures = compare([message("greet", None, "thanks")] * 30)
    assert figures["class"]["all"]["before"] is None
    assert gate("held_out", figures, 0) == []
    assert verdict(Row(**figures["class"]["all"])) == "first"


@given(st.integers(0, 40), st.integers(0, 40))
def test_mcnemar_is_the_sign_test(gained, lost):
    p = mcnemar(gained, lost)
    assert 0 < p <= 1
    assert p == mcnemar(lost, gained)
    differing = gained + lost
    as_far = sum(
        comb(differing, k) for k in range(differing + 1) if abs(2 * k - differing) >= abs(gained - lost)
    )
    assert p == pytest.approx(as_far / 2**differing)


def test_known_probabilities():
    assert mcnemar(0, 0) == 1
    assert mcnemar(5, 0) == 2 / 32
    assert mcnemar(10, 2) == pytest.approx(0.0386, abs=1e-4)


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 500))
def test_the_interval_holds_the_difference_and_turns_with_the_sides(gained, lost, alike):
    messages = gained + lost + alike
    low, high = interval(gained, lost, messages)
    assert -1 <= low <= high <= 1
    if messages:
        middle = (gained - lost) / (messages + 2)
        assert low <= middle <= high
        assert interval(lost, gained, messages) == pytest.approx((-high, -low))


pairs = st.lists(st.tuples(st.booleans(), st.booleans()), min_size=1, max_size=200)


@given(pairs)
def test_a_row_adds_up(given_pairs):
    row = row_of(given_pairs)
    assert row.messages == len(given_pairs)
    assert row.after - row.before == row.gained - row.lost
    assert row.points == pytest.approx(100 * (row.after - row.before) / row.messages)


labels = st.sampled_from(["complaint", "query", "dispute", "greet"])
some_messages = st.lists(
    st.tuples(labels, labels, labels, st.sampled_from(["en", "zu", "mixed"])), min_size=1, max_size=120
)


@given(some_messages, st.floats(0, 100))
def test_whatever_falls_further_than_the_margin_is_named(rows, margin):
    judged = [message(*row) for row in rows]
    falls = gate("held_out", compare(judged), margin)
    named = {fall.label for fall in falls if fall.question == "class"}
    for label in {truth for truth, *_ in rows} | {language for *_, language in rows}:
        own = [one for one in judged if label in (one.truth.message_class, one.truth.language)]
        before = sum(one.right("class")[0] for one in own)
        after = sum(one.right("class")[1] for one in own)
        falls_far = before - after >= 2 and 100 * (before - after) / len(own) > margin
        assert (label in named) == falls_far
    assert all(fall.points > margin for fall in falls)


def test_a_class_that_falls_hides_behind_no_gain_elsewhere():
    judged = [message("query", "complaint", "query")] * 50 + [message("dispute", "dispute", "complaint")] * 3
    judged += [message("dispute", "dispute", "dispute")] * 7
    figures = compare(judged)
    assert verdict(Row(**figures["class"]["all"])) == "better"
    (fall,) = gate("held_out", figures, 5)
    assert (fall.label, fall.points) == ("dispute", 30)
    assert gate("held_out", figures, 30) == [], "the margin itself is allowed"


def test_changes_name_live_messages_that_got_better_or_worse_and_no_others():
    judged = [
        message("complaint/water", "query/water", "complaint/water", message_id="better"),
        message("complaint/water", "complaint/water", "query/water", message_id="worse", learnt=True),
        message("complaint/water", "complaint/water", "complaint/water", message_id="alike"),
        message("complaint/water", "query/water", "greet/water", message_id="wrong both times"),
        message("complaint/water", "query/water", "complaint/water"),
    ]
    assert [(one["message_id"], one["better"], one["learnt"]) for one in changes(judged)] == [
        ("worse", False, True),
        ("better", True, False),
    ]


@pytest.mark.parametrize(
    ("gained", "lost", "said"), [(9, 1, "better"), (1, 9, "worse"), (3, 1, "no_difference")]
)
def test_chance_is_called_no_difference(gained, lost, said):
    assert verdict(row_of([(False, True)] * gained + [(True, False)] * lost + [(True, True)] * 80)) == said
