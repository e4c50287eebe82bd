"""Readings on their way to the billing system: each is handed over once, a correction of it again."""

from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.plain import plain
from crm_store.services.history import record_event
from crm_store.tables import Account, Meter, Reading

EXPORT_COLUMNS = (
    *("account_number", "municipality", "service", "meter_number", "reading", "taken_on", "taken_at"),
    *("state", "flags", "channel", "reading_id"),
)


def export_readings(
    session: Session, now: datetime, *, again: bool = False, actor: str = "export"
) -> list[dict[str, Any]]:
    """The readings not handed over before (`again`: all), oldest first, now marked as handed over.

    Superseded readings stay at home. `reading` has the digits as sent, `flags` says why somebody should look.
    """
    query = (
        select(Reading, Meter, Account.municipality)
        .join(Meter, Meter.id == Reading.meter_id)
        .join(Account, Account.account_number == Meter.account_number)
        .where(Reading.state != "superseded")
        .order_by(Reading.taken_at, Reading.id)
        .with_for_update(of=Reading)
    )
    if not again:
        query = query.where(Reading.exported_at.is_(None))
    rows = []
    for reading, meter, municipality in session.execute(query).all():
        if reading.exported_at is None:
            reading.exported_at = now
            record_event(session, "reading", reading.id, "exported", actor=actor, at=now)
        row = {
            "account_number": reading.account_number,
            "municipality": municipality,
            "service": meter.service,
            "meter_number": meter.meter_number,
            "reading": reading.digits,
            "taken_on": reading.taken_on,
            "taken_at": reading.taken_at,
            "state": reading.state,
            "flags": " ".join(reading.flags),
            "channel": reading.channel,
            "reading_id": reading.id,
        }
        rows.append(plain(row))
    return rows
