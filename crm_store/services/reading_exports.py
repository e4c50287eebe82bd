"""Readings on their way to billing: each is handed over in one batch, a correction of it in a later one.

A batch is made in one transaction and written or sent after it: what did not arrive is written again.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_store.services.locking import locked
from crm_store.tables import ReadingBatch


class BatchNotFound(LookupError):
    """There is no batch of this number, or not for this municipality."""


class WrongFigures(ValueError):
    """What was received is not what the batch holds; the message has both figures."""


#: Rows fetched at a time: a batch may have a million readings, which no process should hold at once.
ROWS_AT_A_TIME = 2000


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """Which readings to hand over; None is any. `days_until`: taken on this local day or before."""

    municipality: str | None = None
    #: 'YYYY-MM' of the local day on which the reading was taken
    period: str | None = None
    state: Literal["accepted", "flagged"] | None = None
    days_until: date | None = None

    @property
    def parameters(self) -> dict[str, Any]:
        """As the statements want them."""
        return {
            "municipality": self.municipality,
            "period": self.period,
            "state": self.state,
            "days_until": self.days_until,
        }


_WANTED = """
    readings.state IN ('accepted', 'flagged')
    AND (CAST(:municipality AS text) IS NULL OR accounts.municipality = :municipality)
    AND (CAST(:period AS text) IS NULL OR to_char(readings.taken_on, 'YYYY-MM') = :period)
    AND (CAST(:state AS text) IS NULL OR readings.state = :state)
    AND (CAST(:days_until AS date) IS NULL OR readings.taken_on <= :days_until)
"""

#: SKIP LOCKED: two exports at once share the readings out, and none is in both.
_CHOOSE = f"""
CREATE TEMPORARY TABLE chosen ON COMMIT DROP AS
SELECT readings.id, readings.state, readings.flags, readings.value,
       (SELECT earlier.id FROM readings earlier
        WHERE earlier.replaced_by = readings.id AND earlier.exported_at IS NOT NULL
        ORDER BY earlier.taken_at DESC LIMIT 1) AS replaces
FROM readings JOIN accounts USING (account_number)
WHERE readings.exported_at IS NULL AND {_WANTED}
FOR UPDATE OF readings SKIP LOCKED
"""  # noqa: S608 (put together from our own constants)

_HAND_OVER = (
    """
    INSERT INTO batch_readings (reading_id, batch, state, flags, replaces)
    SELECT id, :batch, state, flags, replaces FROM chosen
    """,
    "UPDATE readings SET exported_at = :now FROM chosen WHERE readings.id = chosen.id",
    """
    INSERT INTO events (subject_type, subject_id, kind, actor, after, at)
    SELECT 'reading', CAST(id AS text), 'exported', :actor,
           jsonb_build_object('batch', CAST(:batch AS bigint)), :now
    FROM chosen
    """,
)

_COLUMNS = """
    readings.account_number, accounts.municipality, meters.service, meters.meter_number,
    readings.digits AS reading, readings.taken_on, readings.taken_at, {state} AS state, {flags} AS flags,
    readings.channel, readings.id AS reading_id, {replaces} AS replaces, meters.register
"""
_OF_BATCH = f"""
SELECT {_COLUMNS.format(state="given.state", flags="given.flags", replaces="given.replaces")}
FROM batch_readings given
JOIN readings ON readings.id = given.reading_id
JOIN meters ON meters.id = readings.meter_id
JOIN accounts ON accounts.account_number = readings.account_number
WHERE given.batch = :batch ORDER BY readings.taken_at, readings.id
"""  # noqa: S608
_OF_ALL = f"""
SELECT {_COLUMNS.format(state="readings.state", flags="readings.flags", replaces="NULL")}
FROM readings
JOIN meters ON meters.id = readings.meter_id
JOIN accounts ON accounts.account_number = readings.account_number
WHERE {_WANTED} ORDER BY readings.taken_at, readings.id
"""  # noqa: S608


def make_batch(
    session: Session,
    wanted: Wanted,
    now: datetime,
    actor: str = "export",
    found: Callable[[int], None] = lambda _: None,
) -> ReadingBatch | None:
    """Gather the readings not handed over before into a batch; None when there are none.

    `found` is told how many there are, before the longer part of the work.

    Commit before its rows go anywhere: a reading told to billing and not marked so would be told twice.
    """
    session.flush()
    session.execute(text("DROP TABLE IF EXISTS chosen"))
    session.execute(text(_CHOOSE), wanted.parameters)
    figures = session.execute(
        text("SELECT count(*) AS count, coalesce(sum(value), 0) AS sum FROM chosen")
    ).one()
    if not figures[0]:
        return None
    found(int(figures[0]))
    batch = ReadingBatch(
        municipality=wanted.municipality,
        created_by=actor,
        created_at=now,
        count=int(figures[0]),
        sum=int(figures[1]),
    )
    session.add(batch)
    session.flush()
    for statement in _HAND_OVER:
        session.execute(text(statement), {"batch": batch.number, "now": now, "actor": actor})
    session.expire_all()
    return batch


def batch_of(session: Session, number: int, municipality: str | None = None) -> ReadingBatch:
    """The batch; raises BatchNotFound, also for one of another municipality than the given one."""
    batch = session.get(ReadingBatch, number)
    if batch is None or (municipality is not None and batch.municipality != municipality):
        raise BatchNotFound(f"there is no batch {number}")
    return batch


def batch_rows(session: Session, number: int) -> Iterator[dict[str, Any]]:
    """The batch's readings as they were handed over, oldest first; `flags` says why somebody should look.

    They are fetched as they are asked for, so within the transaction.
    """
    return _rows(session, _OF_BATCH, {"batch": number})


def all_rows(session: Session, wanted: Wanted) -> Iterator[dict[str, Any]]:
    """The readings wanted, handed over or not, as they are now; none is marked. Fetched as `batch_rows`."""
    session.flush()
    return _rows(session, _OF_ALL, wanted.parameters)


def acknowledge_batch(
    session: Session,
    number: int,
    *,
    count: int,
    sum_of_readings: int,
    now: datetime,
    actor: str,
    municipality: str | None = None,
) -> ReadingBatch:
    """The receiver has the batch; again by the same figures changes nothing.

    Raises BatchNotFound, or WrongFigures when count or sum differ: the file was cut or changed on its way.
    """
    batch_of(session, number, municipality)
    batch = locked(session, ReadingBatch, number)
    if (count, sum_of_readings) != (batch.count, batch.sum):
        raise WrongFigures(
            f"batch {number} has {batch.count} readings of the sum {batch.sum}; "
            f"{count} of the sum {sum_of_readings} were acknowledged"
        )
    if batch.acknowledged_at is None:
        batch.acknowledged_at, batch.acknowledged_by = now, actor
    return batch


def _rows(session: Session, statement: str, given: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    found = session.execute(text(statement), given, execution_options={"yield_per": ROWS_AT_A_TIME})
    for row in found.mappings():
        yield {
            **row,
            "flags": " ".join(row["flags"]),
            "reading_id": str(row["reading_id"]),
            "replaces": None if row["replaces"] is None else str(row["replaces"]),
        }
