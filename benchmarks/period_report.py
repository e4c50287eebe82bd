"""How long the report of a month takes among 200,000 cases: `python -m benchmarks.period_report`.

Two years of cases, each with the events, pauses and follow-up of an ordinary life.
"""

from contextlib import closing
from datetime import UTC, datetime
from time import perf_counter
from zoneinfo import ZoneInfo

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session

from crm_store import embedded
from crm_store.domain.municipality import load_region
from crm_store.migrations import migrate
from crm_store.reports.calculation import make_report
from crm_store.reports.page import page
from crm_store.reports.periods import KINDS, Period
from tests.store_fixtures import ROOT, postgres_folder

CASES = 200_000
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)

_FILL = """
CREATE TEMP TABLE made AS
SELECT n, gen_random_uuid() AS id, CAST(:now AS timestamptz) - n * interval '5 minutes' AS opened,
       (ARRAY['complaint','complaint','complaint','query','dispute','compliment'])[n % 6 + 1] AS class,
       (ARRAY['water','roads','refuse','billing','electricity','housing','safety'])[n % 7 + 1] AS category,
       (ARRAY['KDM','MLM','NLM','MALM','IDM'])[n % 5 + 1] AS municipality, 'place ' || n % 150 AS place,
       CASE WHEN n % 10 > 0 AND n > 500 THEN (n % 13 + 1) * interval '1 day' END AS took
FROM generate_series(1, CAST(:cases AS int)) AS n;
INSERT INTO cases (id, reference, digits, class, category, description, municipality, department, place,
                   stage, opened_at, due_at, first_response_due_at, acknowledged_at, resolved_at, resolved_by)
SELECT id, 'KDM-' || n, n::text, class, category, 'x', municipality, 'finance', place,
       CASE WHEN took IS NULL THEN 'new' ELSE 'closed' END, opened, opened + interval '10 days',
       opened + interval '1 day', opened, opened + took, CASE WHEN took IS NOT NULL THEN 'agent:sipho' END
FROM made;
INSERT INTO events (subject_type, subject_id, kind, actor, before, after, at)
SELECT 'case', id::text, kind, 'system', '{}', after::jsonb, at
FROM made, LATERAL (VALUES
    ('opened', '{"stage": "new"}', opened), ('assigned', '{"stage": "assigned"}', opened + interval '1 hour'),
    ('escalated', '{"escalation_step": 1}', opened + interval '7 days'),
    ('citizen_told', '{}', opened + interval '2 hours'), ('note_added', '{}', opened + interval '3 hours'),
    ('stage_changed', '{"stage": "resolved"}', opened + took)) AS happened (kind, after, at)
WHERE at <= :now ORDER BY at;
INSERT INTO case_pauses (id, case_id, paused_at, why)
SELECT gen_random_uuid(), id, opened + took, 'resolved' FROM made WHERE opened + took <= :now
"""


def main() -> None:
    """Prints seconds for each length of period: reading with adding up, and the page."""
    region = load_region(ROOT / "municipalities/ilembe.yml")
    with postgres_folder() as folder:
        url = embedded.start_embedded(folder)
        migrate(url)
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
        with closing(Session(engine)) as session:
            for statement in _FILL.split(";\n"):
                bound = text(statement.replace('": ', '"\\: '))
                session.execute(bound, {"now": NOW, "cases": CASES} if ":now" in statement else {})
            session.commit()
            session.execute(text("ANALYZE"))
            for kind in KINDS:
                period = Period.containing(kind, NOW.date(), ZoneInfo(region.timezone)).before()
                begun = perf_counter()
                report = make_report(session, region, period, NOW)
                read = perf_counter() - begun
                size = len(page(report)) // 1024
                received = report.of("all")[0].figures["received"].value
                print(
                    f"{kind}: {received} of {CASES:,} received, {len(report.rows)} rows: {read:.2f} s,",
                    end=" ",
                )
                print(f"with its page of {size} KB {perf_counter() - begun:.2f} s")
        engine.dispose()
        embedded.stop_embedded(folder)


if __name__ == "__main__":
    main()
