"""What all tables share: the base class, ids, and the few column types that we use."""

import os
import time
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    CheckConstraint,
    ColumnElement,
    DateTime,
    MetaData,
    Select,
    String,
    func,
    literal_column,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

Item = TypeVar("Item")


def new_id() -> UUID:
    """A UUID of version 7: random, but rising with time, so that indexes stay compact."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds << 80) | int.from_bytes(os.urandom(10))
    value = value & ~(0xF << 76) | (0x7 << 76)
    value = value & ~(0x3 << 62) | (0x2 << 62)
    return UUID(int=value)


def words(*ours: str) -> tuple[ColumnElement[str], ...]:
    """Words of our own for `column.in_`, as part of the statement.

    For statements that run for every message: plain strings would be parameters, and SQLAlchemy writes an
    IN with parameters anew each time that it runs.
    """
    return tuple(literal_column(f"'{word}'", String) for word in ours)


def array_of(query: Select[Item]) -> ColumnElement[list[Item]]:
    """The rows of a query of one column, in their order, as one value: several small queries in one."""
    (column,) = query.selected_columns
    return func.array(query.scalar_subquery(), type_=ARRAY(column.type))


class Base(DeclarativeBase):
    """The declarative base; times are aware UTC, dictionaries and lists are JSONB."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it as it is)
        datetime: DateTime(timezone=True),
        dict[str, Any]: JSONB(none_as_null=True),
        list[dict[str, Any]]: JSONB(none_as_null=True),
        list[str]: JSONB(none_as_null=True),
    }


class WithId:
    """A row with an id of our making."""

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)


class WithCreation:
    """A row that knows when it was made."""

    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class WithUpdate:
    """A row that knows when it was last changed."""

    updated_at: Mapped[datetime] = mapped_column(server_default=func.now(), onupdate=func.now())


def one_of(column: str, *values: str) -> CheckConstraint:
    """A check that the text column holds one of the values: readable in SQL, cheap to extend."""
    return CheckConstraint(f"{column} IN ({', '.join(repr(value) for value in values)})", name=column)
