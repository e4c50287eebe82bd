"""The figures as tables: plain for the terminal, Markdown for docs/performance.md."""

import os
import platform
from collections.abc import Sequence

import psutil

from benchmarks.throughput import Measured, Played, Window

Row = tuple[str, ...]
ROLES = ("web", "worker", "engine", "actions", "postgres", "supervisor")


def tables(sides: Sequence[Measured]) -> list[tuple[str, list[Row]]]:
    """(title, rows); the first row is the head. With two sides the last column compares them."""
    return [
        ("Conversations", _conversations(sides)),
        ("CPU a message, ms", _cpu(sides)),
        ("Resident memory, MB", _memory(sides)),
        ("One person's history", _history(sides)),
    ]


def machine() -> str:
    """The kind of machine, without names."""
    memory = round(psutil.virtual_memory().total / 2**30)
    python = platform.python_version()
    return f"{os.cpu_count()} cores, {memory} GB of memory, {platform.system()}, Python {python}"


def _head(first: str, sides: Sequence[Measured]) -> Row:
    return (first, *(side.name for side in sides), *(["ratio"] if len(sides) == 2 else []))


def _row(name: str, figures: Sequence[float | None], digits: int = 0, more_is_better: bool = False) -> Row:
    cells = ["-" if figure is None else f"{figure:,.{digits}f}" for figure in figures]
    if len(figures) == 2:
        ours, theirs = figures
        cells.append(f"{_ratio(ours, theirs, more_is_better):.1f} x" if ours and theirs else "")
    return (name, *cells)


def _ratio(ours: float, theirs: float, more_is_better: bool) -> float:
    return ours / theirs if more_is_better else theirs / ours


def _conversations(sides: Sequence[Measured]) -> list[Row]:
    played = [side.played for side in sides if side.played]
    return [
        _head("", sides),
        _row(
            "messages a second, 8 people at once", [one.per_second for one in played], 1, more_is_better=True
        ),
        _row("CPU a message, all processes, ms", [sum(one.cpu_ms.values()) for one in played], 1),
        _row("to the first reply, p50, ms", [one.waiting(0.5, last=False) for one in played]),
        _row("to the first reply, p95, ms", [one.waiting(0.95, last=False) for one in played]),
        _row("to the last reply, p50, ms", [one.waiting(0.5) for one in played]),
        _row("to the last reply, p95, ms", [one.waiting(0.95) for one in played]),
        _row("resident memory, all processes, MB", [sum(side.memory_mb.values()) for side in sides]),
        _row("start to ready, s", [side.seconds_to_start for side in sides], 1),
        _words("conversations, messages in", [f"{len(one.conversations)}, {one.messages}" for one in played]),
        _words("messages not answered", [str(one.unanswered) for one in played]),
        _words("replies a message in", [f"{_replies(one):.2f}" for one in played]),
        _words("SMS segments out a conversation", [f"{one.segments_a_conversation:.2f}" for one in played]),
        _words("training examples", [f"{side.examples:,}" for side in sides]),
        _words("CPU of the load generator a message, ms", [f"{one.generator_ms:.0f}" for one in played]),
        _words("machine used by other programs, %", [f"{100 * one.others_share:.0f}" for one in played]),
        _words(
            "CPU when nobody writes, ms a second", [f"{sum(side.idle_cpu_ms.values()):.0f}" for side in sides]
        ),
    ]


def _words(name: str, cells: Sequence[str]) -> Row:
    """A row without a ratio."""
    return (name, *cells, *([""] if len(cells) == 2 else []))


def _replies(played: Played) -> float:
    return sum(len(answer.texts) for answer in played.answers) / len(played.answers)


def _cpu(sides: Sequence[Measured]) -> list[Row]:
    rows = [_head("process", sides)]
    for role in ROLES:
        figures = [side.played.cpu_ms.get(role) if side.played else None for side in sides]
        if any(figure is not None for figure in figures):
            rows.append(_row(role, figures, 1))
    rows.append(_row("together", [sum(side.played.cpu_ms.values()) for side in sides if side.played], 1))
    return rows


def _memory(sides: Sequence[Measured]) -> list[Row]:
    rows = [_head("process", sides)]
    for role in ROLES:
        figures = [side.memory_mb.get(role) for side in sides]
        if any(figure is not None for figure in figures):
            rows.append(_row(role, figures))
    rows.append(_row("together", [sum(side.memory_mb.values()) for side in sides]))
    return rows


def _history(sides: Sequence[Measured]) -> list[Row]:
    rows = [_head("message of one person", sides)]
    stops = sorted({window.at for side in sides for window in side.windows})
    for stop in stops:
        found = [next((window for window in side.windows if window.at == stop), None) for side in sides]
        name = "1st" if stop == 1 else f"{stop:,}th"
        rows.append(_row(f"{name}: to the last reply, ms", [one and one.milliseconds for one in found]))
        rows.append(_row(f"{name}: engine CPU, ms", [one and one.cpu_ms["engine"] for one in found], 1))
        rows.append(_row(f"{name}: CPU of all processes, ms", [_together(one) for one in found], 1))
    return rows


def _together(window: Window | None) -> float | None:
    return sum(window.cpu_ms.values()) if window else None


def plain(title: str, rows: list[Row]) -> str:
    """A table for the terminal."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([title, "-" * len(title), *lines, ""])


def markdown(title: str, rows: list[Row]) -> str:
    """The same table in Markdown."""
    head, *body = (" | ".join(row) for row in rows)
    rule = " | ".join(["---"] + ["---:"] * (len(rows[0]) - 1))
    return "\n".join([f"## {title}", "", f"| {head} |", f"| {rule} |", *(f"| {row} |" for row in body), ""])
