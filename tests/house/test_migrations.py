"""The migrations make exactly the tables that the code declares."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from crm_store import embedded
from crm_store.migrations import migrate
from crm_store.tables import Base
from tests.store_fixtures import postgres_folder


@pytest.fixture(scope="module")
def migrated_url():
    with postgres_folder() as folder:
        url = embedded.start_embedded(folder)
        assert migrate(url) is True
        yield url
        embedded.stop_embedded(folder)


def test_migrations_equal_tables(migrated_url):
    def ours(obj, name, kind, *_):
        return not (kind == "table" and name.startswith("procrastinate_"))

    engine = create_engine(migrated_url.replace("postgresql://", "postgresql+psycopg://", 1))
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": ours, "compare_type": True, "compare_server_default": True}
        )
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert differences == []


def test_a_second_migration_has_nothing_to_do(migrated_url):
    assert migrate(migrated_url) is False


def test_events_cannot_be_changed(migrated_url):
    import psycopg

    with psycopg.connect(migrated_url) as connection:
        connection.execute(
            "INSERT INTO events (subject_type, subject_id, kind, actor) VALUES ('case', 'x', 'opened', 'me')"
        )
        connection.commit()
        for statement in ("UPDATE events SET kind = 'y'", "DELETE FROM events", "TRUNCATE events"):
            with pytest.raises(psycopg.errors.IntegrityConstraintViolation):
                connection.execute(statement)
            connection.rollback()
