"""How many people reported, by category and place, in several windows of time at once."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_store.domain.early_warning import Count, Window

# A person is counted once in a window; a report without a known person (a walk-in's) stands for one.
_COUNT = """
SELECT w.number - 1 AS window, c.category, c.municipality, c.place,
       count(DISTINCT coalesce(c.citizen_id, c.id)) AS citizens
FROM unnest(CAST(:begins AS timestamptz[]), CAST(:ends AS timestamptz[]))
     WITH ORDINALITY AS w(begins, ends, number)
JOIN cases c ON c.opened_at >= w.begins AND c.opened_at < w.ends
WHERE c.class = 'complaint' {more}
GROUP BY w.number, c.category, c.municipality, c.place
"""
_ONLY = {"category": "AND c.category = :category", "places": "AND c.place = ANY(:places)"}


def count_reports(
    session: Session,
    windows: Sequence[Window],
    *,
    category: str | None = None,
    places: Sequence[str] | None = None,
) -> list[Count]:
    """The people who complained in each window, of one category or all, in some places or everywhere."""
    given: dict[str, Any] = {"category": category, "places": None if places is None else list(places)}
    given = {name: value for name, value in given.items() if value is not None}
    query = _COUNT.format(more=" ".join(_ONLY[name] for name in given))
    begins, ends = [begins for begins, _ in windows], [ends for _, ends in windows]
    rows = session.execute(text(query), {"begins": begins, "ends": ends, **given})
    return [Count(row.window, row.category, row.municipality, row.place, row.citizens) for row in rows]
