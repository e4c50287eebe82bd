"""Agents say whether they take chats; their desk, whether they are still there."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from crm_store.live import publish
from crm_store.tables import Duty

#: How exactly it is known when a desk was last seen; it is not written at every look.
_EXACTLY = timedelta(minutes=1)


def set_available(session: Session, username: str, available: bool, now: datetime) -> None:
    """From now on the user takes chats, or does not; what they have in hand stays with them."""
    values = {"available_since": now if available else None, "seen_at": now}
    session.execute(
        insert(Duty)
        .values(username=username, **values)
        .on_conflict_do_update(index_elements=["username"], set_=values)
    )
    publish(session, "chats")


def note_seen(session: Session, username: str, now: datetime) -> None:
    """The user's desk is open; of one who said that they are away nothing changes."""
    session.execute(
        update(Duty)
        .where(
            Duty.username == username,
            Duty.available_since.is_not(None),
            Duty.seen_at < now - _EXACTLY,
        )
        .values(seen_at=now)
    )
