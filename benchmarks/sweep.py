"""How long the escalation sweep takes with 200,000 open cases: `python -m benchmarks.sweep`.

What is due in one minute of a very busy region, and what has gathered after the worker stood still.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter, process_time

from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from crm_store import embedded
from crm_store.domain.municipality import load_region
from crm_store.migrations import migrate
from crm_store.services.escalations import sweep_escalations
from crm_store.tables import Event
from tests.store.many_cases import open_many
from tests.store_fixtures import ROOT, postgres_folder

OPEN = 200_000
DUE = 2_000
BACKLOG = 20_000


def main() -> None:
    """Prints seconds of each sweep and whether every step was taken exactly once."""
    region, now = load_region(ROOT / "municipalities/ilembe.yml"), datetime.now(UTC)
    with postgres_folder() as folder:
        url = embedded.start_embedded(folder)
        migrate(url)
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))

        @contextmanager
        def transaction() -> Iterator[Session]:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                yield session

        with transaction() as session:
            open_many(session, region, OPEN, now, used=(0,) * 10)
        with transaction() as session:
            session.execute(text("ANALYZE"))
        expected = 0
        for due in (0, DUE, BACKLOG):
            with transaction() as session:
                open_many(session, region, due, now, used=(1,) * 8 + (0, 0), first=OPEN + expected * 10 + 1)
            begun, cpu = perf_counter(), process_time()
            taken = sweep_escalations(transaction, region, now)
            seconds, cpu = perf_counter() - begun, process_time() - cpu
            expected += taken
            with transaction() as session:
                recorded = session.scalar(
                    select(func.count(func.distinct(Event.subject_id))).where(Event.kind == "escalated")
                )
            took = f"{taken:,} steps in {seconds:.2f} s ({cpu:.2f} s CPU)"
            print(f"{OPEN:,} open, {due:,} due: {took}, exact: {recorded == expected}")
        engine.dispose()
        embedded.stop_embedded(folder)


if __name__ == "__main__":
    main()
