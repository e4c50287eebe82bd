"""Filters of the list of cases that a user keeps under a name."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.tables import SavedFilter, new_id

LONGEST_NAME = 40
#: More names than this nobody reads.
MOST = 20


class TooManyFilters(ValueError):
    """The user keeps as many filters as there is room for."""


def save_filter(session: Session, user_id: UUID, name: str, asked: Mapping[str, str]) -> None:
    """Keep the filter under the name; one of the same name is replaced. Raises TooManyFilters."""
    name = " ".join(name.split())[:LONGEST_NAME]
    kept = session.scalar(
        select(func.count()).where(SavedFilter.user_id == user_id, SavedFilter.name != name)
    )
    if (kept or 0) >= MOST:
        raise TooManyFilters(f"there are {MOST} filters already: remove one first")
    session.execute(
        insert(SavedFilter)
        .values(id=new_id(), user_id=user_id, name=name, asked=dict(asked))
        .on_conflict_do_update(index_elements=["user_id", "name"], set_={"asked": dict(asked)})
    )


def drop_filter(session: Session, user_id: UUID, filter_id: UUID) -> SavedFilter | None:
    """Forget one of the user's own filters; returns it, so that it can be put back."""
    return session.scalar(
        delete(SavedFilter)
        .where(SavedFilter.id == filter_id, SavedFilter.user_id == user_id)
        .returning(SavedFilter)
    )
