"""What a report counts, added up by PostgreSQL to one row for each kind of case in each place.

Every sum is defined in docs/measures.md, under the name that it has here.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

from crm_store.tables.events import CASE_MOVES


@dataclass(frozen=True)
class Cell:
    """The sums of all cases that are alike in this; an incident has no class and no department."""

    case_class: str | None
    category: str
    municipality: str
    department: str | None
    place: str | None
    confidential: bool
    sums: dict[str, Decimal | int]
    ward: str | None = None


# `ended`: how the case stood after the last of its moves in the period that ended or reopened it.
_MOVES = """moves AS (
    SELECT CAST(subject_id AS uuid) AS case_id,
           (array_agg(CASE WHEN kind = 'split' THEN 'reopened'
                           WHEN after->>'stage' = 'closed' THEN 'withdrawn' ELSE after->>'stage' END
                      ORDER BY id DESC)
            FILTER (WHERE kind = 'split' OR after->>'stage' IN ('resolved', 'reopened')
                       OR (after->>'stage' = 'closed' AND before->>'stage' <> 'resolved')))[1] AS ended,
           (array_agg(actor ORDER BY id DESC) FILTER (WHERE after->>'stage' = 'resolved'))[1] AS resolved_by,
           max(at) FILTER (WHERE after->>'stage' = 'resolved') AS resolved_at,
           count(*) FILTER (WHERE after->>'stage' = 'resolved') AS resolutions,
           count(*) FILTER (WHERE after->>'stage' = 'reopened') AS reopenings,
           count(*) FILTER (WHERE kind = 'escalated') AS escalations,
           {steps}
           count(*) FILTER (WHERE kind = 'referred' AND after ? 'department' AND NOT after ? 'municipality'
                              AND after->>'referred_to' IS NULL) AS referrals_within,
           count(*) FILTER (WHERE kind = 'referred' AND after ? 'municipality'
                              AND after->>'referred_to' IS NULL) AS referrals_across,
           count(*) FILTER (WHERE kind IN ('opened', 'referred')
                              AND after->>'referred_to' IS NOT NULL) AS referrals_outside,
           count(*) FILTER (WHERE kind = 'referral_accepted') AS referrals_accepted,
           count(*) FILTER (WHERE kind = 'referral_declined') AS referrals_declined,
           count(*) FILTER (WHERE kind = 'ping_pong') AS ping_pongs,
           count(*) FILTER (WHERE kind = 'decided' AND after->>'outcome' = 'upheld') AS upheld,
           count(*) FILTER (WHERE kind = 'decided' AND after->>'outcome' = 'partly') AS partly,
           count(*) FILTER (WHERE kind = 'decided' AND after->>'outcome' = 'rejected') AS rejected
    FROM events
    WHERE subject_type = 'case' AND kind IN ({kinds}) AND at >= :begins AND at < :ends
      -- What was taken back was never done; it is taken back within minutes.
      AND kind <> 'undone' AND id NOT IN (
          SELECT CAST(after->>'event_id' AS bigint) FROM events
          WHERE subject_type = 'case' AND kind IN ({kinds}) AND kind = 'undone' AND at >= :begins)
    GROUP BY subject_id
)"""
_CELLS = """
WITH {moves}, held AS (
    SELECT case_id, count(*) FILTER (WHERE placed_at >= :begins) AS placed,
           sum(amount) FILTER (WHERE lifted_at IS NULL OR lifted_at >= :ends) AS standing
    FROM holds WHERE placed_at < :ends AND (lifted_at IS NULL OR lifted_at >= :begins)
    GROUP BY case_id
), shared AS (
    SELECT DISTINCT case_id FROM staff_notices
    WHERE kind = 'compliment' AND created_at >= :begins AND created_at < :ends
), finished AS (
    -- Resolved or closed at the end of the period, whatever became of it since.
    SELECT DISTINCT case_id FROM case_pauses
    WHERE why = 'resolved' AND paused_at < :ends AND (resumed_at IS NULL OR resumed_at >= :ends)
), facts AS (
    SELECT c.class, c.category, c.municipality, c.department, c.place, c.confidential, c.opened_at,
           c.acknowledged_at, c.incident_id, c.first_response_due_at, c.first_responded_at,
           e.case_id IS NULL AS open_at_end,
           -- The clock stands still from `paused_at` on: what was not late then is not late.
           CASE WHEN c.due_at < coalesce(p.paused_at, :now) THEN c.due_at END AS broken_at,
           m.*, h.placed, h.standing, s.case_id IS NOT NULL AS shared,
           f.asked_at, f.answered_at, f.fixed, f.closed_at AS rated_at, f.rating,
           c.class <> 'compliment' AND c.first_response_due_at >= :begins AND c.first_response_due_at < :ends
           AND (c.first_responded_at IS NULL OR c.first_responded_at > c.first_response_due_at)
           AND NOT EXISTS (SELECT 1 FROM case_pauses d WHERE d.case_id = c.id AND d.why = 'resolved'
                           AND d.paused_at <= c.first_response_due_at
                           AND (d.resumed_at IS NULL OR d.resumed_at > c.first_response_due_at))
           AS response_late
    FROM cases c
    LEFT JOIN case_pauses p ON p.case_id = c.id AND p.resumed_at IS NULL
    LEFT JOIN finished e ON e.case_id = c.id
    LEFT JOIN moves m ON m.case_id = c.id
    LEFT JOIN held h ON h.case_id = c.id
    LEFT JOIN shared s ON s.case_id = c.id
    LEFT JOIN follow_ups f ON f.case_id = c.id
    WHERE c.opened_at < :ends
      AND (CAST(:municipality AS text) IS NULL OR c.municipality = :municipality)
)
SELECT class, category, municipality, department, place, confidential, {sums}
FROM facts GROUP BY 1, 2, 3, 4, 5, 6
"""
_INCIDENTS = """
SELECT category, municipality, place, ward, count(*) FILTER (WHERE kind = 'outage') AS outages,
       count(*) FILTER (WHERE kind = 'planned') AS planned_works
