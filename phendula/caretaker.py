"""Stops the embedded database when the supervisor is killed and cannot do it itself.

The supervisor holds the other end of our standard input. A line on it means 'stopped in order'; its end
without a line means that the supervisor is gone. PostgreSQL cannot be a child of the supervisor (pg_ctl
starts it), so Linux's death signal does not reach it.

    python -m phendula.caretaker DATA_DIR
"""

import fcntl
import signal
import sys
import time
from pathlib import Path

from crm_store.embedded import stop_embedded

CHILDREN_END_WITHIN_SECONDS = 5


def watch(data_dir: Path) -> None:
    """Waits for the supervisor's end; stops the database unless that was in order or another took over."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # we end when the supervisor does, not before
    if sys.stdin.buffer.readline():
        return
    time.sleep(CHILDREN_END_WITHIN_SECONDS)
    with (data_dir / "phendula.lock").open("a+") as claim:
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        stop_embedded(data_dir)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
