"""How long a billing file takes, and how much memory: `python -m benchmarks.accounts [--rows 900000]`.

Imports a generated file into a fresh database three times: all new, all the same, and with a tenth changed.
"""

import argparse
import csv
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.sides.database import fresh_database
from crm_store.database import forget_engine, transaction
from crm_store.migrations import migrate
from crm_store.services.account_rows import COLUMNS
from crm_store.services.accounts import import_accounts
from crm_store.settings import settings

MUNICIPALITIES = ("IDM", "KDM", "MLM", "NLM", "MALM")
MEGABYTE = 1024


def write_file(path: Path, rows: int, changed_share: float = 0.0) -> None:
    """A file of `rows` meters, two for every third account; the same seed makes the same file."""
    chance, changes = random.Random(7), random.Random(8)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        account = 40_000_000
        for row in range(rows):
            service = "electricity" if row % 4 == 3 else "water"
            if service == "water":
                account += chance.randint(1, 9)
            last = chance.randint(100, 90_000)
            use = round(chance.uniform(2, 60), 1)
            last += int(use) if changes.random() < changed_share else 0
            phone = f"+2782{chance.randint(1_000_000, 9_999_999)}" if chance.random() < 0.6 else ""
            writer.writerow(
                [
                    *(account, MUNICIPALITIES[account % 5], service, f"{service[0].upper()}{row:07d}", 5),
                    *(last, f"2026-{1 + row % 10:02d}-15", use, f"Holder {row}", phone, 1 + row % 26),
                    f"{chance.uniform(-500, 5000):.2f}",
                ]
            )


def main() -> int:
    """Prints a line a run."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--rows", type=int, default=900_000)
    rows = asked.parse_args().rows
    with tempfile.TemporaryDirectory(prefix="phendula-bench-") as scratch:
        folder = Path(scratch)
        first, second = folder / "accounts.csv", folder / "changed.csv"
        write_file(first, rows)
        write_file(second, rows, changed_share=0.1)
        with fresh_database(folder / "data") as database:
            os.environ["DATABASE_URL"] = database.url
            settings.cache_clear()
            migrate(database.url)
            for name, file in (("all new", first), ("the same again", first), ("a tenth changed", second)):
                before = time.perf_counter()
                with transaction() as session:
                    result = import_accounts(session, file, MUNICIPALITIES)
                seconds = time.perf_counter() - before
                memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE
                print(
                    f"{name}: {rows:,} rows in {seconds:.1f} s ({rows / seconds:,.0f} a second), "
                    f"{result.added:,} added, {result.changed:,} changed, {result.unchanged:,} unchanged, "
                    f"{len(result.rejected)} rejected; memory of this process at most {memory:.0f} MB",
                    flush=True,
                )
            forget_engine()
    return 0


if __name__ == "__main__":
    sys.exit(main())
