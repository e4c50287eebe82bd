"""The models of both sides, trained from one and the same folder of examples, and kept until that changes.

python -m benchmarks.models [--examples N|all]

They lie under var/benchmarks/<number of examples>/; the product's own model is not touched.
"""

import argparse
import hashlib
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks.examples import SAMPLE, examples, write_examples
from crm_store.example_files import read_examples
from phendula.places import ENGINE_PYTHON, ENGINE_START, ROOT

CACHE = ROOT / "var" / "benchmarks"
STOCK = ROOT / "benchmarks" / "stock"
RASA = STOCK / ".venv" / "bin" / "rasa"
STOCK_FILES = (
    STOCK / "config.yml",
    STOCK / "domain.yml",
    STOCK / "uv.lock",
    *sorted((STOCK / "data").glob("*.yml")),
)
TOLD_EVERY_SECONDS = 20
KEPT_LINES = 25
_EPOCH = re.compile(r"Epochs: +(\d+)%")


class TrainingError(Exception):
    """A side could not be made; the message holds the last lines of the command that failed."""


@dataclass(frozen=True)
class Models:
    """Both sides' models and the folder that both were trained from."""

    examples: Path
    product: Path
    stock: Path | None

    @property
    def example_count(self) -> int:
        """How many examples lie in the folder."""
        return count_in(self.examples)


def stock_environment() -> dict[str, str]:
    """For every process of the stock assistant: quiet, private, and otherwise as Rasa comes."""
    return {
        **{key: value for key, value in os.environ.items() if key not in ("VIRTUAL_ENV", "PYTHONPATH")},
        "RASA_TELEMETRY_ENABLED": "false",
        "SQLALCHEMY_SILENCE_UBER_WARNING": "1",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "UV_COMPILE_BYTECODE": "1",
        "SANIC_HOST": "127.0.0.1",
        "RASA_MAX_CACHE_SIZE": "0",  # our own fingerprint says when to train again
        "MPLBACKEND": "agg",
    }


def prepared_examples(limit: int | None, cache: Path = CACHE) -> Path:
    """The one folder from which both sides learn, written anew from nlu_data/."""
    folder = cache / str(limit or "all") / "examples"
    write_examples(examples(limit), folder)
    return folder


def prepared(learnt: Path, *, with_stock: bool = True) -> Models:
    """Trains from the examples what is not there yet. Raises TrainingError."""
    product = train_product(learnt)
    return Models(learnt, product, train_stock(learnt) if with_stock else None)


def count_in(learnt: Path) -> int:
    """How many examples lie in the folder."""
    return sum(1 for _example in read_examples(learnt))


# --- Phendula --------------------------------------------------------------------------------------------


def product_command(learnt: Path, out: Path) -> list[str]:
    """How our engine is trained from the examples."""
    return [str(ENGINE_PYTHON), str(ENGINE_START), "train", "--examples", str(learnt), "--out", str(out)]


def train_product(learnt: Path) -> Path:
    """The folder of our model; the engine itself sees when nothing has changed."""
    out = learnt.parent / "phendula"
    _run("Phendula: training, half a minute", product_command(learnt, out), ROOT, os.environ, out / "log")
    return out


# --- stock Rasa ------------------------------------------------------------------------------------------


def stock_command(learnt: Path, out: Path, name: str) -> list[str]:
    """How stock Rasa is trained from the examples."""
    return [
        *(str(RASA), "train", "--config", "config.yml", "--domain", "domain.yml"),
        *("--data", "data", str(learnt), "--out", str(out), "--fixed-model-name", name),
    ]


def stock_model(learnt: Path) -> Path:
    """Where the stock model from these examples lies, once it is trained."""
    digest = hashlib.sha256()
    for path in (*STOCK_FILES, *sorted(learnt.glob("*.yml"))):
        digest.update(path.name.encode() + b"\n" + path.read_bytes())
    return learnt.parent / "stock" / f"stock-{digest.hexdigest()[:12]}.tar.gz"


