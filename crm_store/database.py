"""The connection to the database: one engine a process, one transaction a deed."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache

from sqlalchemy import Engine, create_engine
from sqlalchemy.orm import Session

from crm_store.embedded import database_url


@lru_cache(maxsize=1)
def sql_engine() -> Engine:
    """This process's SQLAlchemy engine on `database_url()`."""
    return create_engine(
        database_url().replace("postgresql://", "postgresql+psycopg://", 1),
        pool_size=10,
        max_overflow=20,
        # A database that was restarted is noticed before a query fails on it.
        pool_pre_ping=True,
        # Readable plans and errors are worth more than the microseconds of a driver-side name.
        connect_args={"application_name": "phendula"},
    )


@contextmanager
def transaction() -> Iterator[Session]:
    """A session whose work is committed at the end of the block, or rolled back when it raises.

    Objects stay readable after the block (nothing is expired), so that services may return rows.
    """
    with Session(sql_engine(), expire_on_commit=False) as session, session.begin():
        yield session


def forget_engine() -> None:
    """Close all connections and forget the engine (before a fork, and between tests)."""
    if sql_engine.cache_info().currsize:
        sql_engine().dispose()
    sql_engine.cache_clear()
