"""A real PostgreSQL for the tests: one server a run, one migrated template, a fresh copy for each test."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import psycopg
import pytest
from sqlalchemy.orm import Session

from crm_store import embedded
from crm_store.database import forget_engine, sql_engine
from crm_store.domain.municipality import load_region
from crm_store.domain.region import Region
from crm_store.migrations import migrate
from crm_store.settings import settings

ROOT = Path(__file__).parent.parent
_numbers = count(1)


@contextmanager
def postgres_folder() -> Iterator[Path]:
    """A folder for a PostgreSQL server, outside of pytest's own.

    As root the server runs as another user, and every start of pytest closes pytest's folders to other users.
    """
    with TemporaryDirectory(prefix="phendula-test-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """The folder of the server that most tests share."""
    with postgres_folder() as folder:
        yield folder


@pytest.fixture(scope="session")
def database_server(server_folder) -> Iterator[str]:
    """The address of a server's migrated template database; durability is off, since nothing is kept."""
    url = embedded.start_embedded(server_folder)
    with psycopg.connect(url, autocommit=True) as connection:
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            connection.execute(f"ALTER SYSTEM SET {setting} = off")
        connection.execute("SELECT pg_reload_conf()")
    migrate(url)
    yield url
    embedded.stop_embedded(server_folder)


@pytest.fixture
def database_url(database_server, monkeypatch) -> Iterator[str]:
    """A fresh database; `settings()`, `transaction()` and everything on them use it during the test."""
    name = f"test_{next(_numbers)}"
    server = database_server.replace("/phendula?", "/postgres?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE phendula")
    url = database_server.replace("/phendula?", f"/{name}?")
    monkeypatch.setenv("DATABASE_URL", url)
    settings.cache_clear()
    forget_engine()
    yield url
    forget_engine()
    settings.cache_clear()
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def session(database_url) -> Iterator[Session]:
    """A session on the fresh database; commit when another one must see the work."""
    with Session(sql_engine(), expire_on_commit=False) as session:
        yield session


@pytest.fixture(scope="session")
def region() -> Region:
    """iLembe, as it ships."""
    return load_region(ROOT / "municipalities/ilembe.yml")


@pytest.fixture(scope="session")
def example_region() -> Region:
    """The fictitious region, whose places have wards."""
    return load_region(ROOT / "municipalities/example.yml")
