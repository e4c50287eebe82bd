"""How many people reported, by category and place, in several windows of time at once."""

from collections.abc import Sequence

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
_OF_PLACES = "AND c.category = :category AND c.place = ANY(:places)"


def count_reports(
    session: Session,
    windows: Sequence[Window],
    *,
    category: str | None = None,
    places: Sequence[str] | None = None,
) -> list[Count]:
    """The people who complained in each window; `category` and `places`, given together, narrow it."""
    times = {"begins": [begins for begins, _ in windows], "ends": [ends for _, ends in windows]}
    if category is None or places is None:
        rows = session.execute(text(_COUNT.format(more="")), times)
    else:
        rows = session.execute(
            text(_COUNT.format(more=_OF_PLACES)), {**times, "category": category, "places": list(places)}
        )
    return [Count(row.window, row.category, row.municipality, row.place, row.citizens) for row in rows]
