"""What a replayed month of readings is measured by, and its figures as Markdown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg

from crm_store.domain.segments import is_gsm

A_DAY = 35_000
TABLES = ("messages", "readings", "events", "procrastinate_jobs", "procrastinate_events", "engine_memory")
_WAITING = """
SELECT count(*), percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY seconds)
FROM (SELECT extract(epoch FROM max(o.sent_at) - i.received_at) AS seconds FROM messages i
      JOIN messages o ON o.reply_to = i.id WHERE i.direction = 'in' AND i.received_at >= %s
      GROUP BY i.id, i.received_at) answered
"""
# A phone is known when it wrote before the month; the benchmark dates those a year back.
_SEGMENTS = """
SELECT a.created_at < now() - interval '6 months' AS known, sum(m.segments), count(*) FROM messages m
JOIN conversations c ON c.id = m.conversation_id JOIN addresses a ON a.id = c.address_id
WHERE m.direction = 'out' AND m.created_at >= %s GROUP BY 1
"""
_READINGS = """
SELECT a.created_at < now() - interval '6 months' AS known, count(*),
       count(*) FILTER (WHERE r.state = 'flagged')
FROM readings r JOIN addresses a ON a.citizen_id = r.citizen_id
WHERE r.taken_at >= %s AND r.state <> 'superseded' GROUP BY 1
"""
_REPLIES = """
SELECT response_key, coalesce(response_values #>> '{problem,response}', ''), language, segments, count(*)
FROM messages WHERE direction = 'out' AND created_at >= %s GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC
"""


@dataclass(frozen=True)
class Figures:
    """What the database tells of a day; the pairs are of known phones and of new ones."""

    messages: int
    waiting: tuple[float, float, float]
    segments: tuple[int, int]
    readings: tuple[int, int]
    flagged: int
    failed: int
    megabytes: dict[str, float]


@dataclass(frozen=True, kw_only=True)
class Day(Figures):
    """A day as it was played. `expected`: readings that people meant to send; `resumed`: an earlier run had
    begun it, so that its seconds and CPU are of a part only.
    """

    number: int
    seconds: float
    expected: int
    cpu_ms: dict[str, float]
    memory_mb: dict[str, float]
    resumed: bool = False

    def line(self) -> str:
        """The day in one line."""
        return (
            f"day {self.number}: {self.messages} messages, {sum(self.readings)} of {self.expected} readings,"
            f" {self.messages / self.seconds:.1f} a second, waiting {_each(self.waiting)} s,"
            f" {_a_reading(self):.3f} segments a reading, {sum(self.cpu_ms.values()):.0f} ms CPU a message,"
            f" {sum(self.memory_mb.values()):.0f} MB, {sum(self.megabytes.values()):.0f} MB in tables,"
            f" {self.failed} failed" + (" (begun in an earlier run: no speed)" if self.resumed else "")
        )


def figures_of(connection: psycopg.Connection[Any], since: datetime) -> Figures:
    """The figures of what came since then."""
    count, waiting = _row(connection, _WAITING, since)
    segments = {known: int(total or 0) for known, total, _ in connection.execute(_SEGMENTS, [since])}
    readings = {
        known: (int(total), int(flagged)) for known, total, flagged in connection.execute(_READINGS, [since])
    }
    (failed,) = _row(
        connection,
        "SELECT count(*) FROM messages WHERE status IN ('failed', 'undelivered') AND created_at >= %s",
        since,
    )
    sizes = {
        name: _row(connection, "SELECT pg_total_relation_size(%s) / 1e6", name)[0] for name in (*TABLES,)
    }
    return Figures(
        messages=int(count),
        waiting=tuple(float(one) for one in waiting or (0, 0, 0)),  # type: ignore[arg-type]
        segments=(segments.get(True, 0), segments.get(False, 0)),
        readings=(readings.get(True, (0, 0))[0], readings.get(False, (0, 0))[0]),
        flagged=sum(flagged for _, flagged in readings.values()),
        failed=int(failed),
        megabytes={name: float(size) for name, size in sizes.items()},
    )


def parts(connection: psycopg.Connection[Any], since: datetime) -> str:
    """Which replies were sent since then, how often and at how many segments; and what is not GSM-7."""
    lines = ["| reply | why | language | segments | sent |", "|---|---|---|---:|---:|"]
    rows = connection.execute(_REPLIES, [since]).fetchall()
    for key, why, language, segments, count in rows:
        lines.append(f"| {key} | {why.removeprefix('utter_problem_')} | {language} | {segments} | {count} |")
    odd = {
        key
        for key, body in connection.execute(
            "SELECT response_key, body FROM messages"
            " WHERE direction = 'out' AND created_at >= %s AND body ~ '[^ -~\\n]'",
            [since],
        )
        if not is_gsm(body)
    }
    return "\n".join([*lines, "", f"Not GSM-7: {', '.join(sorted(map(str, odd))) or 'none'}"])


def summary(days: Sequence[Day], replies: str) -> str:
    """All days together, as Markdown."""
    timed = [one for one in days if not one.resumed] or days
    messages, seconds = sum(one.messages for one in timed), sum(one.seconds for one in timed)
    known, new = (
        sum(one.segments[who] for one in days) / max(1, sum(one.readings[who] for one in days))
        for who in (0, 1)
    )
    readings = sum(sum(one.readings) for one in days)
    slowest = max(days, key=lambda one: one.waiting[1])
    cpu = {role: sum(one.cpu_ms[role] * one.messages for one in timed) / messages for role in days[0].cpu_ms}
    hours = A_DAY * seconds / sum(sum(one.readings) for one in timed) / 3600
    rows = {
        "days, messages": f"{len(days)}, {sum(one.messages for one in days):,}",
        "readings taken": f"{readings:,} of {sum(one.expected for one in days):,}",
        "messages a second": f"{messages / seconds:.1f}",
        "35,000 readings at that speed": f"{hours:.1f} hours",
        "waiting, median of the days' p50 / p95 / p99, s": _each(
            [sorted(one.waiting[at] for one in days)[len(days) // 2] for at in range(3)]
        ),
        "the slowest day's p95, s": f"{slowest.waiting[1]:.2f} (day {slowest.number})",
        "segments out a reading": f"{sum(sum(one.segments) for one in days) / readings:.3f}",
        "of known phones": f"{known:.3f}",
        "of new phones": f"{new:.3f}",
        "flagged for review": f"{sum(one.flagged for one in days) / readings:.1%}",
        "not delivered": f"{sum(one.failed for one in days)}",
        "CPU a message, ms": f"{sum(cpu.values()):.0f}: "
        + ", ".join(f"{role} {ms:.1f}" for role, ms in cpu.items()),
        "memory on the first and on the last day, MB": ", ".join(
            f"{role} {days[0].memory_mb[role]:.0f} - {days[-1].memory_mb[role]:.0f}"
            for role in days[0].memory_mb
        ),
        "tables at the end, MB": ", ".join(f"{name} {size:.0f}" for name, size in days[-1].megabytes.items()),
    }
    return "\n".join(
        ["", "| | |", "|---|---|", *(f"| {name} | {value} |" for name, value in rows.items()), "", replies]
    )


def _each(figures: Sequence[float]) -> str:
    return " / ".join(f"{one:.2f}" for one in figures)


def _a_reading(day: Day) -> float:
    return sum(day.segments) / max(1, sum(day.readings))


def _row(connection: psycopg.Connection[Any], query: str, value: object) -> Any:
    return connection.execute(query, [value]).fetchone()
