"""Migrations: quick when there is nothing to do, safe when several processes start at once."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from alembic.script import ScriptDirectory
from procrastinate.schema import SchemaManager

from crm_store.migrations import alembic_config, current, head, migrate

#: The newest of Procrastinate's own migrations whose result our migrations make.
QUEUE_SCHEMA = "03.04.00_50_post_add_retry_failed_job_procedure.sql"


@pytest.fixture
def empty_url(database_server):
    server = database_server.replace("/phendula?", "/postgres?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE empty TEMPLATE template0")
        yield database_server.replace("/phendula?", "/empty?")
        connection.execute("DROP DATABASE empty WITH (FORCE)")


def test_the_names_of_the_files_tell_the_newest_revision():
    assert ScriptDirectory.from_config(alembic_config("postgresql://")).get_current_head() == head()


def test_several_that_start_at_once_migrate_once(empty_url):
    assert current(empty_url) is None
    with ThreadPoolExecutor(4) as threads:
        assert sorted(threads.map(migrate, [empty_url] * 4)) == [False, False, False, True]
    assert current(empty_url) == head()


def test_the_queues_schema_is_the_installed_librarys():
    """When this fails, Procrastinate was updated: run its new migrations in one of ours, then change this."""
    newest = max(path.name for path in Path(SchemaManager.get_migrations_path()).glob("*.sql"))
    assert newest == QUEUE_SCHEMA
