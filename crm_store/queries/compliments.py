"""Compliments counted: by department and by the person who is named."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.tables import Case


@dataclass(frozen=True)
class Praise:
    """How often a department, or a person in it by name (None: nobody named), was praised."""

    municipality: str
    department: str | None
    person: str | None
    count: int


def count_compliments(
    session: Session, opened_from: datetime, opened_before: datetime, municipality: str | None = None
) -> list[Praise]:
    """Compliments of the time, most praised first; a name counts once however it is capitalised."""
    name = func.lower(func.btrim(Case.person))
    query = (
        select(Case.municipality, Case.department, func.min(Case.person), func.count())
        .where(Case.case_class == "compliment", Case.opened_at >= opened_from, Case.opened_at < opened_before)
        .group_by(Case.municipality, Case.department, name)
        .order_by(func.count().desc(), Case.municipality, Case.department, name)
    )
    if municipality is not None:
        query = query.where(Case.municipality == municipality)
    return [Praise(*row) for row in session.execute(query)]
