"""The desk's users, for lists."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm_store.services.sign_in import LOCKED_FOR, MOST_A_USERNAME
from crm_store.tables import SignInFailure, User


@dataclass(frozen=True)
class Listed:
    """A user in a list, and whether wrong passwords lock them out just now."""

    user: User
    locked: bool


def users(
    session: Session, now: datetime, *, words: str = "", within: str | None = None, active: bool | None = None
) -> list[Listed]:
    """All users by name; `words` in their names or e-mail; `within`: of this municipality only."""
    query = select(User).order_by(User.active.desc(), User.username)
    for word in words.split():
        pattern = f"%{_escaped(word)}%"
        query = query.where(
            or_(
                User.username.ilike(pattern, escape="\\"),
                User.name.ilike(pattern, escape="\\"),
                User.email.ilike(pattern, escape="\\"),
            )
        )
    if within is not None:
        query = query.where(User.municipality == within)
    if active is not None:
        query = query.where(User.active == active)
    found = session.scalars(query).all()
    locked = locked_usernames(session, now)
    return [Listed(user, user.username in locked) for user in found]


def locked_usernames(session: Session, now: datetime) -> Collection[str]:
    """Usernames that take no password at present."""
    return set(
        session.scalars(
            select(SignInFailure.username)
            .where(SignInFailure.at > now - LOCKED_FOR)
            .group_by(SignInFailure.username)
            .having(func.count() >= MOST_A_USERNAME)
        )
    )


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
