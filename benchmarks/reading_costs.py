"""What a store of readings weighs, and what the product's other work costs on it, as Markdown."""

from __future__ import annotations

import datetime as dt
import resource
import statistics
import tempfile
import time
from contextlib import suppress
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import psutil
import psycopg
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from crm_store.services.desk_sessions import begin_session
from crm_store.tables import User
from desk.access import cookie_name
from tests.processes.running import RunningSystem

PAGES = ("/desk/readings", "/desk/overview", "/desk/chats", "/desk/citizens?q=0820000017", "/desk/cases")
_TIMES = 7
_HOURS = """
SELECT floor(extract(epoch FROM received_at - %s) / 3600)::int AS hour, count(*),
       percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY seconds)
FROM (SELECT i.received_at, extract(epoch FROM min(o.sent_at) - i.received_at) AS seconds FROM messages i
      JOIN messages o ON o.reply_to = i.id WHERE i.direction = 'in' AND i.received_at >= %s
      GROUP BY i.id, i.received_at) answered
GROUP BY 1 ORDER BY 1
"""
_LARGEST = """
SELECT relname, greatest(reltuples, 0)::bigint, pg_table_size(oid) / 1e6, pg_indexes_size(oid) / 1e6
FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'
ORDER BY pg_total_relation_size(oid) DESC LIMIT 12
"""


def hours(connection: psycopg.Connection[Any], since: datetime) -> str:
    """How long people waited for the first reply, by the hour of the run."""
    lines = ["", "| hour of the run | messages | first reply p50 / p95 / p99, s |", "|---:|---:|---|"]
    for hour, count, seconds in connection.execute(_HOURS, [since, since]).fetchall():
        lines.append(f"| {hour + 1} | {count:,} | {' / '.join(f'{float(one):.2f}' for one in seconds)} |")
    return "\n".join(lines)


def sizes(connection: psycopg.Connection[Any]) -> str:
    """The largest tables, with about so many rows, and the whole."""
    connection.execute("ANALYZE")
    lines = ["", "| table | rows | MB | indexes, MB |", "|---|---:|---:|---:|"]
    for name, rows, table, indexes in connection.execute(_LARGEST).fetchall():
        lines.append(f"| {name} | {rows:,} | {table:,.0f} | {indexes:,.0f} |")
    (whole,) = connection.execute("SELECT pg_database_size(current_database()) / 1e6").fetchone() or (0,)
    return "\n".join([*lines, f"| the whole database | | {whole:,.0f} | |"])


def tidy_up(system: RunningSystem) -> str:
    """What the product did with the past by its own clock: days over go to billing, and it sweeps."""
    with tempfile.TemporaryDirectory() as out:
        lines = [
            _of(system, "the export of the past to billing", "reading", "export", "--settled", "--out", out),
            _of(system, "the first sweep after it", "sweep"),
        ]
    return "\n".join(["", *_HEAD, *lines])


def of_work(system: RunningSystem, today: dt.date) -> str:
    """Sweep, export of what is new, reports of this month, and pages of the desk."""
    month = f"{today:%Y-%m}"
    with tempfile.TemporaryDirectory() as out:
        lines = [
            _of(system, "a sweep", "sweep"),
            _of(system, "the export of the day to billing", "reading", "export", "--out", out),
            _of(system, f"`phendula report`, {month}", "report", "--start", str(today), "--out", out),
            _of(system, f"`phendula reading report`, {month}", "reading", "report", "--period", month),
        ]
    return "\n".join(["", *_HEAD, *lines, *_pages(system)])


_HEAD = ("| work | seconds | CPU of the command, s | CPU of PostgreSQL, s |", "|---|---:|---:|---:|")


def _of(system: RunningSystem, name: str, *command: str) -> str:
    """A row: the command's seconds, with about one for its start."""
    begun, own, theirs = time.monotonic(), _of_commands(), _of_postgres(system)
    done = system.command(*command, within_seconds=3600)
    if done.returncode:
        raise SystemExit(f"phendula {' '.join(command)}\n{done.stdout}{done.stderr}")
    figures = (time.monotonic() - begun, _of_commands() - own, _of_postgres(system) - theirs)
    return f"| {name} | {' | '.join(f'{one:.1f}' for one in figures)} |"


def _of_commands() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _of_postgres(system: RunningSystem) -> float:
    """All its processes so far, those that ended too."""
    server = psutil.Process(int((system.folder / "postgres" / "postmaster.pid").read_text().split()[0]))
    total = 0.0
    for one in (server, *server.children()):
        with suppress(psutil.NoSuchProcess):  # it ended just now: its times are the server's children's
            times = one.cpu_times()
            total += times.user + times.system + times.children_user + times.children_system
    return total


def _pages(system: RunningSystem) -> list[str]:
    """Rows of the desk's pages: the median of some times, after a first one that does not count."""
    engine = create_engine(system.database_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with Session(engine) as session, session.begin():
        username = f"benchmark{time.time_ns()}"
        session.add(user := User(username=username, role="administrator", name="Benchmark"))
        session.flush()
        begun = begin_session(session, user.id, "127.0.0.1", "benchmark", datetime.now(UTC))
    engine.dispose()
    lines = []
    for page in PAGES:
        seconds = []
        for _ in range(_TIMES + 1):
            at = time.monotonic()
            answer = system.http.get(
                system.web + page, headers={"Cookie": f"{cookie_name()}={begun.token}"}, timeout=120
            )
            seconds.append(time.monotonic() - at)
            if answer.status_code != HTTPStatus.OK:
                raise SystemExit(f"{page}: {answer.status_code}")
        lines.append(f"| the desk's {page} | {statistics.median(seconds[1:]):.3f} | | |")
    return lines
