"""Today at a glance: what is due, late, unassigned or held, who works on how much, and yesterday's figures.

Every query takes the conditions on `Case` of whoever looks, and reads by index however many cases there are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from crm_store.domain.level_preview import Cell
from crm_store.tables import Case, Hold

Conditions = Sequence[ColumnElement[bool]]
_OPEN = Case.stage.not_in(("resolved", "closed"))
_RUNS = Case.stage != "waiting_for_citizen"


@dataclass(frozen=True)
class OpenNow:
    """Open cases: all, due before the day ends, past their time, of nobody, emergencies; amounts on hold."""

    open: int
    due_today: int
    overdue: int
    unassigned: int
    emergencies: int
    on_hold: int
    held_amount: Decimal


@dataclass(frozen=True)
class Load:
    """How many open cases somebody has (None: nobody), and how many of them are late or due today."""

    username: str | None
    open: int
    due_today: int
    overdue: int


@dataclass(frozen=True)
class DayFigures:
    """A local day: cases received, answered first by a person, resolved, and of these in time."""

    day: date
    received: int
    answered: int
    resolved: int
    in_time: int


def open_now(session: Session, conditions: Conditions, now: datetime, timezone: ZoneInfo) -> OpenNow:
    """The figures of this moment. What waits for the citizen is not late: its clock stands still."""
    row = session.execute(
        select(
            func.count(),
            func.count().filter(*_due_today(now, timezone)),
            func.count().filter(_RUNS, Case.due_at < now),
            func.count().filter(Case.assignee.is_(None)),
            func.count().filter(Case.priority == "emergency"),
        ).where(_OPEN, *conditions)
    ).one()
    held = session.execute(
        select(func.count(), func.coalesce(func.sum(Hold.amount), 0))
        .join(Case, Case.id == Hold.case_id)
        .where(Hold.lifted_at.is_(None), *conditions)
    ).one()
    return OpenNow(*row, *held)


def load_by_assignee(
    session: Session, conditions: Conditions, now: datetime, timezone: ZoneInfo, limit: int = 100
) -> list[Load]:
    """Who works on how many open cases, most late ones first; what nobody has comes as None."""
    late = func.count().filter(_RUNS, Case.due_at < now)
    rows = session.execute(
        select(Case.assignee, func.count(), func.count().filter(*_due_today(now, timezone)), late)
        .where(_OPEN, *conditions)
        .group_by(Case.assignee)
        .order_by(late.desc(), func.count().desc(), Case.assignee)
        .limit(limit)
    )
    return [Load(*row) for row in rows]


def day_figures(session: Session, conditions: Conditions, day: date, timezone: ZoneInfo) -> DayFigures:
    """What a local day brought. A case resolved twice on it counts once."""
    begins, ends = _midnight(day, timezone), _midnight(day + timedelta(days=1), timezone)
    received = session.scalar(
        select(func.count()).where(Case.opened_at >= begins, Case.opened_at < ends, *conditions)
    )
    answered = session.scalar(
        select(func.count()).where(
            Case.first_responded_at >= begins, Case.first_responded_at < ends, *conditions
        )
    )
    resolved, in_time = session.execute(
        select(func.count(), func.count().filter(Case.resolved_at <= Case.due_at)).where(
            Case.resolved_at >= begins, Case.resolved_at < ends, *conditions
        )
    ).one()
    return DayFigures(day, received or 0, answered or 0, resolved, in_time)


def open_by_cell(session: Session) -> dict[Cell, int]:
    """How many cases are open of each municipality, class, category and priority."""
    columns = (Case.municipality, Case.case_class, Case.category, Case.priority)
    rows = session.execute(select(*columns, func.count()).where(_OPEN).group_by(*columns))
    return {(row[0], row[1], row[2], row[3]): row[4] for row in rows}


def end_of_day(now: datetime, timezone: ZoneInfo) -> datetime:
    """The next local midnight."""
    return _midnight(now.astimezone(timezone).date() + timedelta(days=1), timezone)


def _due_today(now: datetime, timezone: ZoneInfo) -> tuple[ColumnElement[bool], ...]:
    return _RUNS, Case.due_at >= now, Case.due_at < end_of_day(now, timezone)


def _midnight(day: date, timezone: ZoneInfo) -> datetime:
    return datetime.combine(day, datetime.min.time(), timezone)
