#!/usr/bin/env python3
"""Sets up a checkout: uv, both environments and the trained model.

Needs nothing but the standard library, so that it runs on a fresh machine. Every step is skipped when what it
makes is already there and nothing it is made from has changed: a second run takes a second or two.

    python3 scripts/bootstrap.py                 everything
    python3 scripts/bootstrap.py tools app       some steps: tools, app, engine, model
    python3 scripts/bootstrap.py --force model   again, although nothing has changed
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".tools" / "uv"
LOGS = ROOT / "var" / "setup"
STEPS = ("tools", "app", "engine", "model")
NEWEST_FIRST = ("python3.14", "python3.13", "python3.12", "python3.11")
UV_VERSION = "0.9"  # at least; the index decides which release
ROOM_NEEDED_GB = {"app": 0.7, "engine": 1.1, "model": 0.2}

STOP_WORDS = (
    # What a tool prints when it fails, and what a person can do about it.
    (
        "No space left on device",
        "The disk is full. Free some space (`df -h .` shows how much is left) and run this again.",
    ),
    ("Disk quota exceeded", "The disk quota is used up. Free some space and run this again."),
    (
        "No interpreter found for Python 3.10",
        "Rasa needs Python 3.10 and none was found or could be fetched. Install one, for example\n"
        "    pyenv install 3.10     or     apt-get install python3.10     or     uv python install 3.10\n"
        "and run this again. Nothing else on this machine has to use it.",
    ),
    (
        "python-build-standalone",
        "Rasa needs Python 3.10; uv tried to fetch one and could not. Install one, for example\n"
        "    pyenv install 3.10     or     apt-get install python3.10\n"
        "and run this again.",
    ),
    (
        "ensurepip is not available",
        "Python cannot make environments here. On Debian or Ubuntu: apt-get install python3-venv",
    ),
    (
        "The lockfile at `uv.lock` needs to be updated",
        "pyproject.toml and uv.lock disagree. Run `uv lock` in that folder and look at the difference.",
    ),
    (
        "error sending request for url",
        "The package index could not be reached. Check the network (or UV_INDEX_URL) and run this again; "
        "what is already fetched is kept.",
    ),
    (
        "Failed to establish a new connection",
        "The package index could not be reached. Check the network and run this again.",
    ),
)


class SetupError(Exception):
    """A step failed; the message says what to do."""


def say(text: str) -> None:
    print(text, flush=True)


def insist_on_a_new_python() -> None:
    """Goes on under a Python that is new enough, or says that there is none."""
    if sys.version_info >= (3, 11):
        return
    for name in NEWEST_FIRST:
        found = shutil.which(name)
        if found and subprocess.call([found, "-c", ""], stderr=subprocess.DEVNULL) == 0:
            os.execv(found, [found, *sys.argv])
    version = ".".join(map(str, sys.version_info[:2]))
    raise SetupError(
        f"Phendula needs Python 3.11 or newer; python3 here is {version}. Install a newer one "
        "(for example `apt-get install python3.11` or `pyenv install 3.12`) and run this again."
    )


def insist_on_commands() -> None:
    missing = [name for name in ("git", "make") if shutil.which(name) is None]
    if missing:
        names = " and ".join(missing)
        raise SetupError(
            f"Not found on this machine: {names}. On Debian or Ubuntu: apt-get install {' '.join(missing)}"
        )


def insist_on_room(step: str) -> None:
    needed = ROOM_NEEDED_GB.get(step)
    if needed is None:
        return
    free = shutil.disk_usage(str(ROOT)).free / 1e9
    if free < needed:
        raise SetupError(
            f"The disk has {free:.1f} GB left and this step needs about {needed:.1f} GB."
            " Free some space and run this again."
        )


# --------------------------------------------------------------------------- running a step


def run_step(title: str, command: list[str], env: dict[str, str] | None = None) -> None:
    """Runs one long command quietly, showing the seconds; its output is shown only when it fails."""
    LOGS.mkdir(parents=True, exist_ok=True)
    log = LOGS / (title.split(":")[0].lower().replace(" ", "-") + ".log")
    started = time.monotonic()
    done = threading.Event()
    clock = threading.Thread(target=show_clock, args=(title, started, done), daemon=True)
    with log.open("w", encoding="utf-8") as output:
        output.write("$ " + " ".join(command) + "\n\n")
        output.flush()
        clock.start()
        try:
            code = subprocess.call(
                command,
                cwd=str(ROOT),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=env,
            )
        except FileNotFoundError:
            code = 127
            output.write(f"not found: {command[0]}\n")
        finally:
            done.set()
            clock.join()
    seconds = time.monotonic() - started
    if code == 0:
        finish_line(f"  {title}: done in {seconds:.0f} s")
        return
    finish_line(f"  {title}: failed after {seconds:.0f} s")
    raise SetupError(explain(log, code))


def show_clock(title: str, started: float, done: threading.Event) -> None:
    """A clock that ticks on a terminal; elsewhere one line at the start and then every 20 seconds."""
    on_terminal = sys.stdout.isatty()
    if not on_terminal:
        say(f"  {title} …")
    while not done.wait(1 if on_terminal else 20):
        seconds = time.monotonic() - started
        if on_terminal:
            print(f"\r  {title} … {seconds:.0f} s", end="", flush=True)
        else:
            say(f"  {title} … {seconds:.0f} s so far")


def finish_line(text: str) -> None:
    """Writes a step's last line over its clock."""
    print(("\r\033[K" if sys.stdout.isatty() else "") + text, flush=True)


