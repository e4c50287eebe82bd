"""Reading a row in order to change it."""

from typing import Any, TypeVar

from sqlalchemy.orm import Session

from crm_store.tables import Base

Row = TypeVar("Row", bound=Base)


def locked(session: Session, table: type[Row], key: Any) -> Row:
    """The row as it is now, locked until the end of the transaction, even if the session had read it before.

    Raises sqlalchemy.exc.NoResultFound when there is none.
    """
    session.flush()  # what this session changed itself must not be overwritten by the reading
    return session.get_one(table, key, with_for_update=True, populate_existing=True)