FROM incidents
WHERE started_at >= :begins AND started_at < :ends AND state IN ('open', 'over')
  AND (CAST(:municipality AS text) IS NULL OR municipality = :municipality)
GROUP BY 1, 2, 3, 4
"""
_RECEIVED = "opened_at >= :begins"
_RESOLVED = "ended = 'resolved'"
_RATED = "rated_at >= :begins AND rated_at < :ends AND rating IS NOT NULL"
_ANSWERED = "answered_at >= :begins AND answered_at < :ends"
#: Sums that are counts of cases: of those for which the condition holds.
_CASES = {
    "received": _RECEIVED,
    "acknowledged": f"{_RECEIVED} AND acknowledged_at IS NOT NULL",
    "in_incidents": f"{_RECEIVED} AND incident_id IS NOT NULL",
    "open_at_end": "open_at_end",
    "overdue_at_end": "open_at_end AND broken_at < :ends",
    "resolved": _RESOLVED,
    "resolved_by_system": f"{_RESOLVED} AND resolved_by = 'system'",
    "resolved_by_people": f"{_RESOLVED} AND resolved_by <> 'system'",
    "withdrawn": "ended = 'withdrawn'",
    "kept": f"{_RESOLVED} AND (broken_at IS NULL OR broken_at >= resolved_at)",
    "resolved_late": f"{_RESOLVED} AND broken_at < resolved_at",
    "broken": "broken_at >= :begins AND broken_at < :ends",
    "escalated": "escalations > 0",
    "referred": "referrals_within + referrals_across + referrals_outside > 0",
    "reopened": "reopenings > 0",
    "response_in_time": (
        "class <> 'compliment' AND first_responded_at >= :begins AND first_responded_at < :ends"
        " AND first_responded_at <= first_response_due_at"
    ),
    "response_late": "response_late",
    "asked": "asked_at >= :begins AND asked_at < :ends",
    "fixed": f"{_ANSWERED} AND fixed",
    "not_fixed": f"{_ANSWERED} AND NOT fixed",
    "rated": _RATED,
    "rated_well": f"{_RATED} AND rating >= 4",
    "praise_shared": "shared",
}
#: Sums of numbers that the cases have.
_NUMBERS = (
    *("resolutions", "reopenings", "escalations", "referrals_within", "referrals_across"),
    *("referrals_outside", "referrals_accepted", "referrals_declined", "ping_pongs"),
    *("upheld", "partly", "rejected"),
)


def report_cells(
    session: Session,
    begins: datetime,
    ends: datetime,
    now: datetime,
    steps: int,
    municipality: str | None = None,
) -> Iterator[Cell]:
    """The sums from `begins` up to `ends`, of a ladder of so many steps; incidents in cells of their own."""
    sums = {name: f"count(*) FILTER (WHERE {condition})" for name, condition in _CASES.items()}
    numbers = (*_NUMBERS, *(f"escalated_{step}" for step in range(1, steps + 1)))
    sums |= {name: f"coalesce(sum({name}), 0)" for name in numbers}
    sums["rating_sum"] = f"coalesce(sum(rating) FILTER (WHERE {_RATED}), 0)"
    sums["holds_placed"] = "coalesce(sum(placed), 0)"
    sums["held_at_end"] = "coalesce(sum(standing), 0)"
    moves = _MOVES.format(
        kinds=", ".join(f"'{kind}'" for kind in CASE_MOVES),
        steps="".join(
            f"count(*) FILTER (WHERE kind = 'escalated' AND CAST(after->>'escalation_step' AS int) = {step})"
            f" AS escalated_{step},\n"
            for step in range(1, steps + 1)
        ),
    )
    chosen = ", ".join(f"{formula} AS {name}" for name, formula in sums.items())
    query = _CELLS.format(moves=moves, sums=chosen)
    given = {"begins": begins, "ends": min(ends, now), "now": now, "municipality": municipality}
    for row in session.execute(text(query), given):
        named = _whole(dict(zip(sums, row[6:], strict=True)))
        yield Cell(row[0], row[1], row[2], row[3], row[4], row[5], named)
    for row in session.execute(text(_INCIDENTS), given):
        counts = {"outages": row.outages, "planned_works": row.planned_works}
        yield Cell(None, row.category, row.municipality, None, row.place, False, counts, row.ward)


def _whole(sums: dict[str, Any]) -> dict[str, Decimal | int]:
    """Counts as int, money as Decimal with its cents."""
    return {name: Decimal(value) if name == "held_at_end" else int(value) for name, value in sums.items()}


#: The groups in which people are counted, and the columns that make them.
_PEOPLE = {
    "all": (),
    "class": ("class",),
    "category": ("category",),
    "municipality": ("municipality",),
    "department": ("municipality", "department"),
    "ward": ("ward",),
    "place": ("municipality", "place"),
}
_COUNT_PEOPLE = """
SELECT {flags}, {columns}, count(DISTINCT citizen_id)
FROM cases
LEFT JOIN unnest(CAST(:places AS text[]), CAST(:wards AS text[])) AS w (name, ward) ON name = place
WHERE opened_at >= :begins AND opened_at < :ends AND NOT confidential
  AND (CAST(:municipality AS text) IS NULL OR municipality = :municipality)
