#!/usr/bin/env python
"""The engine's one entry: `start.py train | run | validate | vectors | evaluate | judge`.

It prepares the process before Rasa is imported: TensorFlow's stand-in, telemetry and Sentry off, known
warnings silenced, patches applied. Rasa's own `rasa` command is not used.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import warnings
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


class EngineError(Exception):
    """Something a person can put right; its text says how."""


def prepare() -> None:
    """Makes `import rasa` quick, quiet and private. Must run before the first import of Rasa."""
    # The script's own directory would hide nothing today, but `engine.` is the only name we use for it.
    sys.path[:] = [str(ROOT)] + [
        entry for entry in sys.path if Path(entry or ".").resolve() != ROOT / "engine"
    ]
    # The encoder's threads would wait for each other, spinning: half a second a message on a busy machine.
    # OpenMP reads it once, when scikit-learn or the encoder loads it, whichever is first.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ["RASA_TELEMETRY_ENABLED"] = "false"
    os.environ["RASA_MAX_CACHE_SIZE"] = "0"  # our own fingerprint decides what is trained again
    os.environ.setdefault("SQLALCHEMY_SILENCE_UBER_WARNING", "1")
    os.environ.setdefault("LOG_LEVEL_LIBRARIES", "ERROR")
    _silence_known_warnings()

    from engine import tensorflow_stand_in

    tensorflow_stand_in.install()
    import sentry_sdk

    sentry_sdk.init = lambda *_args, **_kwargs: None  # Rasa ships with a key of its own

    from engine import patches

    patches.apply()


def _silence_known_warnings() -> None:
    # Not by filters alone: several libraries put their own before ours while they are imported.
    quiet = (DeprecationWarning, PendingDeprecationWarning, FutureWarning)
    on_purpose = (
        "You have defined training data consisting of entity examples",  # our extractors are rules
        "Slot auto-fill has been removed",  # our slots are filled by actions
        "The utterance '",  # ... 'is not used in any story': most are said by actions
    )
    stock = warnings.showwarning

    def show(message: Any, category: Any, *place: Any, **more: Any) -> None:
        if not issubclass(category, quiet) and not str(message).startswith(on_purpose):
            stock(message, category, *place, **more)

    warnings.showwarning = show


def _say_log_level() -> None:
    import logging

    from rasa.utils.log_utils import configure_structlog

    level = logging.getLevelName(os.environ.get("PHENDULA_LOG_LEVEL", "INFO").upper())
    level = level if isinstance(level, int) else logging.INFO
    logging.basicConfig(
        level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s", stream=sys.stderr
    )
    for name in ("sanic", "apscheduler", "aiohttp.access", "psycopg.pool", "matplotlib", "asyncio"):
        logging.getLogger(name).setLevel(logging.WARNING)
    configure_structlog(max(level, logging.INFO))


def main(arguments: "list[str] | None" = None) -> int:
    """Runs one command; returns the process's exit status."""
    parser = argparse.ArgumentParser(prog="engine/start.py", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    train = commands.add_parser("train", help="train a model, unless nothing it depends on has changed")
    train.add_argument("--out", type=Path, default=ROOT / "models", metavar="DIR")
    train.add_argument("--force", action="store_true", help="train even when nothing has changed")
    train.add_argument("--examples", type=Path, metavar="DIR", help="learn from these files, not nlu_data/")
    run = commands.add_parser("run", help="serve the published model, else the newest of a directory")
    run.add_argument("--model", type=Path, default=ROOT / "models", metavar="DIR")
    run.add_argument("--port", type=int, default=int(os.environ.get("PHENDULA_ENGINE_PORT", "5005")))
    commands.add_parser("validate", help="check domain, stories and examples against each other")
    evaluate = commands.add_parser("evaluate", help="cross-validate class, category and language")
    evaluate.add_argument("--folds", type=int, default=5, help="0: only the held-out messages")
    sets = ("test", "fresh", "development")
    evaluate.add_argument("--on", choices=sets, default="test", help="held-out messages")
    evaluate.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    evaluate.add_argument("--out", type=Path, default=ROOT / "var" / "evaluation", metavar="DIR")
    evaluate.add_argument("--keep", action="store_true", help="later evaluations compare with this one")
    judge = commands.add_parser("judge", help="what models say of held-out messages and of those on stdin")
    judge.add_argument("--model", type=Path, action="append", required=True, metavar="FILE")
    judge.add_argument("--on", choices=sets, help="held-out messages, too")
    judge.add_argument(
        "--out", type=Path, required=True, metavar="FILE", help="written as JSON, without texts"
    )
    judge.add_argument("--begin", type=int, default=0, help="the percentage at which progress begins")
    commands.add_parser("vectors", help="write the examples' vectors to nlu_data/vectors.npz")
    options = parser.parse_args(arguments)
    # A message is a few thousand multiplications. Training is 10^13, and would keep to OpenMP's one thread.
    threads = 1 if options.command in ("run", "judge") else os.cpu_count() or 1
    os.environ.setdefault("OPENBLAS_NUM_THREADS", str(threads))
    prepare()
    _say_log_level()
    try:
        if options.command == "train":
            from engine.training import train_model

            train_model(options.out, force=options.force, examples=options.examples)
        elif options.command == "run":
            from engine.serving import serve

            serve(options.model, options.port)
        elif options.command == "validate":
            from engine.training import validate

            validate()
        elif options.command == "judge":
            from engine.judging import judge as judge_messages

            given = [json.loads(line) for line in sys.stdin if line.strip()]
            judge_messages(options.model, given, options.on, options.out)
        elif options.command == "vectors":
            from engine.training import write_vectors

            write_vectors()
        else:
            from engine.evaluation import evaluate as cross_validate

            cross_validate(options.folds, options.json, options.on, options.out, options.keep)
    except EngineError as error:
        print(f"engine: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    # The commands raise `engine.start.EngineError`, so this file must be that module and not `__main__`.
    sys.path.insert(0, str(ROOT))
    from engine.start import main as entry

    raise SystemExit(entry())
