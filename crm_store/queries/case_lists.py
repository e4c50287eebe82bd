"""Lists of cases: page by page, in an order that holds while cases come and go, and how many there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from crm_store.queries.case_filter import CaseFilter, Reader, chosen
from crm_store.tables import Case

Order = Literal["due", "newest", "oldest"]
ORDERS: tuple[Order, ...] = ("due", "newest", "oldest")
PAGE = 50
#: Counting goes no further: 'more than 1000' is all that a person wants to know.
MOST_COUNTED = 1000


@dataclass(frozen=True)
class CasePage:
    """One page of a list. `next`: where the page after it begins; None: this is the last."""

    cases: list[Case]
    next: str | None


def case_page(
    session: Session,
    which: CaseFilter,
    reader: Reader,
    order: Order,
    after: str | None = None,
    size: int = PAGE,
) -> CasePage:
    """A page of the cases that the reader may see. `after`: `next` of the page before; nonsense is no page.

    By due date are only open cases: what is done is due no more.
    """
    if order == "due":
        which = replace(which, open_only=True)
    query = _in_order(chosen(session, which, reader), order)
    begins = _read_key(after) if after else None
    if begins is not None:
        query = query.where(_behind(order, *begins))
    cases = list(session.scalars(query.limit(size + 1)))
    more = len(cases) > size
    return CasePage(cases[:size], _key(cases[size - 1], order) if more else None)


def count_cases(session: Session, which: CaseFilter, reader: Reader) -> int:
    """How many there are; MOST_COUNTED + 1 stands for more than that."""
    some = chosen(session, which, reader).with_only_columns(Case.id).limit(MOST_COUNTED + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0


def count_views(session: Session, views: Mapping[str, CaseFilter], reader: Reader) -> dict[str, int]:
    """How many cases each view has, by its name."""
    return {name: count_cases(session, which, reader) for name, which in views.items()}


def find_readable(session: Session, reader: Reader, reference: str) -> Case | None:
    """The case of the reference if the reader may see it; None as well when it is somebody else's."""
    digits = "".join(character for character in reference if character in "0123456789")
    return session.scalar(select(Case).where(Case.digits == digits, *reader.conditions()))


def readable_among(session: Session, reader: Reader, ids: Sequence[UUID]) -> list[Case]:
    """Of these cases those that the reader may see, newest first."""
    return list(
        session.scalars(
            select(Case).where(Case.id.in_(ids), *reader.conditions()).order_by(Case.opened_at.desc())
        )
    )


def _in_order(query: Select[Case], order: Order) -> Select[Case]:
    match order:
        case "due":
            return query.where(Case.due_at.is_not(None)).order_by(Case.due_at, Case.id)
        case "newest":
            return query.order_by(Case.opened_at.desc(), Case.id.desc())
        case "oldest":
            return query.order_by(Case.opened_at, Case.id)


def _behind(order: Order, at: datetime, case_id: UUID) -> ColumnElement[bool]:
    column = Case.due_at if order == "due" else Case.opened_at
    if order == "newest":
        return or_(column < at, and_(column == at, Case.id < case_id))
    return or_(column > at, and_(column == at, Case.id > case_id))


def _key(case: Case, order: Order) -> str:
    at = case.due_at if order == "due" and case.due_at else case.opened_at
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%S.%f}_{case.id.hex}"


def _read_key(written: str) -> tuple[datetime, UUID] | None:
    at, _, case_id = written.partition("_")
    try:
        return datetime.strptime(at, "%Y%m%dT%H%M%S.%f").replace(tzinfo=UTC), UUID(hex=case_id)
    except ValueError:
        return None
