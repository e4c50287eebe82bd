"""The queue: Procrastinate on the same PostgreSQL, so that a job is part of a transaction."""

import threading
from datetime import datetime
from typing import Any
from uuid import UUID

import procrastinate
import psycopg
import psycopg_pool
from sqlalchemy.orm import Session

from crm_store.database import server_has_gone
from crm_store.embedded import database_url

#: Tasks register here: `@app.task(name="take_turn")`. Only a worker opens it (`worker_app`).
app = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())

#: Set when this worker is to stop: work of minutes looks at it, ends, and is taken up by another worker.
worker_stops = threading.Event()

#: Deferring borrows the session's own connection, so this one is never opened.
_deferring = procrastinate.App(connector=procrastinate.SyncPsycopgConnector())


def worker_app(url: str | None = None) -> procrastinate.App:
    """The app that a worker opens and runs: `app`'s tasks on a connection pool of its own."""
    app.connector = procrastinate.PsycopgConnector(
        conninfo=url or database_url(),
        kwargs={"application_name": "phendula worker"},
        pool_factory=_pool,
        configure=_configure,
    )
    app.job_manager.connector = app.connector
    return app


def _pool(**options: Any) -> psycopg_pool.AsyncConnectionPool:
    """Procrastinate's pool, but it asks no server whether it is there: that would double the statements."""
    return psycopg_pool.AsyncConnectionPool(**{**options, "check": _check})


async def _configure(connection: psycopg.AsyncConnection[Any]) -> None:
    # Each of the queue's deeds is one statement, a function of Procrastinate's: it needs no BEGIN and COMMIT.
    await connection.set_autocommit(True)


async def _check(connection: psycopg.AsyncConnection[Any]) -> None:
    if server_has_gone(connection):
        await connection.close()  # else the pool would take it back
        raise psycopg.OperationalError("the server has closed this connection")


def defer(
    session: Session,
    task_name: str,
    *,
    lock: str | None = None,
    queueing_lock: str | None = None,
    schedule_at: datetime | None = None,
    priority: int = 0,
    queue: str = "default",
    **args: str | int | float | bool | None,
) -> int | None:
    """Add a job in the session's own transaction: it exists when, and only when, the transaction commits.

    Returns the job's id, or None when a job with the same `queueing_lock` is waiting already. Jobs of one
    `lock` run one at a time in the order of their deferring; a retry in the future holds the later ones back.
    """
    session.flush()

    def insert() -> int:
        connection = session.connection().connection.driver_connection
        return _deferring.configure_task(
            task_name,
            allow_unknown=True,
            lock=lock,
            queueing_lock=queueing_lock,
            schedule_at=schedule_at,
            priority=priority,
            queue=queue,
            connection=connection,
        ).defer(**args)

    if queueing_lock is None:
        return insert()
    try:
        with session.begin_nested():  # a refused insert must not spoil the caller's transaction
            return insert()
    except procrastinate.exceptions.AlreadyEnqueued:
        return None


def defer_turn(session: Session, message_id: UUID, conversation_id: UUID) -> None:
    """Ask for the turn of an inbound message; turns of one conversation run in order."""
    defer(session, "take_turn", lock=f"conversation:{conversation_id}", message_id=str(message_id))


def defer_delivery(session: Session, message_id: UUID, conversation_id: UUID) -> None:
    """Ask for the delivery of an outbound message, and of those behind it among the replies of its turn.

    Deliveries of one conversation run in order.
    """
    defer(session, "deliver", lock=f"out:{conversation_id}", message_id=str(message_id))
