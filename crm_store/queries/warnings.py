"""Early warnings and the figures of a ward, for councillors and staff."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.domain.early_warning import Window
from crm_store.domain.incidents import ward_of
from crm_store.domain.region import Region
from crm_store.queries.report_counts import count_reports
from crm_store.tables import AreaWarning, Case, Incident

_DONE = ("resolved", "closed")
_WEEK = timedelta(days=7)


@dataclass(frozen=True)
class CategoryFigures:
    """One category in an area: people who reported in the last seven days and in a usual such week, cases
    open, and of those past their promised time.
    """

    category: str
    reported: int
    usual: float
    open: int
    late: int


@dataclass(frozen=True)
class AreaFigures:
    """A ward, a place or a municipality at a glance."""

    area: str
    places: tuple[str, ...]
    categories: tuple[CategoryFigures, ...]
    incidents: tuple[Incident, ...]
    warnings: tuple[AreaWarning, ...]


def list_warnings(
    session: Session,
    *,
    since: date,
    municipality: str | None = None,
    category: str | None = None,
    limit: int = 100,
) -> list[AreaWarning]:
    """Warnings from that day on, the newest first and of a day the least likely first."""
    query = select(AreaWarning).where(AreaWarning.day >= since)
    if municipality is not None:
        query = query.where(AreaWarning.municipality == municipality)
    if category is not None:
        query = query.where(AreaWarning.category == category)
    return list(session.scalars(query.order_by(AreaWarning.day.desc(), AreaWarning.chance).limit(limit)))


def places_in(region: Region, area: str) -> tuple[str, ...]:
    """The places of a ward ('MLM/13'), of a municipality ('MLM'), or the place itself; () for neither."""
    wanted = area.strip()
    return tuple(
        place.name
        for place in region.places
        if wanted.casefold() == place.name.casefold()
        or wanted.upper() in (ward_of(place), place.municipality)
    )


def area_figures(session: Session, region: Region, area: str, now: datetime) -> AreaFigures | None:
    """The area's last seven days; None when no ward, place or municipality is called so."""
    places = places_in(region, area)
    if not places:
        return None
    weeks = region.early_warning.weeks
    spans: list[Window] = [(now - _WEEK * (number + 1), now - _WEEK * number) for number in range(weeks + 1)]
    reported: dict[str, list[int]] = {}
    for count in count_reports(session, spans, places=places):
        reported.setdefault(count.category, [0] * (weeks + 1))[count.window] += count.citizens
    open_cases = {
        row.category: (row.open, row.late)
        for row in session.execute(
            select(
                Case.category,
                func.count().label("open"),
                func.count().filter(Case.due_at < now).label("late"),
            )
            .where(Case.place.in_(places), Case.stage.not_in(_DONE), Case.confidential.is_(False))
            .group_by(Case.category)
        )
    }
    return AreaFigures(
        area=area,
        places=places,
        categories=tuple(
            CategoryFigures(
                category,
                reported.get(category, [0])[0],
                float(median(reported.get(category, [0, 0])[1:])),
                *open_cases.get(category, (0, 0)),
            )
            for category in sorted(set(reported) | set(open_cases))
        ),
        incidents=_incidents_in(session, region, places),
        warnings=_warnings_in(session, region, places, now),
    )


def _incidents_in(session: Session, region: Region, places: Sequence[str]) -> tuple[Incident, ...]:
    wards = {ward for ward in map(ward_of, map(region.place_named, places)) if ward}
    return tuple(
        session.scalars(
            select(Incident)
            .where(
                Incident.state.in_(("suggested", "open")),
                Incident.place.in_(places) | Incident.ward.in_(wards),
            )
            .order_by(Incident.started_at.desc())
        )
    )


def _warnings_in(
    session: Session, region: Region, places: Sequence[str], now: datetime
) -> tuple[AreaWarning, ...]:
    around = set(places)
    for name in places:
        place = region.place_named(name)
        around |= {ward for ward in (ward_of(place),) if ward}
        around |= {place.municipality} if place else set()
    return tuple(
        session.scalars(
            select(AreaWarning)
            .where(AreaWarning.day > (now - _WEEK).date(), AreaWarning.area.in_(around))
            .order_by(AreaWarning.day.desc(), AreaWarning.chance)
        )
    )


def wards_of(region: Region) -> tuple[str, ...]:
    """The wards that the municipality file names, in order."""
    wards = {ward for ward in map(ward_of, region.places) if ward}
    return tuple(sorted(wards, key=lambda ward: (ward.partition("/")[0], int(ward.partition("/")[2]))))