def explain(log: Path, code: int) -> str:
    """The end of a failed step's output, and what a person can do about it."""
    text = log.read_text(encoding="utf-8", errors="replace")
    tail = "\n".join("    | " + line for line in text.strip().splitlines()[-25:])
    advice = next((advice for words, advice in STOP_WORDS if words in text), "")
    where = log.relative_to(ROOT)
    return f"{tail}\n\n{advice or f'The command ended with {code}.'}\nThe whole output is in {where}."


# -------------------------------------------------------------- has anything changed since


def fingerprint(files: list[Path], *more: str) -> str:
    digest = hashlib.sha256()
    for file in files:
        digest.update(file.name.encode())
        digest.update(file.read_bytes() if file.exists() else b"")
    for text in more:
        digest.update(text.encode())
    return digest.hexdigest()


def is_current(stamp: Path, value: str) -> bool:
    return stamp.exists() and stamp.read_text() == value


# -------------------------------------------------------------------------------- the steps


def find_uv() -> str | None:
    """uv on PATH, or the one of an earlier run."""
    own = TOOLS / "bin" / "uv"
    return shutil.which("uv") or (str(own) if own.exists() else None)


def set_up_tools() -> str:
    """Returns the path of uv, installed into .tools/uv when this machine has none."""
    uv = find_uv()
    if uv is not None:
        return uv
    if not (TOOLS / "bin" / "python").exists():
        run_step("Tools: a place for uv", [sys.executable, "-m", "venv", str(TOOLS)])
    pip = [str(TOOLS / "bin" / "python"), "-m", "pip", "install", "--disable-pip-version-check"]
    run_step("uv: the installer of both environments", [*pip, f"uv>={UV_VERSION}"])
    return str(TOOLS / "bin" / "uv")


def sync_environment(uv: str, title: str, folder: Path, force: bool) -> None:
    """Installs one environment exactly as its lock says, compiled, unless it already is."""
    files = [folder / "pyproject.toml", folder / "uv.lock", folder / ".python-version"]
    stamp = folder / ".venv" / ".phendula-synced"
    value = fingerprint(files, os.environ.get("UV_NO_DEV", ""))
    python = folder / ".venv" / "bin" / "python"
    if not force and python.exists() and is_current(stamp, value):
        return
    # pyenv's python3 tells its children to stay with its own version: then its python3.10 would not start.
    env = {
        key: text
        for key, text in os.environ.items()
        if key not in ("VIRTUAL_ENV", "PYENV_VERSION", "PYENV_DIR")
    }
    # Compiled once here: where PYTHONDONTWRITEBYTECODE is set, importing Rasa would take 20 s at every start.
    env["UV_COMPILE_BYTECODE"] = "1"
    run_step(title, [uv, "--directory", str(folder), "sync", "--locked"], env=env)
    stamp.write_text(value)


def training_files() -> list[Path]:
    """All that a model can depend on. Rather too much than too little: the engine itself decides exactly."""
    engine = ROOT / "engine"
    code = [path for path in engine.rglob("*.py") if ".venv" not in path.parts and "tests" not in path.parts]
    data = [*(ROOT / "nlu_data").rglob("*.yml"), *(ROOT / "stories").glob("*.yml")]
    region = ROOT / os.environ.get("PHENDULA_MUNICIPALITIES", "municipalities/ilembe.yml")
    return [
        ROOT / "domain.yml",
        ROOT / "config.yml",
        region,
        engine / "uv.lock",
        *sorted(data),
        *sorted(code),
    ]


def train_model(force: bool) -> None:
    """Has the engine train, unless no file has changed since (asking it would take 10 s)."""
    models = ROOT / "models"
    stamp = models / ".trained-from"
    value = fingerprint(training_files())
    if not force and is_current(stamp, value) and any(models.glob("*.tar.gz")):
        return
    python = ROOT / "engine" / ".venv" / "bin" / "python"
    command = [str(python), str(ROOT / "engine" / "start.py"), "train", "--out", str(models)]
    run_step(
        "Model: training, unless its examples are unchanged", [*command, *(["--force"] if force else [])]
    )
    stamp.write_text(value)


def set_up(steps: list[str], force: bool) -> None:
    insist_on_a_new_python()
    insist_on_commands()
    uv = set_up_tools()
    if "app" in steps:
        if not (ROOT / ".venv").exists():
            insist_on_room("app")
        sync_environment(uv, "Environment: the application", ROOT, force)
    if "engine" in steps:
        if not (ROOT / "engine" / ".venv").exists():
            insist_on_room("engine")
        sync_environment(uv, "Engine environment: Rasa, on Python 3.10", ROOT / "engine", force)
    if "model" in steps:
        insist_on_room("model")
        train_model(force)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "steps", nargs="*", metavar="step", help=", ".join(STEPS) + " (all when none is named)"
    )
    parser.add_argument(
        "--force", action="store_true", help="do the steps again although nothing has changed"
    )
    asked = parser.parse_args()
    unknown = [step for step in asked.steps if step not in STEPS]
    if unknown:
        parser.error(f"no such step: {', '.join(unknown)}; steps are {', '.join(STEPS)}")
    started = time.monotonic()
    try:
        set_up(asked.steps or list(STEPS), asked.force)
    except SetupError as error:
        print(f"\n{error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped. What is done is kept: the next run goes on from here.", file=sys.stderr)
        return 130
    seconds = time.monotonic() - started
    if seconds > 5:
        say(f"  Set up in {seconds:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
