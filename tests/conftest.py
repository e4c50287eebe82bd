"""Fixtures for every test: a real database, and the running product (started only when asked for)."""

from tests.running_fixtures import running_system, trained_model
from tests.store_fixtures import (
    database_server,
    database_url,
    example_region,
    region,
    server_folder,
    session,
)

__all__ = [
    "database_server",
    "database_url",
    "example_region",
    "region",
    "running_system",
    "server_folder",
    "session",
    "trained_model",
]
