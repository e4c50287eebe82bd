"""A month of readings in figures: what came, by which way, how much was clear at once, what stayed unread."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import text
from sqlalchemy.orm import Session

# The month's readings are gone through once; what they are told apart by leaves some thousand rows.
_CAME = """
WITH counted AS MATERIALIZED (
    SELECT readings.taken_on, coalesce(readings.channel, 'office') AS channel, accounts.municipality,
           readings.flags, count(*) AS received,
           count(*) FILTER (WHERE readings.flags <@ '["early", "late", "zero_use"]') AS at_once,
           count(*) FILTER (WHERE readings.state = 'rejected') AS rejected
    FROM readings JOIN accounts USING (account_number)
    WHERE readings.taken_on >= to_date(:period, 'YYYY-MM')
      AND readings.taken_on < to_date(:period, 'YYYY-MM') + interval '1 month'
      AND (CAST(:municipality AS text) IS NULL OR accounts.municipality = :municipality)
      -- a reading that staff put in the place of another is not another one that came
      AND NOT readings.flags ? 'corrected_by_staff'
    GROUP BY 1, 2, 3, 4
)
SELECT place, "group", name, CAST(sum(received) AS bigint) AS received,
       CAST(sum(at_once) AS bigint) AS at_once, CAST(sum(rejected) AS bigint) AS rejected, 0 AS rank
FROM counted, LATERAL (VALUES
    (1, 'day', to_char(taken_on, 'YYYY-MM-DD')), (2, 'channel', channel), (3, 'area', municipality)
) AS told_by (place, "group", name)
GROUP BY 1, 2, 3
UNION ALL
SELECT 4, 'reason', flag, CAST(sum(received) AS bigint), NULL, NULL, -sum(received)
FROM counted, jsonb_array_elements_text(flags) AS flag
GROUP BY 3
ORDER BY place, rank, name
"""
_UNREAD = """
WITH half_read AS (
    SELECT meters.account_number
    FROM meters LEFT JOIN readings ON readings.meter_id = meters.id
        AND readings.state IN ('accepted', 'flagged')
        AND readings.taken_on >= to_date(:period, 'YYYY-MM')
        AND readings.taken_on < to_date(:period, 'YYYY-MM') + interval '1 month'
    WHERE meters.register <> '' AND meters.removed_at IS NULL
    GROUP BY meters.account_number, meters.meter_number
    HAVING count(DISTINCT readings.meter_id) BETWEEN 1 AND count(DISTINCT meters.id) - 1
)
SELECT accounts.municipality AS name, count(*) AS received
FROM accounts
WHERE accounts.closed_at IS NULL
  AND (CAST(:municipality AS text) IS NULL OR accounts.municipality = :municipality)
  AND EXISTS (SELECT FROM meters WHERE meters.account_number = accounts.account_number
              AND meters.removed_at IS NULL)
  AND (accounts.phone IS NOT NULL
       OR EXISTS (SELECT FROM readings WHERE readings.account_number = accounts.account_number))
  AND NOT EXISTS (SELECT FROM readings WHERE readings.account_number = accounts.account_number
                  AND readings.state IN ('accepted', 'flagged')
                  AND readings.taken_on >= to_date(:period, 'YYYY-MM')
                  AND readings.taken_on < to_date(:period, 'YYYY-MM') + interval '1 month'
                  -- a meter of which one register was read and another was not is estimated, too
                  AND readings.account_number NOT IN (SELECT account_number FROM half_read))
GROUP BY 1 ORDER BY 1
"""


@dataclass(frozen=True)
class ReportLine:
    """One figure row. `at_once`: taken without a doubt that a person must judge (also those put right by the
    sender the same day); None where it says nothing.
    """

    group: str
    name: str
    received: int
    at_once: int | None = None
    rejected: int | None = None

    @property
    def share_at_once(self) -> float | None:
        """Of those received, 0 to 1."""
        return self.at_once / self.received if self.at_once is not None and self.received else None


def reading_report(session: Session, period: str, municipality: str | None = None) -> list[ReportLine]:
    """The month 'YYYY-MM': by day, channel and area, the reasons of doubt, and accounts left to an estimate.

    'estimated': open accounts without a reading of the month, or of one register only, that could have been
    read: their phone is on file, or a reading of theirs has come before.
    """
    session.flush()
    given: dict[str, Any] = {"period": period, "municipality": municipality}
    lines = [
        ReportLine(row.group, row.name, row.received, row.at_once, row.rejected)
        for row in session.execute(text(_CAME), given)
    ]
    for row in session.execute(text(_UNREAD), given):
        lines.append(ReportLine("estimated", row.name, row.received))
    return lines
