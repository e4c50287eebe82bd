"""Which model is in service: what the store says, fetched to this machine, and what this engine serves.

The store's tables (crm_store/tables/models.py) are read and written by plain SQL, as the engine's memory is.
A model's file lies in the database, so that every replica on every machine has it and a back-up holds it.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Dict, Iterator, NamedTuple, Optional

import psycopg

from engine.start import ROOT

CACHED = 2  # files kept on this machine: the one in service and the one before
ONE_AT_A_TIME = 7_366_385_332  # the key of the lock that replicas take while they change models

CURRENT = """
SELECT publications.id, publications.kind, models.id, models.name, models.frame, models.sha256
FROM publications JOIN models ON models.id = publications.model_id
ORDER BY publications.id DESC LIMIT 1
"""
NEW_MODEL = """
INSERT INTO models (name, frame, data_version, examples, origin, size, sha256)
VALUES (%(name)s, %(frame)s, %(data_version)s, %(examples)s, 'installed', %(size)s, %(sha256)s)
ON CONFLICT (name) DO NOTHING
"""
# A model that was here before may have lost its file when others took its place.
ITS_FILE = """
INSERT INTO model_files (model_id, content) SELECT id, %(content)s FROM models WHERE name = %(name)s
ON CONFLICT (model_id) DO NOTHING
"""
SERVING = """
INSERT INTO engine_replicas (name, model_name, publication_id, error, seen_at)
VALUES (%(name)s, %(model)s, %(publication)s, %(error)s, now())
ON CONFLICT (name) DO UPDATE SET model_name = excluded.model_name, error = excluded.error,
publication_id = excluded.publication_id, seen_at = now()
"""
# What open pages of the desk listen to (crm_store/live.py): 'look again at what concerns training'.
TELL_PAGES = """SELECT pg_notify('phendula_live', '{"topic":"training"}')"""


class Publication(NamedTuple):
    """The last word of the store on which model is to be served."""

    id: int
    kind: str  # installed, published or rolled_back
    model_id: int
    name: str
    frame: str
    sha256: str


class DamagedModel(RuntimeError):
    """The file of a published model is not what it was when it was stored."""


class ModelStore:
    """The store's publications and model files, as the engine needs them."""

    def __init__(self, database_url: str, cache: Optional[Path] = None) -> None:
        self._url = database_url
        self._kept: Optional[psycopg.Connection] = None  # used by one thread at a time
        self.cache = cache or ROOT / os.environ.get("PHENDULA_DATA_DIR", "var") / "models"

    def current(self) -> Optional[Publication]:
        """The newest publication; None where there is none yet."""
        with self._connection() as connection:
            row = connection.execute(CURRENT).fetchone()
        return Publication(*row) if row else None

    def file_of(self, publication: Publication) -> Path:
        """The published model's file on this machine, fetched when it is not here yet."""
        path = self.cache / publication.name
        if path.exists() and _digest(path.read_bytes()) == publication.sha256:
            path.touch()
            return path
        with self._connection() as connection:
            row = connection.execute(
                "SELECT content FROM model_files WHERE model_id = %s", (publication.model_id,)
            ).fetchone()
        content = bytes(row[0]) if row else b""
        if _digest(content) != publication.sha256:
            raise DamagedModel(f"The stored file of {publication.name} is damaged or missing.")
        self.cache.mkdir(parents=True, exist_ok=True)
        arriving = self.cache / f".{publication.name}.{os.getpid()}"
        arriving.write_bytes(content)
        arriving.replace(path)
        self._forget_old_files()
        return path

    def install(self, model: Path, facts: Dict[str, Any]) -> Optional[Publication]:
        """Puts the model that came with the product into service; several replicas may say so at once."""
        content = model.read_bytes()
        row = {**facts, "name": model.name, "size": len(content), "sha256": _digest(content)}
        with self._connection() as connection:
            connection.execute("LOCK TABLE publications IN SHARE ROW EXCLUSIVE MODE")
            connection.execute(NEW_MODEL, row)
            connection.execute(ITS_FILE, {"name": model.name, "content": content})
            newest = connection.execute(CURRENT).fetchone()
            if newest is None or newest[3] != model.name:
                connection.execute(
                    "INSERT INTO publications (model_id, kind, actor) SELECT id, 'installed', 'system'"
                    " FROM models WHERE name = %s",
                    (model.name,),
                )
        return self.current()

    def tell(self, replica: str, model: str, publication: Optional[int], error: Optional[str]) -> None:
        """A sign of life: what this replica serves, and why it is not the published one where it is not."""
        with self._connection() as connection:
            known = connection.execute(
                "SELECT publication_id, error FROM engine_replicas WHERE name = %s", (replica,)
            ).fetchone()
            connection.execute(
                SERVING, {"name": replica, "model": model, "publication": publication, "error": error}
            )
            if known != (publication, error):
                connection.execute(TELL_PAGES)
            connection.execute("DELETE FROM engine_replicas WHERE seen_at < now() - interval '1 hour'")

    def say_goodbye(self, replica: str) -> None:
        """The replica stops in order."""
        with self._connection() as connection:
            connection.execute("DELETE FROM engine_replicas WHERE name = %s", (replica,))
            connection.execute(TELL_PAGES)

    @contextmanager
    def alone(self) -> Iterator[bool]:
        """Whether no other replica changes its model now; if so none does within the block."""
        with psycopg.connect(self._url, autocommit=True, application_name="phendula-engine") as connection:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (ONE_AT_A_TIME,)).fetchone()
            yield bool(row and row[0])  # the lock goes with the connection

    @contextmanager
    def _connection(self) -> Iterator[psycopg.Connection]:
        """A transaction, on a connection that is kept: somebody looks every two seconds."""
        if self._kept is None or self._kept.closed:
            self._kept = psycopg.connect(
                self._url, connect_timeout=5, autocommit=True, application_name="phendula-engine"
            )
        try:
            with self._kept.transaction():
                yield self._kept
        except psycopg.OperationalError:
            self._kept.close()
            raise

    def _forget_old_files(self) -> None:
        files = sorted(self.cache.glob("phendula-*.tar.gz"), key=lambda path: path.stat().st_mtime)
        for path in files[:-CACHED]:
            path.unlink(missing_ok=True)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
