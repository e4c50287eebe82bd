"""Every job that is asked for is one that the worker knows, and the other way round."""

import ast

from crm_store import queue
from tests.house.source import PACKAGES, modules

OF_PROCRASTINATE = "builtin:"


def deferred_names():
    """The constant task names in defer(session, "…") and configure_task("…")."""
    for package in PACKAGES:
        for _, tree in modules(package):
            for node in ast.walk(tree):
                if isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1] in (
                    "defer",
                    "configure_task",
                ):
                    yield from (
                        argument.value
                        for argument in node.args
                        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
                    )


def test_the_worker_knows_every_task_that_is_deferred():
    import bot.tasks  # registers them
    import phendula.trainer

    assert bot.tasks
    assert phendula.trainer
    known = {name for name in queue.app.tasks if not name.startswith(("builtin", "procrastinate."))}
    periodic = {task.task.name for task in queue.app.periodic_registry.periodic_tasks.values()}
    assert set(deferred_names()) <= known
    assert known - periodic == set(deferred_names())