def train_stock(learnt: Path) -> Path:
    """The stock model's file. Installs its environment and trains, politely, unless both are there."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    _run(
        "stock Rasa: its environment (2.6 GB, with TensorFlow)",
        [uv, "--directory", str(STOCK), "sync", "--locked"],
        STOCK, stock_environment(), CACHE / "stock-environment.log",
    )  # fmt: skip
    model = stock_model(learnt)
    if model.exists():
        return model
    name = model.name.removesuffix(".tar.gz")
    working = model.parent / "training"
    count = count_in(learnt)
    # It still learns from the same list when another run writes the folder anew meanwhile.
    shutil.rmtree(working, ignore_errors=True)
    own = Path(shutil.copytree(learnt, working / "examples"))
    _run(
        f"stock Rasa: training DIET, TED and UnexpecTED on {count:,} examples, {duration(count)}",
        ["nice", "-n", "19", *stock_command(own, working, name)],
        STOCK, stock_environment(), model.parent / "train.log", epochs_in,
    )  # fmt: skip
    for old in model.parent.glob("stock-*.tar.gz"):
        old.unlink()
    (working / model.name).replace(model)
    shutil.rmtree(working)
    return model


def duration(count: int) -> str:
    """About how long stock Rasa trains, in words."""
    minutes = count * MINUTES_A_THOUSAND / 1000
    return f"some {minutes:.0f} minutes on two idle cores"


MINUTES_A_THOUSAND = 12.0


def epochs_in(log: str) -> str:
    """How far a training has come by its log: 'DIETClassifier 37 %'; empty while nothing is known."""
    component = re.findall(r"Starting to train component '(\w+)'", log)
    if not component:
        return ""
    epochs = _EPOCH.findall(log.rpartition("Starting to train component")[2])
    return f", {component[-1]}" + (f" {epochs[-1]} %" if epochs else "")


# --- running a long command ------------------------------------------------------------------------------


def _run(
    title: str,
    command: list[str],
    folder: Path,
    env: Mapping[str, str],
    log: Path,
    progress: Callable[[str], str] = lambda _log: "",
) -> None:
    """Runs it quietly and says every 20 seconds how far it is. Raises TrainingError with its last lines."""
    log.parent.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    print(f"{title} ...", flush=True)
    with log.open("wb") as output, subprocess.Popen(
        command, cwd=folder, env=dict(env), stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
    ) as process:  # fmt: skip
        try:
            while True:
                try:
                    status = process.wait(TOLD_EVERY_SECONDS)
                    break
                except subprocess.TimeoutExpired:
                    so_far = progress(log.read_text(encoding="utf-8", errors="replace"))
                    print(f"  {_clock(began)} so far{so_far}", flush=True)
        except BaseException:
            process.kill()
            raise
    if status != 0:
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-KEPT_LINES:]
        last = "\n".join("    | " + line for line in lines)
        raise TrainingError(f"`{' '.join(command)}` ended with {status}:\n{last}\nThe whole: {log}")
    if time.monotonic() - began > TOLD_EVERY_SECONDS:
        print(f"  done in {_clock(began)}", flush=True)


def _clock(began: float) -> str:
    seconds = round(time.monotonic() - began)
    return f"{seconds // 60} min {seconds % 60:02d} s" if seconds >= 60 else f"{seconds} s"


def how_many(text: str) -> int | None:
    """The value of --examples: a number, or None for 'all'."""
    if text == "all":
        return None
    number = int(text)
    if number < 300:  # there are some 260 kinds
        raise ValueError("fewer examples than kinds")
    return number


def add_examples_option(parser: argparse.ArgumentParser) -> None:
    """--examples N|all."""
    parser.add_argument(
        "--examples",
        type=how_many,
        default=SAMPLE,
        metavar="N|all",
        help=f"both sides learn from the same examples (default {SAMPLE:,}; all: stock Rasa takes hours)",
    )


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__)
    add_examples_option(options)
    try:
        print(prepared(prepared_examples(options.parse_args().examples)))
    except TrainingError as error:
        sys.exit(str(error))
