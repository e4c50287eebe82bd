"""The processes that make up Phendula, and how to bring all of them up on one machine."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import httpx

from crm_store import embedded
from crm_store.migrations import migrate
from crm_store.region import read_file
from crm_store.settings import Settings
from phendula.places import ENGINE_DIR, ENGINE_PYTHON, ENGINE_START, ROOT
from phendula.ports import insist_on_free
from phendula.supervisor import ProcessPlan, Supervisor

#: Rasa's generation of libraries warns of each other at every start; nobody here can act on it.
QUIET = {"PYTHONWARNINGS": "ignore::DeprecationWarning,ignore:Your versions of rasa"}


class CannotStartError(Exception):
    """Something that the product needs is missing; the message says what to do."""


def engine_command(port: int, models: Path) -> list[str]:
    """How the engine is started, in its own environment, with the newest of the models."""
    return [str(ENGINE_PYTHON), str(ENGINE_START), "run", "--model", str(ROOT / models), "--port", str(port)]


def insist_on_engine(models: Path) -> None:
    """Raises CannotStartError when the engine's environment or the model is not there."""
    if not ENGINE_PYTHON.exists():
        raise CannotStartError(
            f"The engine's environment {ENGINE_DIR.relative_to(ROOT)}/.venv is missing: run `make setup`."
            " It needs Python 3.10, which uv finds or fetches."
        )
    if not (ROOT / models).is_file() and not any((ROOT / models).glob("*.tar.gz")):
        raise CannotStartError(f"There is no trained model in {models}: run `make train`.")


def answers(url: str) -> bool:
    """Whether a GET of the address answers 200 within a second."""
    try:
        return httpx.get(url, timeout=1, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def plans(settings: Settings, database_url: str) -> list[ProcessPlan]:
    """The processes in the order in which they are started: what is asked comes before what asks."""
    env = {
        **os.environ,
        "DATABASE_URL": database_url,
        "PHENDULA_DATA_DIR": str(settings.data_dir.resolve()),
        "PYTHONUNBUFFERED": "1",
        "PROMETHEUS_MULTIPROC_DIR": str(figures_folder(settings.data_dir)),
    }
    local = "http://127.0.0.1"
    python = sys.executable
    own_engine = settings.engine_url is None
    engine = ProcessPlan(
        name="engine",
        command=engine_command(settings.engine_port, settings.models),
        env={**env, "ACTIONS_URL": settings.actions_url, "RASA_TELEMETRY_ENABLED": "false", **QUIET},
        folder=ROOT,
        ready=lambda: answers(f"{local}:{settings.engine_port}/"),
        ready_within_seconds=180,
    )
    actions = ProcessPlan(
        name="actions",
        command=[python, "-m", "actions.server"],
        env={**env, "SANIC_HOST": "127.0.0.1", **QUIET},
        folder=ROOT,
        ready=lambda: answers(f"{local}:{settings.actions_port}/health"),
    )
    web = [
        ProcessPlan(
            name="web" if number == 1 else f"web {number}",
            command=[python, "-m", "phendula", "web"],
            env=env,
            folder=ROOT,
            ready=lambda: answers(f"http://{reachable(settings.host)}:{settings.port}/health"),
        )
        for number in range(1, settings.web_processes + 1)
    ]
    worker = ProcessPlan(name="worker", command=[python, "-m", "phendula", "worker"], env=env, folder=ROOT)
    return [*([engine] if own_engine else []), actions, *web, worker]


def figures_folder(data_dir: Path) -> Path:
    """Where the processes count for /metrics, so that one can tell for all."""
    return data_dir.resolve() / "metrics"


def reachable(host: str) -> str:
    """The address at which this machine itself reaches a server that listens on `host`."""
    return {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)


def claim_data_dir(data_dir: Path) -> IO[str]:
    """An open, locked file: one Phendula a data directory. Raises CannotStartError when one runs."""
    data_dir.mkdir(parents=True, exist_ok=True)
    claim = (data_dir / "phendula.lock").open("a+")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        claim.seek(0)
        raise CannotStartError(
            f"Phendula already runs on the data in {data_dir} (process {claim.read().strip() or 'unknown'})."
            " Stop it first, or set PHENDULA_DATA_DIR to another folder for a second one."
        ) from None
    claim.truncate(0)
    claim.write(f"{os.getpid()}\n")
    claim.flush()
    return claim


def start_caretaker(data_dir: Path) -> subprocess.Popen[bytes]:
    """Starts the process that stops the embedded database should we be killed (see phendula.caretaker)."""
    return subprocess.Popen(
        [sys.executable, "-m", "phendula.caretaker", str(data_dir.resolve())],
        stdin=subprocess.PIPE,
        cwd=ROOT,
        start_new_session=True,
    )


def dismiss(caretaker: subprocess.Popen[bytes]) -> None:
    """We have stopped in order: there is nothing left for the caretaker to do."""
    caretaker.communicate(b"stopped in order\n", timeout=10)


def bring_up(
    settings: Settings,
    say: Callable[[str], None],
    when_ready: Callable[[], None],
    tell: Callable[[str, str], None] | None = None,
) -> None:
    """Brings the whole product up, and down again when told to stop. Raises the errors named above.

    Order: checks that need nothing, database, migrations, processes; on the way down the database is last.
    """
    read_file(settings.municipalities).region()
    if settings.engine_url is None:
        insist_on_engine(settings.models)
    for host, port, setting, purpose in ports_needed(settings):
        insist_on_free(host, port, setting, purpose)
    with claim_data_dir(settings.data_dir):
        caretaker = None
        try:
            if settings.database_url is None:
                say("Database: starting the embedded PostgreSQL …")
                caretaker = start_caretaker(settings.data_dir)
            database_url = embedded.database_url()
            say("Database: ready" + (", brought up to date" if migrate(database_url) else ""))
            figures = figures_folder(settings.data_dir)
            shutil.rmtree(figures, ignore_errors=True)  # counting begins anew, as Prometheus expects
            figures.mkdir()
            supervisor = Supervisor(plans(settings, database_url), tell)
            say("Starting " + ", ".join(child.plan.name for child in supervisor.children) + " …")
            supervisor.run(when_ready)
        finally:
            if caretaker is not None:
                say("Database: stopping")
                embedded.stop_embedded(settings.data_dir)
                dismiss(caretaker)


def ports_needed(settings: Settings) -> Sequence[tuple[str, int, str, str]]:
    """(host, port, the setting that changes it, what it is for)."""
    needed = [
        (settings.host, settings.port, "PHENDULA_PORT", "the web server"),
        ("127.0.0.1", settings.actions_port, "PHENDULA_ACTIONS_PORT", "the action server"),
    ]
    if settings.engine_url is None:
        needed.append(("127.0.0.1", settings.engine_port, "PHENDULA_ENGINE_PORT", "the engine"))
    return needed
