"""The filters of the list of cases that a user keeps."""

from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.tables import SavedFilter


def saved_filters(session: Session, user_id: UUID) -> list[SavedFilter]:
    """The user's filters, by name."""
    return list(
        session.scalars(
            select(SavedFilter).where(SavedFilter.user_id == user_id).order_by(func.lower(SavedFilter.name))
        )
    )
