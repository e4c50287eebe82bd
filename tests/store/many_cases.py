"""Very many open cases in one statement, for what must be right and quick however many there are."""

import json
from datetime import datetime, timedelta

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_store.domain.clocks import Calendar, service_level
from crm_store.domain.promises import Promise
from crm_store.domain.region import Region

_INSERT = text("""
INSERT INTO cases (id, reference, digits, class, category, description, municipality, department, assignee,
                   stage, opened_at, clock, due_at, next_step_at)
SELECT gen_random_uuid(), 'KDM-' || n, n::text, 'complaint', 'roads', 'Pothole', 'KDM', 'roads',
       CASE WHEN n % 3 = 0 THEN 'sipho' END,
       CASE n % 10 WHEN 8 THEN 'waiting_for_citizen' WHEN 9 THEN 'resolved' ELSE 'in_progress' END,
       opened[n % 10 + 1], clock[n % 10 + 1]::jsonb, due[n % 10 + 1],
       CASE WHEN n % 10 < 8 THEN step[n % 10 + 1] END
FROM generate_series(CAST(:first AS int), CAST(:last AS int)) AS n,
     (SELECT CAST(:opened AS timestamptz[]) AS opened, CAST(:clock AS text[]) AS clock,
             CAST(:due AS timestamptz[]) AS due, CAST(:step AS timestamptz[]) AS step) AS given
""")
#: How many steps of the ladder the cases of each last digit have used up.
USED = (1, 1, 1, 1, 1, 2, 0, 0, 0, 0)


def open_many(
    session: Session,
    region: Region,
    count: int,
    now: datetime,
    used: tuple[int, ...] = USED,
    first: int = 1,
) -> dict[int, int]:
    """Open so many cases, of which each digit's tenth has used up that many steps; returns how many each."""
    level = service_level(region, "complaint", "roads", municipality="KDM")
    calendar = Calendar.of(region, "KDM")
    promises = []
    for steps in used:
        opened = now
        while _steps(Promise(opened, level, calendar), region, now) < steps:
            opened -= timedelta(hours=1)
        promises.append(Promise(opened, level, calendar))
    session.execute(
        _INSERT,
        {
            "first": first,
            "last": first + count - 1,
            "opened": [promise.start for promise in promises],
            "clock": [
                json.dumps(Promise.as_stored(promise.start, "KDM", promise.level)) for promise in promises
            ],
            "due": [promise.due_at for promise in promises],
            "step": [promise.next_step(region.escalation, 0) for promise in promises],
        },
    )
    tenths = [sum(1 for n in range(first, first + count) if n % 10 == digit) for digit in range(10)]
    expected: dict[int, int] = {}
    for steps, tenth in zip(used, tenths, strict=True):
        expected[steps] = expected.get(steps, 0) + tenth
    return expected


def _steps(promise: Promise, region: Region, now: datetime) -> int:
    return sum(promise.moment_of(step.at_percent / 100) <= now for step in region.escalation)
