"""The connection to the database: one engine a process, one transaction a deed."""

import select
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import psycopg
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session

from crm_store.embedded import database_url


@lru_cache(maxsize=1)
def sql_engine() -> Engine:
    """This process's SQLAlchemy engine on `database_url()`."""
    engine = create_engine(
        database_url().replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=10,
        max_overflow=20,
        # Readable plans and errors are worth more than the microseconds of a driver-side name.
        connect_args={"application_name": "phendula"},
    )
    event.listen(engine, "checkout", _insist_on_a_server)
    return engine


def server_has_gone(connection: psycopg.Connection[Any] | psycopg.AsyncConnection[Any]) -> bool:
    """Whether an idle connection's server ended: then there is a last word to read, or the end of the stream.

    A database that was restarted is noticed before a query fails on it, and without asking it each time.
    """
    if connection.closed:
        return True
    poll = select.poll()
    poll.register(connection.fileno(), select.POLLIN)
    return bool(poll.poll(0))


def _insist_on_a_server(connection: Any, _record: Any, _fairy: Any) -> None:
    if server_has_gone(connection):
        raise DisconnectionError  # the pool throws it away, and its contemporaries, and opens another


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose work is committed at the end of the block, or rolled back when it raises.

    Objects stay readable after the block (nothing is expired), so that services may return rows.
    """
    with Session(sql_engine(), expire_on_commit=False) as session, session.begin():
        yield session


@contextmanager
def single_statements() -> Iterator[Session]:
    """A session on which each statement is a transaction of its own, which spares BEGIN and COMMIT."""
    with Session(_without_transactions(sql_engine())) as session:
        yield session


@lru_cache(maxsize=1)
def _without_transactions(engine: Engine) -> Engine:
    """The same engine and connections. Made once: to make it takes longer than a small statement."""
    return engine.execution_options(isolation_level="AUTOCOMMIT")


def forget_engine() -> None:
    """Close all connections and forget the engine (before a fork, and between tests)."""
    if sql_engine.cache_info().currsize:
        sql_engine().dispose()
    _without_transactions.cache_clear()
    sql_engine.cache_clear()
