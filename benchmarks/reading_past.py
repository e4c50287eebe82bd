"""Fills the store with the days before the replayed ones: a real day's rows, for other people and dates.

Every row of every table that people's messages fill is taken as text; in it each id, phone, account, meter
and date is put for that of the day's twin. So what refers to each other goes on doing so, and no column is
forgotten. The words keep what is not written as a whole number there: masks, spaces, digits spelled out.
"""

from __future__ import annotations

import datetime as dt
import re
import time
from collections.abc import Callable
from typing import Any

import psycopg
from psycopg import sql

from benchmarks.reading_month import Month, Person
from crm_store.domain.references import digits_of, new_reference

#: What people's messages fill. Billing's file was read once, this month: its dates stay.
BILLING = ("accounts", "meters")
PEOPLE = (
    "citizens", "addresses", "conversations", "messages", "cases", *BILLING, "citizen_accounts", "readings",
    "events", "engine_memory",
)  # fmt: skip
#: What does not stay, or is not of every day: the last so many days of the past have it. Receipts of unknown
#: messages are forgotten after two days; a week's sample of messages for trainers is about that of one day.
FOR_DAYS = {"early_receipts": 2, "training_items": 1}
#: What is there once, whatever people write; of the queue's jobs only those of the clock stay.
SHARED = (
    "alembic_version", "api_keys", "canned_answers", "models", "model_files", "publications", "users",
    "engine_replicas", "training_groups", "training_marks", "search_words",
    "procrastinate_events", "procrastinate_jobs", "procrastinate_periodic_defers", "procrastinate_workers",
)  # fmt: skip

_TOKEN = re.compile(
    r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|SM[0-9a-f]{32}|\+2782\d{7}"
    r"|20\d\d-\d\d-\d\d|[A-Z]{3}-\d{4}-\d{4}|[A-Z]{2,3}\d{6}|(?<![\d.])(?:\d{11}|\d{8})(?!\d))"
)
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
_DAY_MS = 86_400_000
_TWIN = 0x9E3779B1
_COLUMNS = """
SELECT attname, attidentity <> '' FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""
_TABLES = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') ORDER BY 1
"""
#: Staff's own history is no answer to a message.
_OF_PEOPLE = sql.SQL("WHERE subject_type <> 'user'")
# The trainers' inbox has looked at all of it.
_LOOKED_AT = """
UPDATE training_marks SET at = greatest(at, (SELECT max(handled_at) FROM messages)),
                          event_id = greatest(event_id, (SELECT max(id) FROM events))
"""


class PastError(Exception):
    """The day cannot be copied; the message says why."""


class Table:
    """The rows that one day left in a table, taken apart at what differs from twin to twin."""

    def __init__(self, connection: psycopg.Connection[Any], name: str) -> None:
        self.name = name
        columns = connection.execute(_COLUMNS, [name]).fetchall()
        numbered = [sql.Identifier(one) for one, counted in columns if counted]
        self._columns = sql.SQL(", ").join(sql.Identifier(one) for one, counted in columns if not counted)
        query = sql.SQL("COPY (SELECT {} FROM {} {} ORDER BY {}) TO STDOUT").format(
            self._columns,
            sql.Identifier(name),
            _OF_PEOPLE if name == "events" else sql.SQL(""),
            numbered[0] if numbered else sql.SQL("created_at" if _has(columns, "created_at") else "1"),
        )
        with connection.cursor().copy(query) as copy:
            text = b"".join(bytes(part) for part in copy).decode()
        self._parts = _TOKEN.split(text)

    @property
    def tokens(self) -> list[str]:
        """What may differ, in the order of the rows."""
        return self._parts[1::2]

    def put(self, connection: psycopg.Connection[Any], twin: dict[str, str]) -> None:
        """Writes the rows of a twin of the day."""
        parts = self._parts[:]
        parts[1::2] = [twin.get(one, one) for one in self.tokens]
        into = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier(self.name), self._columns)
        with connection.cursor().copy(into) as copy:
            copy.write("".join(parts))


