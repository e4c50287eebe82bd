"""Every test runs as the engine does: TensorFlow's stand-in first, patches applied, telemetry off."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Iterator, Tuple

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))
REGION = Path(__file__).with_name("region.yml")
os.environ["PHENDULA_MUNICIPALITIES"] = str(REGION)

from engine import start  # noqa: E402

start.prepare()


# What the engine reads and writes of the store's tables (crm_store/tables says the whole of them).
TABLES = (
    "engine_memory (conversation_id text PRIMARY KEY, state jsonb, before jsonb, message_id text,"
    " updated_at timestamptz)",
    "models (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, name text UNIQUE, frame text,"
    " data_version text, examples int, origin text, size bigint, sha256 text)",
    "model_files (model_id bigint PRIMARY KEY, content bytea)",
    "publications (id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, model_id bigint, kind text,"
    " actor text)",
    "engine_replicas (name text PRIMARY KEY, model_name text, publication_id bigint, error text,"
    " seen_at timestamptz)",
)


@pytest.fixture(scope="session")
def database_url() -> str:
    """A real PostgreSQL; the tests that need one are skipped without TEST_DATABASE_URL."""
    url = os.environ.get("TEST_DATABASE_URL")
    if not url:
        pytest.skip("TEST_DATABASE_URL is not set")
    return url


@pytest.fixture(scope="session")
def engine_tables() -> Tuple[str, ...]:
    """What follows CREATE TABLE for each table that the engine uses."""
    return TABLES


@pytest.fixture
def engine_memory(database_url: str) -> Iterator[str]:
    """The address of a database in which the engine's tables exist and are empty."""
    import psycopg

    schema = f"engine_test_{os.getpid()}"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")
        connection.execute(f"CREATE SCHEMA {schema}")
        for table in TABLES:
            connection.execute(f"CREATE TABLE {schema}.{table}")
        separator = "&" if "?" in database_url else "?"
        yield f"{database_url}{separator}options=-csearch_path%3D{schema}"
        connection.execute(f"DROP SCHEMA {schema} CASCADE")
