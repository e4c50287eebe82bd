"""A PostgreSQL of its own for each side: the same server, the same settings, fresh data."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from crm_store import embedded


@dataclass(frozen=True)
class Database:
    """A running server."""

    url: str
    server_process: int

    @property
    def socket_folder(self) -> str:
        """Where its Unix socket lies."""
        return parse_qs(urlsplit(self.url).query)["host"][0]


@contextmanager
def fresh_database(folder: Path) -> Iterator[Database]:
    """Within, a server runs whose data lie under the folder."""
    url = embedded.start_embedded(folder)
    try:
        first_line = (folder / "postgres" / "postmaster.pid").read_text().splitlines()[0]
        yield Database(url, int(first_line))
    finally:
        embedded.stop_embedded(folder)
