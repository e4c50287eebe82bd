"""The graph run in a fixed order gives what dask's gives."""

from __future__ import annotations

from typing import Any, ClassVar, Dict, List

import pytest
from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphComponent, GraphSchema, SchemaNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.local_model_storage import LocalModelStorage

from engine.straight_runner import StraightGraphRunner


class Adding(GraphComponent):
    """Adds a number to what it is given, and tells that it ran."""

    ran: ClassVar[List[int]] = []

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {"number": 0}

    def __init__(self, number: int) -> None:
        self.number = number

    @classmethod
    def create(cls, config: Any, model_storage: Any, resource: Any, execution_context: Any) -> Adding:
        return cls(config["number"])

    def add(self, one: int, other: int = 0) -> int:
        self.ran.append(self.number)
        return one + other + self.number


def node(number: int, target: bool = False, **needs: str) -> SchemaNode:
    return SchemaNode(needs, Adding, "create", "add", {"number": number}, is_target=target)


# Written backwards: the order is found, not given.
SCHEMA = GraphSchema(
    {
        "last": node(1000, target=True, one="left", other="right"),
        "right": node(100, one="first"),
        "left": node(10, one="first"),
        "first": node(1, one="given"),
        "aside": node(5, target=True, one="given"),
    }
)


@pytest.fixture(params=[DaskGraphRunner, StraightGraphRunner])
def runner(request: pytest.FixtureRequest, tmp_path: Any) -> GraphRunner:
    context = ExecutionContext(SCHEMA, "model")
    return request.param.create(SCHEMA, LocalModelStorage.create(tmp_path), context)


def test_targets_get_what_they_need(runner: GraphRunner) -> None:
    assert runner.run({"given": 0}, ["last"]) == {"last": 1112}
    assert runner.run({"given": 7}, ["last"]) == {"last": 1126}
    assert runner.run({"given": 2}) == {"last": 1116, "aside": 7}


def test_only_what_is_needed_runs_and_once(runner: GraphRunner) -> None:
    Adding.ran.clear()
    runner.run({"given": 0}, ["last"])
    assert sorted(Adding.ran) == [1, 10, 100, 1000]


def test_an_input_may_not_have_a_nodes_name(runner: GraphRunner) -> None:
    with pytest.raises(GraphRunError):
        runner.run({"given": 1, "first": "first"}, ["last"])


def test_a_missing_input_is_told(runner: GraphRunner) -> None:
    with pytest.raises(GraphRunError):
        runner.run({}, ["last"])
