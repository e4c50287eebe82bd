"""A database that was restarted is noticed before a statement fails on a connection to it."""

import asyncio

import psycopg
import pytest
from sqlalchemy import text

from crm_store.database import single_statements, transaction
from crm_store.queue import worker_app


@pytest.fixture
def restart(database_url):
    """Ends the server's side of every connection, as a restart would; returns to how many."""

    def end():
        with psycopg.connect(database_url, autocommit=True) as connection:
            ended = connection.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            return len(ended.fetchall())

    return end


def one(connection):
    return connection.execute(text("SELECT 1")).scalar_one()


def test_a_transaction_after_a_restart(database_url, restart):
    with transaction() as first, transaction() as second:
        assert one(first) == one(second) == 1
    assert restart() == 2
    for _ in range(3):
        with transaction() as session:
            assert one(session) == 1


def test_the_queue_after_a_restart(database_url, restart):
    async def ask():
        async with worker_app(database_url).open_async() as app:
            assert await app.check_connection_async()
            assert restart() >= 1
            assert await app.check_connection_async()

    asyncio.run(ask())


def test_a_single_statement_is_there_at_once_and_spoils_no_transaction(database_url):
    with single_statements() as connection:
        connection.execute(text("CREATE TABLE seen (at_once boolean)"))
        with transaction() as other:
            assert other.execute(text("SELECT count(*) FROM seen")).scalar_one() == 0

    def gives_up():
        with transaction() as session:  # the same connection, out of the pool again
            session.execute(text("INSERT INTO seen VALUES (false)"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        gives_up()
    with transaction() as session:
        assert session.execute(text("SELECT count(*) FROM seen")).scalar_one() == 0
