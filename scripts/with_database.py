"""Runs a command with a PostgreSQL of its own: `python scripts/with_database.py COMMAND …`.

The command finds its address in TEST_DATABASE_URL; server and data are gone when it ends. Needs the
application's environment (the PostgreSQL is in one of its wheels).
"""

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from crm_store import embedded


def main() -> int:
    """The command's own exit code."""
    with TemporaryDirectory(prefix="phendula-test-", ignore_cleanup_errors=True) as folder:
        url = embedded.start_embedded(Path(folder))
        try:
            return subprocess.call(sys.argv[1:], env={**os.environ, "TEST_DATABASE_URL": url})
        finally:
            embedded.stop_embedded(Path(folder))


if __name__ == "__main__":
    sys.exit(main())
