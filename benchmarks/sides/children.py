"""Starting and stopping the processes of a side: each in a session of its own, ended by its own id."""

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx

from phendula.places import ROOT

STOP_WITHIN_SECONDS = 40


class DidNotStart(Exception):
    """A process did not become ready; the message holds its last lines."""


@contextmanager
def started(
    command: list[str],
    *,
    env: Mapping[str, str],
    log: Path,
    ready: Callable[[], bool],
    folder: Path = ROOT,
    within_seconds: float = 300,
) -> Iterator[subprocess.Popen[bytes]]:
    """Within, the process runs and is ready; after, it and its group are gone."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=dict(env),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            until = time.monotonic() + within_seconds
            while not ready():
                if process.poll() is not None or time.monotonic() > until:
                    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-25:]
                    raise DidNotStart(f"{command[0]} … did not become ready:\n" + "\n".join(last))
                time.sleep(0.2)
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_WITHIN_SECONDS)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def answers(url: str) -> bool:
    """Whether a GET of the address answers 200 soon."""
    try:
        return httpx.get(url, timeout=3, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
