"""Early warning: today's reports beside what is usual, stored once for an area, category and day."""

from datetime import datetime, time
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.domain.early_warning import Rise, Window, by_area, rises, windows
from crm_store.domain.region import Region
from crm_store.queries.report_counts import count_reports
from crm_store.services.staff_notices import Told, tell_staff
from crm_store.tables import AreaWarning, new_id


def sweep_warnings(session: Session, region: Region, now: datetime) -> list[Rise]:
    """Look for areas whose reports stand out today; returns what was not known before, and tells staff.

    Later the same day the figures of a warning rise with the reports; nobody is told again.
    """
    zone = ZoneInfo(region.timezone)
    day = now.astimezone(zone).date()
    spans = windows(datetime.combine(day, time.min, zone), now, region.early_warning.weeks)
    table = by_area(region, count_reports(session, spans), region.early_warning.weeks)
    stored = session.scalars(select(AreaWarning).where(AreaWarning.day == day))
    told = {(warning.level, warning.area, warning.category) for warning in stored}
    fresh = []
    for rise in rises(region, table, region.early_warning):
        _store(session, rise, spans[0], now.astimezone(zone))
        if (rise.cell.level, rise.cell.area, rise.cell.category) not in told:
            fresh.append(rise)
    tell_staff(session, region, [_told(rise, day.isoformat()) for rise in fresh], now)
    return fresh


def _store(session: Session, rise: Rise, span: Window, now: datetime) -> None:
    figures = {
        "observed": rise.observed,
        "usual": rise.usual.mean,
        "chance": rise.chance,
        "weeks": rise.usual.weeks,
        "window_from": span[0],
        "window_until": span[1],
    }
    session.execute(
        insert(AreaWarning)
        .values(
            id=new_id(),
            day=now.date(),
            level=rise.cell.level,
            area=rise.cell.area,
            category=rise.cell.category,
            municipality=rise.cell.municipality,
            **figures,
        )
        .on_conflict_do_update(
            index_elements=["level", "area", "category", "day"],
            set_={**figures, "updated_at": func.now()},
            where=AreaWarning.chance > rise.chance,
        )
    )


def _told(rise: Rise, day: str) -> Told:
    cell = rise.cell
    return Told(
        kind="early_warning",
        municipality=cell.municipality,
        department=None,
        to_role="supervisor",
        subject=f"{day}:{cell.level}:{cell.area}:{cell.category}",
        data={
            "area": cell.area,
            "category": cell.category,
            "observed": rise.observed,
            "usual": round(rise.usual.mean, 1),
            "chance": rise.chance,
        },
    )
