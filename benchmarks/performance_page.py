"""docs/performance.md, written by `python -m benchmarks.run --write`."""

from collections.abc import Sequence
from pathlib import Path

from benchmarks.examples import examples
from benchmarks.report import machine, markdown, tables
from benchmarks.throughput import Measured

FRAME = Path(__file__).with_name("performance.md.in")


def page(sides: Sequence[Measured], rounds: int) -> str:
    """The whole page: the frame with this run's tables in it."""
    stopped = "".join(
        f" {side.name} was stopped at message {side.stopped_at} because the time was up."
        for side in sides
        if side.stopped_at is not None
    )
    return FRAME.read_text(encoding="utf-8").format(
        machine=machine(),
        conversations=len(sides[0].played.conversations) // rounds if sides[0].played else 0,
        examples=sides[0].examples,
        all_examples=len(examples(None)),
        tables="\n".join(markdown(title, rows) for title, rows in tables(sides)),
        stopped=stopped,
    )
