"""A month whose past was filled is the month that was played: as many rows, and the same last day."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from benchmarks.reading_accounts import load
from benchmarks.reading_month import AGAIN, Month, Person
from benchmarks.reading_past import PastError, Twins, counts, fill
from benchmarks.reading_progress import Given, Progress
from benchmarks.readings import make_past, play, playing, running
from crm_store import embedded
from crm_store.migrations import migrate
from tests.store_fixtures import postgres_folder

TODAY = dt.date(2026, 11, 22)
PAST, PER_DAY = 7, 20
#: Of these a filled past has fewer: receipts of unknown messages are forgotten after two days, and trainers
#: get a sample. The queue's own rows are of the clock, not of messages.
OWN_WAYS = {"early_receipts", "training_items", "training_groups", "training_marks", "search_words"}
_KEYS = """
SELECT conrelid::regclass::text, a.attname, confrelid::regclass::text, b.attname FROM pg_constraint
JOIN pg_attribute a ON (a.attrelid, a.attnum) = (conrelid, conkey[1])
JOIN pg_attribute b ON (b.attrelid, b.attnum) = (confrelid, confkey[1])
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_LAST_DAY = """
SELECT i.provider_id, i.body, o.position, o.body FROM messages i
LEFT JOIN messages o ON o.reply_to = i.id
WHERE i.direction = 'in' AND i.received_at >= %s ORDER BY 1, 3
"""


def _month() -> Month:
    return Month(PAST + 1, PER_DAY, 7, datetime.now(UTC).date(), PAST)


@dataclass(frozen=True)
class Played:
    """What a month left."""

    counts: dict[str, int]
    last_day: list[Any]
    orphans: dict[str, int]
    readings_by_day: dict[dt.date, int]
    without_reading: int


@pytest.fixture(scope="module")
def played() -> Iterator[Played]:
    """All days by the webhook."""
    with postgres_folder() as folder:
        yield _play(folder, is_filled=False)


@pytest.fixture(scope="module")
def filled() -> Iterator[Played]:
    """The first and the last day by the webhook, the others filled in."""
    with postgres_folder() as folder:
        yield _play(folder, is_filled=True)


def _play(folder: Path, is_filled: bool) -> Played:
    month = _month()
    given = Given(1, PER_DAY, 4, 0.0, month.seed, month.today.isoformat(), PAST)
    progress = Progress(folder, given)
    url = embedded.start_embedded(folder)
    try:
        migrate(url)
        if is_filled:
            make_past(folder, url, month, progress)
        with running(folder, url) as system, playing(system, month, given) as replay:
            load(system, month, range(PAST if is_filled else 0, PAST + 1))
            for day in range(PAST if is_filled else 0, PAST + 1):
                play(replay, day, progress)
            system.wait_until_quiet()
        with psycopg.connect(url) as connection:
            return _looked_at(connection, progress.begin(PAST))
    finally:
        embedded.stop_embedded(folder)


def _looked_at(connection: psycopg.Connection[Any], since: datetime) -> Played:
    orphans = {}
    for table, column, other, key in connection.execute(_KEYS).fetchall():
        query = (
            f"SELECT count(*) FROM {table} t WHERE {column} IS NOT NULL"
            f" AND NOT EXISTS (SELECT FROM {other} o WHERE o.{key} = t.{column})"
        )
        orphans[f"{table}.{column}"] = connection.execute(query).fetchone()[0]
    (without,) = connection.execute(
        "SELECT count(*) FROM events WHERE subject_type = 'reading'"
        " AND kind = 'reading_taken' AND subject_id NOT IN (SELECT id::text FROM readings)"
    ).fetchone()
    return Played(
        counts=counts(connection),
        last_day=connection.execute(_LAST_DAY, [since]).fetchall(),
        orphans=orphans,
        readings_by_day=dict(
            connection.execute("SELECT taken_on, count(*) FROM readings GROUP BY 1").fetchall()
        ),
        without_reading=without,
    )


