"""Stages of a case."""

from typing import get_args

import pytest

from crm_store.domain.cases import (
    STAGES,
    Hand,
    Stage,
    clock_runs,
    hand_of,
    is_confidential,
    is_open,
    may_move,
    priority_of,
)
from crm_store.domain.municipality import load_region
from tests.domain.conftest import MUNICIPALITIES


def test_moves() -> None:
    assert may_move("new", "assigned")
    assert may_move("resolved", "reopened")
    assert may_move("closed", "reopened")
    assert not may_move("closed", "in_progress")
    assert not may_move("in_progress", "new")
    for stage in get_args(Stage):
        assert not may_move(stage, stage)
        assert any(may_move(stage, other) for other in get_args(Stage))


def test_the_clock_pauses_only_while_the_citizen_owes_an_answer() -> None:
    stopped = {stage for stage in STAGES if not clock_runs(stage)}  # type: ignore[arg-type]
    assert stopped == {"waiting_for_citizen", "resolved", "closed"}
    assert is_open("waiting_for_citizen")
    assert not is_open("resolved")


def test_priority() -> None:
    assert priority_of("complaint", emergency=True) == "emergency"
    assert priority_of("dispute", emergency=False) == "high"
    assert priority_of("query", emergency=False) == "normal"


@pytest.mark.parametrize(
    ("current", "new", "hand", "may"),
    [
        ("new", "resolved", "agent", True),
        ("new", "resolved", "system", True),
        ("new", "resolved", "citizen", False),
        ("new", "resolved", "bot", False),
        ("new", "closed", "citizen", True),
        ("waiting_for_citizen", "in_progress", "citizen", True),
        ("assigned", "in_progress", "citizen", False),
        ("resolved", "reopened", "citizen", True),
        ("resolved", "reopened", "system", False),
        ("closed", "reopened", "agent", False),
        ("closed", "reopened", "supervisor", True),
        ("closed", "reopened", "citizen", True),
        ("referred", "new", "agent", True),
        ("assigned", "new", "supervisor", False),
    ],
)
def test_who_may_make_a_move(current: Stage, new: Stage, hand: Hand, may: bool) -> None:
    assert may_move(current, new, hand) is may


@pytest.mark.parametrize(
    ("actor", "role", "hand"),
    [
        ("citizen", None, "citizen"),
        ("system", None, "system"),
        ("agent:thandi", None, "agent"),
        ("agent:thandi", "agent", "agent"),
        ("agent:thandi", "supervisor", "supervisor"),
        ("agent:thandi", "administrator", "supervisor"),
        ("agent:console", None, "supervisor"),
    ],
)
def test_whose_hand_an_actor_is(actor: str, role: str | None, hand: Hand) -> None:
    assert hand_of(actor, role) == hand


def test_what_is_confidential() -> None:
    region = load_region(MUNICIPALITIES / "ilembe.yml")
    assert is_confidential(region, "complaint", "corruption")
    assert is_confidential(region, "query", "staff")
    assert not is_confidential(region, "compliment", "staff")
    assert not is_confidential(region, "complaint", "roads")
