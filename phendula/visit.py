"""The database for one command: joined when Phendula runs, else started for it and stopped after."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sqlalchemy.orm import Session

from crm_store import embedded
from crm_store.database import forget_engine, transaction
from crm_store.migrations import migrate
from crm_store.settings import settings


@contextmanager
def visiting_database() -> Iterator[str]:
    """Within, the database answers and its tables are up to date; yields its address.

    The embedded server ends with the last visitor, unless the supervisor (it holds phendula.lock) runs on it.
    """
    given = settings().database_url
    if given is not None:
        yield given
        return
    data_dir = settings().data_dir
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "visitors.lock").open("a") as visitors:
        fcntl.flock(visitors, fcntl.LOCK_SH)
        url = embedded.database_url()
        if not is_claimed(data_dir / "phendula.lock"):
            migrate(url)
        try:
            yield url
        finally:
            forget_engine()
            if is_last(visitors) and not is_claimed(data_dir / "phendula.lock"):
                embedded.stop_embedded(data_dir)


@contextmanager
def one_deed() -> Iterator[Session]:
    """One transaction on the database of `visiting_database`: what most commands do."""
    with visiting_database(), transaction() as session:
        yield session


def is_claimed(path: Path) -> bool:
    """Whether another process holds the lock on the file."""
    with path.open("a") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def is_last(visitors: IO[str]) -> bool:
    """Whether no other visitor shares the lock; if so we hold it alone until the file is closed."""
    try:
        fcntl.flock(visitors, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
