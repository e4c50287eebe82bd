"""Stands in for engine/start.py: 'trains' and 'judges' at once, or as slowly or badly as the test wants.

STAND_IN_ENGINE in the environment: '' (works), 'slow' (never ends), 'fails', 'dies' (killed the first time).
"""

import json
import os
import sys
import time
from pathlib import Path


def value_of(name: str) -> str:
    return sys.argv[sys.argv.index(name) + 1]


def train(out: Path, examples: Path) -> None:
    print("[  2 %] Reading the examples", flush=True)
    out.mkdir(parents=True)
    texts = "".join(path.read_text() for path in sorted(examples.glob("*.yml")))
    name = f"phendula-{time.time_ns()}-{len(texts)}"
    print("[ 50 %] Learning classes and categories", flush=True)
    (out / f"{name}.json").write_text(
        json.dumps({"frame": "frame", "data_version": str(len(texts)), "examples": texts.count("- ")})
    )
    (out / f"{name}.tar.gz").write_text(texts)


def judge(out: Path) -> None:
    """Every model says 'complaint/water' of all, but one whose content has the word 'better' is right."""
    models = [Path(sys.argv[at + 1]).read_text() for at, part in enumerate(sys.argv) if part == "--model"]
    given = [json.loads(line) for line in sys.stdin]
    print("[ 50 %] Measuring", flush=True)

    def said(model: str, truth: dict[str, str | None]) -> dict[str, str | None]:
        return truth if "better" in model else {**truth, "class": "complaint", "category": "water"}

    held_out = [
        {"class": name, "category": category, "language": language}
        for name, category in (("complaint", "water"), ("query", "billing"), ("greet", None))
        for language in ("en", "zu", "mixed")
        for _ in range(4)
    ]
    query = {"class": "query", "category": "billing", "language": "zu"}
    result = {
        "held_out": [{"truth": one, "said": [said(model, one) for model in models]} for one in held_out],
        "entities": [{"location": {"marked": 4, "met": 3, "found": 5, "fitting": 3}} for _ in models],
        "messages": [{"id": one["id"], "said": [said(model, query) for model in models]} for one in given],
    }
    if "--on" not in sys.argv:
        result["held_out"] = []
    out.write_text(json.dumps(result))


mood = os.environ.get("STAND_IN_ENGINE", "")
if mood == "slow":
    print("[  8 %] Learning classes and categories", flush=True)
    time.sleep(600)
if mood == "fails":
    print("engine: domain.yml is broken in line 7")
    sys.exit(1)
if sys.argv[1] == "train":
    train(Path(value_of("--out")), Path(value_of("--examples")))
else:
    judge(Path(value_of("--out")))
