"""The municipalities served: their file, read once a process, and what the desk changed over it."""

import threading
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from crm_store.database import single_statements, sql_engine
from crm_store.domain.region import Region
from crm_store.domain.region_file import RegionFile, read_region_file
from crm_store.domain.region_overlay import overlaid
from crm_store.queries.region_changes import as_changes, changes_in_force, newest_number
from crm_store.settings import SettingsError, settings

#: How long a change made in another process may stay unseen here.
LOOK_EVERY_SECONDS = 2.0

log = structlog.get_logger(__name__)
T = TypeVar("T")


def read_file(path: Path) -> RegionFile:
    """The file as it stands on the disk; raises ConfigError, or SettingsError when it cannot be read."""
    try:
        return read_region_file(path)
    except OSError as error:
        raise SettingsError(
            f"PHENDULA_MUNICIPALITIES: {path} cannot be read ({error.strerror}); name one of municipalities/"
        ) from None


@lru_cache(maxsize=2)
def _file_at(path: Path) -> RegionFile:
    file = read_file(path)
    file.region()  # a wrong file is told with its lines, before anything is laid over it
    return file


def region_file() -> RegionFile:
    """The file of PHENDULA_MUNICIPALITIES, read once a process; raises ConfigError, SettingsError."""
    return _file_at(settings().municipalities)


class _Known:
    """The region as this process knows it, and whether it must look again."""

    def __init__(self) -> None:
        self.region: Region | None = None
        self.left_out: tuple[str, ...] = ()
        self._of: tuple[Path, Engine, int] | None = None
        self._look_at = 0.0
        self._lock = threading.Lock()

    def current(self) -> Region:
        path, engine = settings().municipalities, sql_engine()
        known = self._of is not None and self._of[:2] == (path, engine)
        if known and self.region is not None and time.monotonic() < self._look_at:
            return self.region
        with self._lock:
            self._look_at = time.monotonic() + LOOK_EVERY_SECONDS
            try:
                return self._look(path, engine)
            except SQLAlchemyError as error:
                if not known or self.region is None:
                    raise
                log.warning("region_not_looked_at", error=str(error))
                return self.region

    def _look(self, path: Path, engine: Engine) -> Region:
        with single_statements() as session:
            newest = newest_number(session)
            if self.region is not None and self._of == (path, engine, newest):
                return self.region
            changes = as_changes(changes_in_force(session))
        laid = overlaid(region_file().data, changes)
        if laid.left_out:
            log.warning("region_changes_left_out", ways=laid.left_out)
        self.region, self.left_out, self._of = laid.region, laid.left_out, (path, engine, newest)
        return laid.region

    def look_again(self) -> None:
        self._look_at = 0.0


_known = _Known()


def region() -> Region:
    """The region of PHENDULA_MUNICIPALITIES with the desk's changes; the same object while it is the same.

    What another process changed is seen within LOOK_EVERY_SECONDS, without a restart. Raises ConfigError,
    SettingsError.
    """
    return _known.current()


def look_again() -> None:
    """The next `region()` looks at the database: for whoever has just changed something."""
    _known.look_again()


def left_out() -> tuple[str, ...]:
    """The ways of the changes that do not fit the file any more and are therefore not in force."""
    region()
    return _known.left_out


def of_region(make: Callable[[Region], T]) -> Callable[[], T]:
    """What is made of the region and worth keeping: made again when the region is another."""
    made: list[tuple[Region, T]] = []

    def current() -> T:
        now = region()
        if not made or made[-1][0] is not now:
            made[:] = [(now, make(now))]
        return made[-1][1]

    return current
