"""`make bench`: the same conversations through Phendula's real processes and through a stock Rasa assistant.

python -m benchmarks.run [--examples N|all] [--write] [--only phendula|stock] [--rounds N] [--long-history N]
"""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks import models
from benchmarks.performance_page import page
from benchmarks.report import machine, plain, tables
from benchmarks.scripts import learnt_by_heart, scripts
from benchmarks.sides import Side
from benchmarks.sides.children import DidNotStart
from benchmarks.sides.product import Product
from benchmarks.sides.stock import Stock
from benchmarks.throughput import Measured, measure
from phendula.places import ROOT

PAGE = ROOT / "docs" / "performance.md"
FIGURES = ROOT / "var" / "benchmarks" / "figures.json"


def main(arguments: list[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.run", description=__doc__)
    models.add_examples_option(parser)
    parser.add_argument("--only", choices=("phendula", "stock"), help="measure one side only")
    parser.add_argument(
        "--rounds", type=int, default=3, help="play the 60 conversations so many times (default 3)"
    )
    parser.add_argument("--long-history", type=int, default=1000, help="one person's messages (default 1000)")
    parser.add_argument(
        "--cap-seconds", type=float, default=300, help="time for one person's messages (default 300)"
    )
    parser.add_argument("--write", action="store_true", help="write docs/performance.md")
    parser.add_argument("--transcript", type=Path, metavar="FILE", help="write what was said and answered")
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that what we started is stopped then, too
    repeated = learnt_by_heart()
    if repeated:
        print(
            "These sentences stand among the training examples too:", *repeated, sep="\n  ", file=sys.stderr
        )
        return 1
    try:
        sides = run(options)
    except (DidNotStart, models.TrainingError) as error:
        print(error, file=sys.stderr)
        return 1
    write_figures(sides)
    if options.transcript:
        options.transcript.write_text(transcript(sides), encoding="utf-8")
    if options.write:
        PAGE.write_text(page(sides, options.rounds), encoding="utf-8")
        print(f"Written: {PAGE.relative_to(ROOT)}")
    return 0


def run(options: argparse.Namespace) -> list[Measured]:
    """Trains what is missing, says what will come, measures and shows. Raises TrainingError, DidNotStart."""
    learnt = models.prepared_examples(options.examples)
    both = options.only is None
    if both and not models.stock_model(learnt).exists():
        count = models.count_in(learnt)
        print(
            f"Stock Rasa has no model from these {count:,} examples yet, so that three things will come:\n"
            "  1. Phendula alone, one round: two minutes\n"
            f"  2. stock Rasa trains: {models.duration(count)}; its model is kept\n"
            "  3. both, in turns: ten minutes\n"
            "`--only phendula` does without stock Rasa.",
            flush=True,
        )
        alone = models.prepared(learnt, with_stock=False)
        show(measured([Product], alone, options, rounds=1, long_history=100))
    names: dict[str, type[Product] | type[Stock]] = {"phendula": Product, "stock": Stock}
    kinds = [kind for name, kind in names.items() if options.only in (None, name)]
    sides = measured(
        kinds,
        models.prepared(learnt, with_stock=Stock in kinds),
        options,
        rounds=options.rounds,
        long_history=options.long_history,
    )
    show(sides)
    return sides


def show(sides: list[Measured]) -> None:
    """Prints the tables."""
    print(f"\n{machine()}\n")
    for title, rows in tables(sides):
        print(plain(title, rows))
    for side in sides:
        if side.stopped_at is not None:
            print(f"{side.name}: one person's messages were stopped at {side.stopped_at}.")


def measured(
    kinds: Sequence[type[Product] | type[Stock]],
    trained: models.Models,
    options: argparse.Namespace,
    *,
    rounds: int,
    long_history: int,
) -> list[Measured]:
    """The sides, started, measured in turns and stopped."""
    sides: list[Side] = []
    seconds_to_start: list[float] = []
    with ExitStack() as stack:
        for kind in kinds:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="phendula-bench-")))
            side = kind(folder, trained)
            print(f"{side.name}: starting ...", flush=True)
            began = time.monotonic()
            stack.enter_context(side)
            sides.append(side)
            seconds_to_start.append(time.monotonic() - began)
            print(f"{side.name}: ready after {seconds_to_start[-1]:.0f} s", flush=True)
        results = measure(
            sides, scripts(), rounds=rounds, long_history=long_history, cap_seconds=options.cap_seconds
        )
    for result, seconds in zip(results, seconds_to_start, strict=True):
        result.seconds_to_start = seconds
    return results


def write_figures(sides: list[Measured]) -> None:
    """Keeps the run's figures for whoever compares runs."""
    FIGURES.parent.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(
        json.dumps([asdict(side) for side in sides], ensure_ascii=False, indent=1), encoding="utf-8"
    )


def transcript(sides: list[Measured]) -> str:
    """Every conversation of every side as it went."""
    lines = []
    for side in sides:
        lines += ["", f"# {side.name}"]
        for talk in side.played.conversations if side.played else []:
            lines.append("")
            for exchange in talk:
                lines.append(f"> {exchange.said}")
                lines += [
                    f"< {text}" for text in (exchange.answer.texts if exchange.answer else ["(no answer)"])
                ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.exit(main())
