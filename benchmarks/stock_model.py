"""The stock assistant's environment and model: made once, and again when the examples have changed.

python -m benchmarks.stock_model
"""

import hashlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import yaml

from benchmarks.scripts import example_count, example_files
from phendula.places import ROOT

PROJECT = ROOT / "benchmarks" / "stock"
CACHE = ROOT / "var" / "benchmarks" / "stock"
RASA = PROJECT / ".venv" / "bin" / "rasa"
TRAINED_FROM = (PROJECT / "config.yml", PROJECT / "domain.yml", *sorted((PROJECT / "data").glob("*.yml")))
KEPT_LINES = 25


class StockError(Exception):
    """The stock assistant could not be made; the message holds the last lines of the command that failed."""


def environment() -> dict[str, str]:
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


def fingerprint(limit: int | None) -> str:
    """Twelve hex digits over everything that the model is trained from."""
    digest = hashlib.sha256(str(limit or "all").encode())
    for path in (*TRAINED_FROM, PROJECT / "uv.lock", *example_files()):
        digest.update(path.name.encode() + b"\n" + path.read_bytes())
    return digest.hexdigest()[:12]


def ready_model(limit: int | None = None, any_model: bool = False) -> Path | None:
    """The model trained from what lies there now, else (`any_model`) the one trained last, else None."""
    current = CACHE / f"stock-{fingerprint(limit)}.tar.gz"
    if current.exists():
        return current
    models = sorted(CACHE.glob("stock-*.tar.gz"), key=lambda path: path.stat().st_mtime)
    return models[-1] if models and any_model else None


def prepare(limit: int | None = None, any_model: bool = False) -> Path:
    """Returns the model's file. Installs and trains what is missing (the first time: a long while)."""
    sync()
    return ready_model(limit, any_model) or train(limit)


def sync() -> None:
    """Installs the environment exactly as the lock says."""
    uv = shutil.which("uv") or str(ROOT / ".tools" / "uv" / "bin" / "uv")
    print("Stock assistant: its environment (2.6 GB, with TensorFlow) ...", flush=True)
    _run([uv, "--directory", str(PROJECT), "sync", "--locked"])


def train(limit: int | None) -> Path:
    """Trains, politely: nothing else on the machine should wait for it."""
    CACHE.mkdir(parents=True, exist_ok=True)
    name = f"stock-{fingerprint(limit)}"
    print(
        "Stock assistant: training DIET, TED and UnexpecTED, an hour or more on two cores"
        " (--any-model takes the last model, --only phendula does without) ...",
        flush=True,
    )
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        examples = Path(folder) / "nlu"
        examples.mkdir()
        copied = copy_examples(examples, limit)
        command = [str(RASA), "train", "--fixed-model-name", name, "--out", folder + "/out"]
        command += ["--config", "config.yml", "--domain", "domain.yml", "--data", "data", str(examples)]
        _run(["nice", "-n", "19", *command], log=CACHE / "train.log")
        for old in CACHE.glob("stock-*"):
            old.unlink()
        shutil.move(Path(folder) / "out" / f"{name}.tar.gz", CACHE)
    _note(CACHE / f"{name}.tar.gz").write_text(json.dumps({"examples": copied}), encoding="utf-8")
    minutes = (time.monotonic() - began) / 60
    print(f"Stock assistant: trained on {copied} examples in {minutes:.0f} min.", flush=True)
    return CACHE / f"{name}.tar.gz"


def examples_learnt(model: Path) -> int:
    """How many examples the model was trained on."""
    return int(json.loads(_note(model).read_text(encoding="utf-8"))["examples"])


def _note(model: Path) -> Path:
    return model.with_name(model.name.removesuffix(".tar.gz") + ".json")


def copy_examples(folder: Path, limit: int | None) -> int:
    """Our examples without what only our own components read (category and language); returns how many.

    With a limit, that many are taken evenly from all.
    """
    everything = example_count()
    taken = seen = 0
    for path, content in example_files().items():
        for block in content["nlu"]:
            block.pop("metadata", None)
            kept = []
            for line in filter(str.strip, block.get("examples", "").splitlines()):
                seen += 1
                if seen * (limit or everything) // everything > taken:
                    taken += 1
                    kept.append(line)
            block["examples"] = "\n".join(kept)
        content["nlu"] = [block for block in content["nlu"] if block["examples"]]
        copy = yaml.safe_dump(content, allow_unicode=True, width=10_000)
        (folder / path.name).write_text(copy, encoding="utf-8")
    return taken


def _run(command: list[str], log: Path | None = None) -> None:
    done = subprocess.run(
        command,
        cwd=PROJECT,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    if log is not None:
        log.write_text(done.stdout, encoding="utf-8")
    if done.returncode != 0:
        last = "\n".join("    | " + line for line in done.stdout.splitlines()[-KEPT_LINES:])
        raise StockError(f"`{' '.join(command)}` ended with {done.returncode}:\n{last}")


if __name__ == "__main__":
    print(prepare())