class Twins:
    """What stands for each id, number and date of the first day on another day."""

    def __init__(self, month: Month, ids: set[str], kept: set[str], references: dict[str, str]) -> None:
        """`ids`: all that was found; `kept`: those of rows that all days share; `references`: of cases."""
        self._per_day = month.per_day
        meant = {
            written: (slot, name)
            for slot in range(month.per_day)
            for name, written in Person(slot).numbers().items()
        }
        self._numbers = [(one, *meant[one]) for one in ids if one in meant]
        self._dates = {one for one in ids if _DATE.fullmatch(one)}
        self._ids = [one for one in ids if len(one) > 30 and one not in kept]
        self._references = references
        self._given = set(references.values())

    def of(self, day: int, days_later: int) -> tuple[dict[str, str], dict[str, str]]:
        """What stands for what, without the dates; and the dates."""
        twin = {one: _id_of(one, day, days_later * _DAY_MS) for one in self._ids}
        people: dict[int, dict[str, str]] = {}
        for one, slot, name in self._numbers:
            if slot not in people:
                people[slot] = Person(slot + day * self._per_day).numbers()
            twin[one] = people[slot][name]
        if day:
            for reference, digits in self._references.items():
                twin[reference] = self._new_reference(reference.split("-")[0])
                twin[digits] = digits_of(twin[reference])
        dates = {one: str(dt.date.fromisoformat(one) + dt.timedelta(days=days_later)) for one in self._dates}
        return twin, dates

    def _new_reference(self, letters: str) -> str:
        while digits_of(new := new_reference(letters)) in self._given:
            pass
        self._given.add(digits_of(new))
        return new


def fill(
    connection: psycopg.Connection[Any],
    month: Month,
    played_on: dt.date,
    today: dt.date,
    tell: Callable[[str], None],
) -> None:
    """Puts `month.past` days that end yesterday in place of the one that was played, in one transaction.

    Raises PastError when the store holds what the copy would not know how to treat.
    """
    begun = time.monotonic()
    with connection.transaction():
        names = (*PEOPLE, *FOR_DAYS)
        _insist_on_known_tables(connection, names)
        # Each row refers to twins in the same way as it did; a test looks whether all are there.
        connection.execute("SET LOCAL session_replication_role = replica")
        connection.execute("SET LOCAL synchronous_commit = off")
        tables = [Table(connection, name) for name in names]
        kept = {str(one) for (one,) in connection.execute("SELECT id FROM training_groups").fetchall()}
        references = dict(connection.execute("SELECT reference, digits FROM cases").fetchall())
        found = {one for table in tables for one in table.tokens}
        twins = Twins(month, found, kept, references)
        connection.execute(sql.SQL("DELETE FROM events {}").format(_OF_PEOPLE))
        emptied = sql.SQL(", ").join(sql.Identifier(name) for name in names if name != "events")
        connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(emptied))
        for day in range(month.past):
            later = (today - played_on).days - month.past + day
            twin, dates = twins.of(day, later)
            for table in tables:
                if month.past - day <= FOR_DAYS.get(table.name, month.past):
                    table.put(connection, twin if table.name in BILLING else twin | dates)
            tell(f"filled day {day + 1} of {month.past}, {time.monotonic() - begun:.0f} s")
        connection.execute(_LOOKED_AT)
    connection.autocommit = True
    connection.execute("VACUUM ANALYZE")
    tell(f"the past is there, {time.monotonic() - begun:.0f} s")


def is_filled(connection: psycopg.Connection[Any], month: Month) -> bool:
    """Whether the days before are there."""
    twin = Person(month.per_day).phone
    found = connection.execute("SELECT FROM addresses WHERE channel = 'sms' AND address = %s", [twin])
    return found.fetchone() is not None


def counts(connection: psycopg.Connection[Any]) -> dict[str, int]:
    """How many rows each table has."""
    return {
        name: connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()[
            0
        ]  # type: ignore[index]
        for (name,) in connection.execute(_TABLES).fetchall()
    }


def _insist_on_known_tables(connection: psycopg.Connection[Any], names: tuple[str, ...]) -> None:
    strange = [name for name, count in counts(connection).items() if count and name not in (*names, *SHARED)]
    if strange:
        raise PastError(
            f"The day left rows in {', '.join(strange)}. Say in {__name__} whether each day has its own."
        )


def _id_of(one: str, day: int, later_ms: int) -> str:
    """The twin's id: as random as the other; one that rises with time is of its time."""
    if one[14] == "7" and one[8] == "-":
        ms = int(one[:8] + one[9:13], 16) + later_ms
        return f"{ms >> 16:08x}-{ms & 0xFFFF:04x}{one[13:]}"
    head = 2 if one.startswith("SM") else 0
    return f"{one[:head]}{(int(one[head : head + 8], 16) + day * _TWIN) & 0xFFFFFFFF:08x}{one[head + 8 :]}"


def _has(columns: list[tuple[str, bool]], name: str) -> bool:
    return any(one == name for one, _ in columns)
