"""Keeps a handful of processes running: starts, waits until ready, restarts what falls, stops in order.

It knows nothing of Phendula: what the processes are is said in `phendula.product`. Children are started from
the thread that calls `run`, since Linux ties 'tell me when my parent dies' to the thread that forked.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

PR_SET_PDEATHSIG = 1
BACK_OFF_SECONDS = (1, 2, 5, 10, 30)
STEADY_AFTER_SECONDS = 60  # a child that ran this long starts again with the shortest back-off
MOST_FALLS_BEFORE_READY = 5

# Elsewhere than on Linux only an orderly stop stops the children.
_prctl = ctypes.CDLL(None).prctl if sys.platform.startswith("linux") else None


class NotReadyError(Exception):
    """A process did not become ready; the message names it and its last lines."""


@dataclass(frozen=True)
class ProcessPlan:
    """One process to keep running.

    `ready` answers whether it serves; without one a process counts as ready when it has started.
    """

    name: str
    command: Sequence[str]
    env: dict[str, str]
    folder: Path
    ready: Callable[[], bool] | None = None
    ready_within_seconds: float = 120
    stop_within_seconds: float = 20


@dataclass
class Child:
    """A planned process, running or waiting to be started again."""

    plan: ProcessPlan
    process: subprocess.Popen[str] | None = None
    started_at: float = 0.0
    start_again_at: float | None = None
    falls: int = 0
    is_ready: bool = False
    last_lines: list[str] = field(default_factory=list)


def dies_with_its_parent() -> None:
    """In a new child, before its program: asks Linux for a SIGTERM when its parent dies, even by SIGKILL."""
    if _prctl is not None:
        _prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Supervisor:
    """Runs the planned processes until told to stop.

    `tell` gets every line (name, line) of the children and of the supervisor itself (name 'phendula').
    """

    def __init__(self, plans: Sequence[ProcessPlan], tell: Callable[[str, str], None] | None = None) -> None:
        self.children = [Child(plan) for plan in plans]
        self.tell = tell if tell is not None else PrefixedLines([plan.name for plan in plans])
        self._stopping = threading.Event()

    # ------------------------------------------------------------------------------------------ from outside

    def run(self, when_ready: Callable[[], None]) -> None:
        """Starts everything, calls `when_ready` once, keeps watch until `stop`, stops everything."""
        with signals_call(self.stop):
            try:
                for child in self.children:
                    self._start(child)
                self._wait_until_ready()
                if not self._stopping.is_set():
                    when_ready()
                while not self._stopping.wait(0.2):
                    self._look_after_children()
            finally:
                self._stop_children()

    def stop(self) -> None:
        """Ends `run`; may be called from a signal handler or another thread, and more than once."""
        self._stopping.set()

    # ------------------------------------------------------------------------------------------------ within

    def _start(self, child: Child) -> None:
        plan = child.plan
        try:
            child.process = subprocess.Popen(
                list(plan.command),
                cwd=plan.folder,
                env=plan.env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                bufsize=1,
                start_new_session=True,  # a Ctrl-C on the terminal reaches us only; we stop them in order
                preexec_fn=dies_with_its_parent,
            )
        except OSError as error:
            raise NotReadyError(
                f"{plan.name} could not be started: {error.strerror}: {plan.command[0]}"
            ) from error
        child.started_at = time.monotonic()
        child.start_again_at = None
        child.is_ready = plan.ready is None
        threading.Thread(target=self._read, args=(child, child.process.stdout), daemon=True).start()

    def _read(self, child: Child, lines: IO[str]) -> None:
        for line in lines:
            text = line.rstrip("\n")
            child.last_lines.append(text)
            del child.last_lines[:-30]
            self.tell(child.plan.name, text)

    def _wait_until_ready(self) -> None:
        while not self._stopping.is_set():
            waiting = [child for child in self.children if not child.is_ready]
            if not waiting:
                return
            self._look_after_children()
            for child in waiting:
                if child.plan.ready is not None and child.process is not None and child.plan.ready():
                    child.is_ready = True
                    self.tell("phendula", f"{child.plan.name} is ready")
                elif child.falls >= MOST_FALLS_BEFORE_READY:
                    raise NotReadyError(self._why_not(child, f"ended {child.falls} times while starting"))
                elif time.monotonic() - child.started_at > child.plan.ready_within_seconds:
                    raise NotReadyError(
                        self._why_not(child, f"was not ready within {child.plan.ready_within_seconds:.0f} s")
                    )
            self._stopping.wait(0.1)

    @staticmethod
    def _why_not(child: Child, what: str) -> str:
        lines = "\n".join("    | " + line for line in child.last_lines[-15:])
        return f"{child.plan.name} {what}. Its last lines:\n{lines}"

    def _look_after_children(self) -> None:
        """Notices children that ended, and starts them again after a back-off."""
        now = time.monotonic()
        for child in self.children:
            if child.start_again_at is not None:
                if now >= child.start_again_at:
                    self.tell("phendula", f"starting {child.plan.name} again")
                    self._start(child)
                continue
            if child.process is None or child.process.poll() is None:
                continue
            if now - child.started_at > STEADY_AFTER_SECONDS:
                child.falls = 0
            wait = BACK_OFF_SECONDS[min(child.falls, len(BACK_OFF_SECONDS) - 1)]
            child.falls += 1
            child.start_again_at = now + wait
            how = describe_exit(child.process.returncode)
            self.tell("phendula", f"{child.plan.name} {how}; it starts again in {wait} s")
            end_group(child.process.pid)

    def _stop_children(self) -> None:
        """Last started, first stopped: the worker ends its turns while all that they need still answers."""
        for child in reversed(self.children):
            process = child.process
            if process is None or process.poll() is not None:
                continue
            self.tell("phendula", f"stopping {child.plan.name}")
            process.terminate()
            try:
                process.wait(child.plan.stop_within_seconds)
            except subprocess.TimeoutExpired:
                self.tell("phendula", f"{child.plan.name} did not stop in time: ending it")
            end_group(process.pid)
            process.wait()


def describe_exit(code: int) -> str:
    """'ended with 1', or 'was ended by SIGKILL'."""
    if code >= 0:
        return f"ended with {code}"
    return f"was ended by {signal.Signals(-code).name}"


def end_group(group: int) -> None:
    """Ends what a child left behind in its process group (each child leads its own)."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


@contextlib.contextmanager
def signals_call(stop: Callable[[], None]) -> Iterator[None]:
    """Within, SIGINT, SIGTERM and SIGHUP call `stop`; a second Ctrl-C is no quicker."""

    def handler(_number: int, _frame: FrameType | None) -> None:
        stop()

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, old in before.items():
            signal.signal(number, old)


class PrefixedLines:
    """Writes each line behind its process's name, in colour on a terminal."""

    COLOURS = (36, 33, 32, 35, 34)

    def __init__(self, names: Sequence[str], stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stdout
        self.width = max(len(name) for name in [*names, "phendula"])
        self.colours = {name: self.COLOURS[at % len(self.COLOURS)] for at, name in enumerate(names)}
        self.lock = threading.Lock()

    def __call__(self, name: str, line: str) -> None:
        head = f"{name:<{self.width}} |"
        if self.stream.isatty():
            head = f"\033[{self.colours.get(name, 1)}m{head}\033[0m"
        with self.lock, contextlib.suppress(BrokenPipeError, ValueError):
            self.stream.write(f"{head} {line}\n")
            self.stream.flush()
