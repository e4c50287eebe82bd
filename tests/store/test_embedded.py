"""The embedded server: started by the first, joined by the others, outliving them, stopped in good order."""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest

from crm_store.embedded import EmbeddedDatabaseError, start_embedded, stop_embedded

IN_ANOTHER_PROCESS = (
    "import sys; from pathlib import Path; from crm_store.embedded import start_embedded;"
    "print(start_embedded(Path(sys.argv[1])))"
)


@pytest.fixture
def folder():
    with TemporaryDirectory(prefix="phendula-test-") as made:
        yield Path(made) / "var"
        stop_embedded(Path(made) / "var")


def start_elsewhere(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS, folder], capture_output=True, text=True)


def test_the_server_outlives_who_started_it_and_is_joined(folder):
    first = start_elsewhere(folder)
    assert (first.returncode, first.stderr) == (0, "")
    url = first.stdout.strip()
    with psycopg.connect(url) as connection:
        pid = connection.execute("SELECT pg_postmaster_start_time()").fetchone()
    assert start_embedded(folder) == url
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT pg_postmaster_start_time()").fetchone() == pid
        assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)


def test_it_stops_and_starts_again_with_what_it_held(folder):
    url = start_embedded(folder)
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE kept (x int)")
    assert stop_embedded(folder) is True
    assert stop_embedded(folder) is False
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)
    with psycopg.connect(start_embedded(folder)) as connection:
        assert connection.execute("SELECT to_regclass('kept')").fetchone() == ("kept",)


def test_a_stale_pid_file_of_another_process_does_not_fool_it(folder):
    start_embedded(folder)
    pid_file = folder / "postgres/postmaster.pid"
    lines = pid_file.read_text().splitlines()
    stop_embedded(folder)
    # As after a power cut: the file is there, and its number is by now this very process's.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n")
    with psycopg.connect(start_embedded(folder)) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_where_it_cannot_start_it_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(EmbeddedDatabaseError, match="DATABASE_URL"):
        start_embedded(tmp_path / "file" / "var")
