"""The folder of examples: read as a whole, and written so that a crash leaves every file whole."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from crm_store.domain.example_text import Change, with_example, without_example
from crm_store.domain.examples import Example, examples_in

NLU_DATA = Path(__file__).resolve().parent.parent / "nlu_data"
_HELD_OUT = "heldout"


def read_files(folder: Path) -> dict[str, str]:
    """The content of every file of examples, by its name; what is no list of examples is there too."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.yml"))}


def read_examples(folder: Path) -> Iterator[Example]:
    """Every example of every file, in order."""
    for name, content in read_files(folder).items():
        yield from examples_in(name, content)


def known_examples(folder: Path) -> tuple[Example, ...]:
    """The same, read anew only when a file has changed: for pages that ask at every visit."""
    state = tuple((path.name, path.stat().st_mtime_ns, path.stat().st_size) for path in folder.glob("*.yml"))
    return _read_once(folder, frozenset(state))


@lru_cache(maxsize=2)
def _read_once(folder: Path, _state: frozenset[tuple[str, int, int]]) -> tuple[Example, ...]:
    return tuple(read_examples(folder))


def held_out_texts(folder: Path) -> frozenset[str]:
    """The texts that the engine is measured on, to compare with; they are shown to nobody."""
    paths = sorted((folder / _HELD_OUT).glob("*.jsonl"))
    return _read_texts(tuple((path, path.stat().st_mtime_ns) for path in paths))


@lru_cache(maxsize=2)
def _read_texts(paths: tuple[tuple[Path, int], ...]) -> frozenset[str]:
    lines = (line for path, _at in paths for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset(str(json.loads(line)["text"]) for line in lines if line.strip())


def changed_files(files: Mapping[str, str], changes: Iterable[Change]) -> dict[str, str]:
    """The files that the changes make other, with their new content; raises FileNotUnderstood.

    A change that was made before changes nothing, so the same ones may be made again.
    """
    now = dict(files)
    for change in changes:
        if change.before is not None and change.before.file in now:
            now[change.before.file] = without_example(now[change.before.file], change.before)
        if change.after is not None:
            now[change.after.file] = with_example(now.get(change.after.file), change.after)
    return {name: content for name, content in now.items() if files.get(name) != content}


def write_files(folder: Path, contents: Mapping[str, str]) -> None:
    """Puts each file in its place at once: whoever reads, or is killed, finds the old one or the new one."""
    for name, content in contents.items():
        target = folder / name
        with NamedTemporaryFile(
            "w", encoding="utf-8", dir=folder, prefix=f".{name}.", suffix=".tmp", delete=False
        ) as written:
            temporary = Path(written.name)
            try:
                written.write(content)
                written.flush()
                os.fsync(written.fileno())
                temporary.chmod(target.stat().st_mode & 0o777 if target.exists() else 0o644)
                temporary.replace(target)
            except BaseException:
                temporary.unlink(missing_ok=True)
                raise
    entry = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(entry)  # the new names are on disk, too
    finally:
        os.close(entry)
