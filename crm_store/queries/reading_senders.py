"""Phones and accounts with more readings than usual, for a person to look at."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from sqlalchemy import text
from sqlalchemy.orm import Session

_PHONES = """
SELECT 'phone' AS kind, string_agg(DISTINCT addresses.channel || ' ' || addresses.address, ', ') AS subject,
       count(DISTINCT readings.id) AS readings, count(DISTINCT readings.account_number) AS others,
       max(readings.taken_at) AS last_at, bool_or(citizens.trusted_sender_at IS NOT NULL) AS trusted
FROM readings JOIN citizens ON citizens.id = readings.citizen_id
JOIN addresses ON addresses.citizen_id = citizens.id
WHERE readings.taken_on >= :since AND readings.flags ?| ARRAY['many_from_phone', 'many_accounts']
GROUP BY citizens.id ORDER BY readings DESC, subject
"""
_ACCOUNTS = """
SELECT 'account' AS kind, readings.account_number AS subject, count(*) AS readings,
       count(DISTINCT readings.citizen_id) AS others, max(readings.taken_at) AS last_at, false AS trusted
FROM readings
WHERE readings.taken_on >= :since AND readings.flags ? 'many_for_account'
GROUP BY readings.account_number ORDER BY readings DESC, subject
"""


@dataclass(frozen=True)
class ManyReadings:
    """A phone (its addresses) or an account over a limit: how many readings were flagged for it.

    `others`: accounts that the phone sent them for, or people who sent them for the account.
    """

    kind: Literal["phone", "account"]
    subject: str
    readings: int
    others: int
    last_at: datetime
    trusted: bool


def many_readings(session: Session, since: date) -> list[ManyReadings]:
    """Everything over a limit since the day, phones first, most readings first."""
    session.flush()
    rows = [row for sql in (_PHONES, _ACCOUNTS) for row in session.execute(text(sql), {"since": since})]
    return [ManyReadings(*row) for row in rows]
