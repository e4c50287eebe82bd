"""Who takes chats now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.domain.chats import in_reach
from crm_store.domain.region import Region
from crm_store.domain.roles import ROLES, may
from crm_store.domain.scope import scope_of
from crm_store.tables import Conversation, DeskSession, Duty, User

_TAKE_CHATS = tuple(role for role in ROLES if may(role, "chats"))

#: When the user last used any page of the desk.
_LAST_USED = (
    select(func.max(DeskSession.seen_at))
    .where(DeskSession.user_id == User.id)
    .correlate(User)
    .scalar_subquery()
)


@dataclass(frozen=True)
class Colleague:
    """A user who may take chats; `chats`: how many they have in hand."""

    username: str
    name: str
    municipality: str | None
    department: str | None
    available: bool
    chats: int


def colleagues(
    session: Session, region: Region, now: datetime, municipality: str | None = None
) -> list[Colleague]:
    """Who may take chats of the municipality (None: of any), those who are there first."""
    in_hand = (
        select(Conversation.agent, func.count().label("chats"))
        .where(Conversation.state == "agent")
        .group_by(Conversation.agent)
        .subquery()
    )
    rows = session.execute(
        select(User, Duty, in_hand.c.chats, _LAST_USED)
        .outerjoin(Duty, Duty.username == User.username)
        .outerjoin(in_hand, in_hand.c.agent == User.username)
        .where(User.role.in_(_TAKE_CHATS), User.active)
        .order_by(User.username)
    ).all()
    found = [
        Colleague(
            username=user.username,
            name=user.name or user.username,
            municipality=user.municipality,
            department=user.department,
            available=_is_there(duty, used_at, region, now),
            chats=chats or 0,
        )
        for user, duty, chats, used_at in rows
        if municipality is None or user.municipality in (None, municipality)
    ]
    return sorted(found, key=lambda one: (not one.available, one.chats, one.name))


def is_available(session: Session, region: Region, username: str, now: datetime) -> bool:
    """Whether the user said that they take chats, and their desk was seen lately."""
    used_at = session.scalar(select(_LAST_USED).where(User.username == username))
    return _is_there(session.get(Duty, username), used_at, region, now)


def somebody_is_there(
    session: Session, region: Region, municipality: str | None, department: str | None, now: datetime
) -> bool:
    """Whether anybody who may take a chat of this team takes chats now."""
    return any(
        one.available and in_reach(scope_of(one.municipality, one.department, ()), municipality, department)
        for one in colleagues(session, region, now, municipality)
    )


def _is_there(duty: Duty | None, used_at: datetime | None, region: Region, now: datetime) -> bool:
    """They take chats, and the page of chats, or any other page of the desk, was seen lately."""
    if duty is None or duty.available_since is None:
        return False
    return now - max(duty.seen_at, used_at or duty.seen_at) < timedelta(minutes=region.chats.seen_minutes)
