"""What was handed over to the billing system."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.tables import ReadingBatch


def batches(
    session: Session, *, waiting_only: bool = False, municipality: str | None = None, limit: int = 100
) -> list[ReadingBatch]:
    """The batches, newest first; `waiting_only`: those that nobody acknowledged."""
    query = select(ReadingBatch).order_by(ReadingBatch.number.desc()).limit(limit)
    if waiting_only:
        query = query.where(ReadingBatch.acknowledged_at.is_(None))
    if municipality is not None:
        query = query.where(ReadingBatch.municipality == municipality)
    return list(session.scalars(query))
