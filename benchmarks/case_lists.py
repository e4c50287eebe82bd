"""How long lists and searches of 200,000 cases take: `python -m benchmarks.case_lists`."""

from datetime import UTC, datetime, timedelta
from time import perf_counter

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from crm_store import embedded
from crm_store.domain.case_search import read_search
from crm_store.domain.municipality import load_region
from crm_store.domain.scope import Scope
from crm_store.migrations import migrate
from crm_store.queries.case_filter import CaseFilter, Reader
from crm_store.queries.case_lists import case_page, count_cases
from crm_store.services.search_words import learn_words
from tests.store_fixtures import ROOT, postgres_folder

CASES = 200_000
_PEOPLE = text("""
WITH people AS (
    INSERT INTO citizens (id, name)
    SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid,
           (ARRAY['Thandi', 'Sipho', 'Nomsa', 'Bheki', 'Zanele'])[n % 5 + 1] || ' ' ||
           (ARRAY['Dlamini', 'Mkhize', 'Ngcobo', 'Zulu', 'Khumalo', 'Cele'])[n % 6 + 1]
    FROM generate_series(1, :people) n RETURNING id)
INSERT INTO addresses (id, citizen_id, channel, address)
SELECT gen_random_uuid(), id, 'sms', '+278' || lpad((row_number() OVER ())::text, 8, '0') FROM people
""")
_CASES = text("""
INSERT INTO cases (id, reference, digits, class, category, description, place, municipality, department,
                   assignee, stage, opened_at, due_at, channel, citizen_id, account_number)
SELECT gen_random_uuid(), 'KDM-' || n, (10000000 + n)::text,
       (ARRAY['complaint', 'complaint', 'complaint', 'query', 'dispute'])[n % 5 + 1],
       (ARRAY['water', 'electricity', 'roads', 'refuse', 'billing'])[n % 5 + 1],
       (ARRAY['Awekho amanzi', 'No water', 'Pothole', 'Ugesi awukho', 'Bill too high'])[n % 5 + 1]
           || ' emgwaqweni eduze nesikole, number ' || n,
       (ARRAY['Sundumbili', 'Ballito', 'KwaDukuza', 'Shakaskraal'])[n % 4 + 1],
       (ARRAY['KDM', 'IDM', 'MLM', 'NLM'])[n % 4 + 1],
       (ARRAY['roads', 'water', 'electricity', 'finance'])[n / 4 % 4 + 1],
       CASE WHEN n % 3 = 0 THEN 'user' || n % 200 END,
       CASE WHEN n % 10 < 8 THEN 'closed' WHEN n % 10 = 8 THEN 'new' ELSE 'in_progress' END,
       now() - n * interval '1 minute', now() - n * interval '1 minute' + interval '10 days', 'sms',
       ('00000000-0000-7000-8000-' || lpad((n % :people + 1)::text, 12, '0'))::uuid,
       CASE WHEN n % 5 = 4 THEN (40000000 + n)::text END
FROM generate_series(1, :cases) n
""")


def main() -> None:
    """Prints milliseconds of a page and of its count, for everybody's cases and for one department's."""
    region, now = load_region(ROOT / "municipalities/ilembe.yml"), datetime.now(UTC)
    with postgres_folder() as folder:
        url = embedded.start_embedded(folder)
        migrate(url)
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        with Session(engine) as session, session.begin():
            session.execute(_PEOPLE, {"people": CASES // 4})
            session.execute(_CASES, {"people": CASES // 4, "cases": CASES})
            learn_words(session, now)
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        own = Scope("KDM", frozenset({"roads"}))
        readers = {"everything": Reader(region), "KDM/roads": Reader(region, own, "user3", "agent")}
        searches = {
            "reference": "1001 2345",
            "telephone": "0800000123",
            "account": "40000124",
            "name, mistyped": "thandi dlamni",
            "frequent word": "amanzi",
            "words, mistyped": "potole esikolle",
            "nothing": "xylophone zebra",
        }
        lists = {
            "open": CaseFilter(open_only=True),
            "all": CaseFilter(),
            "mine": CaseFilter(assignee="user3", open_only=True),
            "unassigned": CaseFilter(unassigned=True),
            "overdue": CaseFilter(overdue_at=now),
            "due today": CaseFilter(due_between=(now, now + timedelta(days=1))),
            "on hold": CaseFilter(on_hold=True),
            "closed": CaseFilter(closed_only=True),
            "water in Ballito": CaseFilter(category="water", places=("Ballito",)),
        } | {
            f"search: {name}": CaseFilter(search=read_search(typed, region.letters))
            for name, typed in searches.items()
        }
        for who, reader in readers.items():
            for name, which in lists.items():
                order = "due" if which.open_only or which.unassigned or which.overdue_at else "newest"
                with Session(engine) as session:
                    case_page(session, which, reader, order)
                    start = perf_counter()
                    cases = case_page(session, which, reader, order).cases
                    paged = perf_counter()
                    count = count_cases(session, which, reader)
                    took = (paged - start) * 1000, (perf_counter() - paged) * 1000
                print(
                    f"{who:<12}{name:<26}",
                    f"{len(cases):>4} in {took[0]:6.1f} ms",
                    f"{count:>5} in {took[1]:6.1f} ms",
                )
        engine.dispose()
        embedded.stop_embedded(folder)


if __name__ == "__main__":
    main()