@pytest.mark.processes
def test_every_table_has_as_many_rows(played: Played, filled: Played) -> None:
    def compared(one: Played) -> dict[str, int]:
        return {
            name: count
            for name, count in one.counts.items()
            if name not in OWN_WAYS and not name.startswith("procrastinate")
        }

    assert compared(filled) == compared(played)
    assert filled.counts["messages"] > 2 * PER_DAY * PAST


@pytest.mark.processes
def test_the_last_day_is_answered_in_the_same_words(played: Played, filled: Played) -> None:
    assert filled.last_day == played.last_day
    assert len({row[0] for row in filled.last_day}) >= PER_DAY


@pytest.mark.processes
def test_whatever_refers_to_a_row_finds_it(filled: Played) -> None:
    assert not any(filled.orphans.values()), filled.orphans
    assert filled.without_reading == 0


@pytest.mark.processes
def test_each_day_of_the_past_has_its_date(filled: Played) -> None:
    *past, _ = (filled.readings_by_day[day] for day in sorted(filled.readings_by_day))
    assert len(past) == PAST
    assert len(set(past)) == 1


def test_the_days_of_the_past_say_the_same_of_other_numbers() -> None:
    month = Month(PAST + 1, 300, 7, TODAY, PAST)
    first, fifth = list(month.sendings(0)), list(month.sendings(4))
    assert [one.person.number + 4 * 300 for one in first] == [one.person.number for one in fifth]
    assert [one.person.known for one in first] == [one.person.known for one in fifth]
    assert [_shape(one.text) for one in first] == [_shape(one.text) for one in fifth]
    assert [one.text for one in first] != [one.text for one in fifth]


def test_the_first_day_is_that_of_a_month_without_past() -> None:
    texts = [one.text for one in Month(PAST + 1, 300, 7, TODAY, PAST).sendings(0)]
    assert texts == [one.text for one in Month(1, 300, 7, TODAY).sendings(0)]


def test_whoever_writes_again_has_an_account_of_the_past() -> None:
    month = Month(PAST + 1, 300, 7, TODAY, PAST)
    again = list(month.sendings(PAST))[: int(300 * AGAIN)]
    accounts = {line.split(",")[0] for line in month.accounts(range(1))}
    assert {one.person.account("B") for one in again} <= accounts
    ours = {line.split(",")[0] for line in month.accounts(range(PAST, PAST + 1))}
    assert not ours & accounts


def test_twins_have_their_own_numbers_and_ids_that_rise_with_their_time() -> None:
    month = Month(PAST + 1, 50, 7, TODAY, PAST)
    risen, random = "01a2040f-5fea-77ca-92bf-721a2197fcf0", "c0a61b1e-e281-4a5d-8a22-36b86449dfae"
    sid, shared = "SMb4b66dbc427b5e3cbf8bfab60324a7d4", "766f0659-6d07-443b-805a-c6019e2e5a1f"
    ids = {risen, random, sid, shared, "2026-11-22", Person(3).phone, Person(3).account("A"), "KDM-3891-2492"}
    twins = Twins(month, ids, {shared}, {"KDM-3891-2492": "38912492"})
    twin, dates = twins.of(2, -5)
    assert twin[Person(3).phone] == Person(103).phone
    assert twin[Person(3).account("A")] == Person(103).account("A")
    assert twin[risen][14:] == risen[14:]
    assert int(risen.replace("-", "")[:12], 16) - int(twin[risen].replace("-", "")[:12], 16) == 5 * 86_400_000
    assert twin[random] != random
    assert twin[sid] != sid
    assert re.fullmatch("SM[0-9a-f]{32}", twin[sid])
    assert shared not in twin
    assert dates == {"2026-11-22": "2026-11-17"}
    assert twin["38912492"] == twin["KDM-3891-2492"][4:].replace("-", "") != "38912492"


def test_a_table_that_nobody_spoke_of_is_not_passed_over(database_url: str) -> None:
    with psycopg.connect(database_url) as connection:
        connection.execute("CREATE TABLE forgotten AS SELECT 1 AS one")
        connection.commit()
        with pytest.raises(PastError, match="forgotten"):
            fill(connection, _month(), TODAY, TODAY, str)


def _shape(text: str) -> str:
    return re.sub(r"\d", "0", re.sub(r"\b(AV|S)[A-Z](?=\d)", r"\1A", text))
