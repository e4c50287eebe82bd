"""A command of the engine's environment, run quietly beside the messages: followed, ended when need be."""

import contextlib
import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from queue import Empty, SimpleQueue

from phendula.places import ENGINE_PYTHON, ENGINE_START, ROOT
from phendula.supervisor import dies_with_its_parent, end_group

#: Messages come first: on a busy machine a training takes what is left.
NICE = 10
LOOK_SECONDS = 0.5
END_WITHIN_SECONDS = 5
_PROGRESS = re.compile(r"\[ *(\d+) %\] (.+)")

#: Told now and then: the percentage and step (None: no news), and the lines since; answers whether to go on.
Tell = Callable[[tuple[int, str] | None, str], bool]


class EngineStopped(Exception):
    """The command was ended because `tell` said so."""


class EngineFailed(Exception):
    """The command failed; the message is its last words."""


def run_engine(arguments: Sequence[str], tell: Tell, *, stdin: str = "", nice: int = NICE) -> None:
    """Runs `engine/start.py …` to its end. Raises EngineFailed, EngineStopped; leaves no process behind."""

    def quietly() -> None:
        dies_with_its_parent()
        os.nice(nice)

    process = subprocess.Popen(
        [str(ENGINE_PYTHON), str(ENGINE_START), *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        start_new_session=True,
        preexec_fn=quietly,
    )
    lines: SimpleQueue[str] = SimpleQueue()
    reader = threading.Thread(target=_read, args=(process, stdin, lines), daemon=True)
    reader.start()
    last: list[str] = []
    try:
        while True:
            running = process.poll() is None
            if not running:
                reader.join(END_WITHIN_SECONDS)
            news = _drain(lines)
            last = [*last, *news][-15:]
            if not tell(_progress_in(news), "".join(f"{line}\n" for line in news)):
                raise EngineStopped
            if not running:
                break
            time.sleep(LOOK_SECONDS)
    finally:
        _end(process)
    if process.returncode != 0:
        raise EngineFailed("\n".join(last) or f"it ended with {process.returncode}")


def _read(process: subprocess.Popen[str], stdin: str, lines: SimpleQueue[str]) -> None:
    if process.stdin is not None:
        with contextlib.suppress(BrokenPipeError):
            process.stdin.write(stdin)
            process.stdin.close()
    for line in process.stdout or ():
        lines.put(line.rstrip("\n"))


def _drain(lines: SimpleQueue[str]) -> list[str]:
    found = []
    with contextlib.suppress(Empty):
        while True:
            found.append(lines.get_nowait())
    return found


def _progress_in(lines: Sequence[str]) -> tuple[int, str] | None:
    for line in reversed(lines):
        if match := _PROGRESS.fullmatch(line):
            return int(match[1]), match[2]
    return None


def _end(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(END_WITHIN_SECONDS)
    end_group(process.pid)
    process.wait()


def is_set_up(python: Path = ENGINE_PYTHON) -> bool:
    """Whether the engine's environment is on this machine."""
    return python.exists()
