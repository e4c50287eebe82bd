"""Bring a database to this version's shape, by Alembic; when there is nothing to do it takes milliseconds."""

from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

if TYPE_CHECKING:
    from alembic.config import Config

VERSIONS = Path(__file__).parent / "versions"
#: any number, the same in every process: two that migrate at once take turns
_LOCK = 7_436_337_201


def head() -> str:
    """The newest revision: files are named `<revision>_<what>.py` and count upwards (a test holds it)."""
    return max(path.name.partition("_")[0] for path in VERSIONS.glob("[0-9]*.py"))


def current(url: str) -> str | None:
    """The revision of the database at `url`, None for an empty one."""
    with psycopg.connect(url) as connection:
        return _current(connection)


def migrate(url: str) -> bool:
    """Bring the database at `url` (postgresql://…) to the newest revision; False if it was there already."""
    with psycopg.connect(url, autocommit=True) as connection:
        if _current(connection) == head():
            return False
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        try:
            if _current(connection) == head():
                return False  # another process did it while we waited
            _upgrade(url)
            return True
        finally:
            connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _current(connection: psycopg.Connection) -> str | None:
    if connection.execute("SELECT to_regclass('alembic_version')").fetchone() == (None,):
        return None
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    return str(row[0]) if row else None


def _upgrade(url: str) -> None:
    from alembic import command

    command.upgrade(alembic_config(url), "head")


def alembic_config(url: str) -> "Config":
    """Alembic's configuration, without an ini file."""
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url.replace("postgresql://", "postgresql+psycopg://", 1)
    return config
