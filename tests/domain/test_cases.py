"""Stages of a case."""

from typing import get_args

from crm_store.domain.cases import STAGES, Stage, clock_runs, is_open, may_move, priority_of


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
