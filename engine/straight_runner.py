"""Runs a model's graph in an order that is found once, where Rasa has dask plan it anew for every message.

A message passes the graph three or more times: once to be understood, once for each action that is predicted.
Dask copies, checks, orders and schedules a dozen nodes each time, with locks and futures of its own.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional, Text, Tuple

from rasa.engine.exceptions import GraphRunError
from rasa.engine.graph import ExecutionContext, GraphNode, GraphNodeHook, GraphSchema
from rasa.engine.runner.interface import GraphRunner
from rasa.engine.storage.storage import ModelStorage

# Each node with those it needs, which stand before it or come from outside.
Order = List[Tuple[Text, List[Text]]]


class StraightGraphRunner(GraphRunner):
    """As `DaskGraphRunner`: the same nodes with the same inputs, one after the other."""

    def __init__(self, graph_schema: GraphSchema, nodes: Dict[Text, GraphNode]) -> None:
        self._graph_schema = graph_schema
        self._nodes = nodes
        self._orders: Dict[Tuple[Text, ...], Order] = {}

    @classmethod
    def create(
        cls,
        graph_schema: GraphSchema,
        model_storage: ModelStorage,
        execution_context: ExecutionContext,
        hooks: Optional[List[GraphNodeHook]] = None,
    ) -> StraightGraphRunner:
        """Loads every component, as Rasa does."""
        nodes = {
            name: GraphNode.from_schema_node(name, node, model_storage, execution_context, hooks)
            for name, node in graph_schema.nodes.items()
        }
        return cls(graph_schema, nodes)

    def run(
        self, inputs: Optional[Dict[Text, Any]] = None, targets: Optional[List[Text]] = None
    ) -> Dict[Text, Any]:
        """What the targets (none: those of the schema) give for the inputs."""
        wanted = tuple(targets or self._graph_schema.target_names)
        if wanted not in self._orders:
            self._orders[wanted] = _order_of(self._graph_schema, wanted)
        done: Dict[Text, Any] = {name: (name, value) for name, value in (inputs or {}).items()}
        for name, needs in self._orders[wanted]:
            if name in done:
                raise GraphRunError(f"The input '{name}' has the name of a node.")
            done[name] = self._nodes[name](*[done.get(need, need) for need in needs])
        return dict(done[name] for name in wanted)


def _order_of(schema: GraphSchema, targets: Tuple[Text, ...]) -> Order:
    needed = schema.minimal_graph_schema(list(targets)).nodes
    order: Order = []
    placed = set()

    def place(name: Text) -> None:
        if name in placed or name not in needed:  # not there: an input of the run
            return
        placed.add(name)
        needs = list(needed[name].needs.values())
        for need in needs:
            place(need)
        order.append((name, needs))

    for name in needed:
        place(name)
    return order