GROUP BY GROUPING SETS ({sets})
"""


def report_people(
    session: Session,
    begins: datetime,
    ends: datetime,
    now: datetime,
    wards: Mapping[str, str],
    municipality: str | None = None,
) -> dict[tuple[str, tuple[str | None, ...]], int]:
    """How many known people sent what was received, by group and key; `wards`: of the places that have one.

    Whoever wrote of two things is one person in all and one in each. Confidential cases are left out.
    """
    columns = ("class", "category", "municipality", "department", "ward", "place")
    sets = ", ".join(f"({', '.join(group)})" for group in _PEOPLE.values())
    query = _COUNT_PEOPLE.format(
        flags=", ".join(f"grouping({column}) = 0" for column in columns),
        columns=", ".join(columns),
        sets=sets,
    )
    given: dict[str, Any] = {"begins": begins, "ends": min(ends, now), "municipality": municipality}
    given |= {"places": list(wards), "wards": list(wards.values())}
    names = {group: name for name, group in _PEOPLE.items()}
    found = {}
    for row in session.execute(text(query), given):
        by, values = row[: len(columns)], dict(zip(columns, row[len(columns) : -1], strict=True))
        group = tuple(column for column, grouped in zip(columns, by, strict=True) if grouped)
        found[names[group], tuple(values[column] for column in group)] = row[-1]
    return found
