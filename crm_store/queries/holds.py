"""Holds read: for the billing office, as a list, an export, or of one account."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.plain import plain
from crm_store.tables import Case, Hold

HOLD_COLUMNS = (
    *("reference", "municipality", "account_number", "amount", "period"),
    *("placed_at", "lifted_at", "outcome", "outcome_amount"),
)


def holds(
    session: Session, *, standing_only: bool = True, account_number: str | None = None
) -> Iterator[dict[str, Any]]:
    """One row a hold, oldest first, with the columns of HOLD_COLUMNS."""
    query = (
        select(
            Case.reference,
            Case.municipality,
            Hold.account_number,
            Hold.amount,
            Hold.period,
            Hold.placed_at,
            Hold.lifted_at,
            Hold.outcome,
            Case.outcome_amount,
        )
        .join(Case, Case.id == Hold.case_id)
        .order_by(Hold.placed_at, Hold.id)
    )
    if standing_only:
        query = query.where(Hold.lifted_at.is_(None))
    if account_number is not None:
        query = query.where(Hold.account_number == account_number)
    for row in session.execute(query).mappings():
        yield plain(dict(row))
