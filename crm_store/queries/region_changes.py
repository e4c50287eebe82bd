"""What was changed of the municipalities' data, and what of it lies over the file now."""

from collections.abc import Sequence

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session

from crm_store.domain.region_overlay import TOPICS, Change
from crm_store.tables import RegionChange


def newest_number(session: Session) -> int:
    """The number of the newest change; 0 without any. The data is another whenever it is."""
    return session.scalar(select(func.max(RegionChange.number))) or 0


def changes_in_force(session: Session) -> list[RegionChange]:
    """The changes that lie over the file, in the order in which they were made."""
    last = (
        select(RegionChange.number)
        .ext(distinct_on(RegionChange.way))
        .order_by(RegionChange.way, RegionChange.number.desc())
        .scalar_subquery()
    )
    query = select(RegionChange).where(RegionChange.number.in_(last), RegionChange.as_file.is_(False))
    return list(session.scalars(query.order_by(RegionChange.number)))


def as_changes(rows: Sequence[RegionChange]) -> list[Change]:
    """The rows as the overlay's rules know them."""
    return [Change(row.way, row.after) for row in rows]


def last_change_of(session: Session, way: str) -> RegionChange | None:
    """The newest change of the part, or None: it stands as the file has it."""
    return session.scalar(
        select(RegionChange).where(RegionChange.way == way).order_by(RegionChange.number.desc()).limit(1)
    )


def list_region_changes(
    session: Session,
    *,
    topic: str | None = None,
    municipality: str | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[tuple[RegionChange, bool]]:
    """Changes, the newest first, each with whether it is its part's last one (and so can be taken back).

    `municipality`: those of its own parts only; `before`: the last number of the page before.
    """
    newest = select(func.max(RegionChange.number)).group_by(RegionChange.way)
    query = select(RegionChange, RegionChange.number.in_(newest))
    if topic is not None:
        patterns = [one.replace("_", r"\_").replace("*", "%") for one in TOPICS.get(topic, ())]
        query = query.where(or_(*(RegionChange.way.like(one, escape="\\") for one in patterns)))
    if municipality is not None:
        query = query.where(RegionChange.way.startswith(f"municipalities.{municipality}.", autoescape=True))
    if before is not None:
        query = query.where(RegionChange.number < before)
    rows = session.execute(query.order_by(RegionChange.number.desc()).limit(limit))
    return [(row[0], bool(row[1])) for row in rows]
