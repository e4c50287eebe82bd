"""Who takes chats now."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, or_, select
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
    session: Session,
    region: Region,
    now: datetime,
    municipality: str | None = None,
    *,
    available: bool = False,
) -> list[Colleague]:
    """Who may take chats of the municipality (None: of any), those who are there first.

    `available`: those alone who are there.
    """
    in_hand = (
        select(Conversation.agent, func.count().label("chats"))
        .where(Conversation.state == "agent")
        .group_by(Conversation.agent)
        .subquery()
    )
    # Columns, not objects: every open list of chats asks, and there may be hundreds.
    query = (
        select(
            User.username,
            User.name,
            User.municipality,
            User.department,
            Duty.available_since,
            Duty.seen_at,
            in_hand.c.chats,
            _LAST_USED.label("used_at"),
        )
        .outerjoin(Duty, Duty.username == User.username)
        .outerjoin(in_hand, in_hand.c.agent == User.username)
        .where(User.role.in_(_TAKE_CHATS), User.active)
        .order_by(User.username)
    )
    if municipality is not None:
        query = query.where(or_(User.municipality.is_(None), User.municipality == municipality))
    if available:
        query = query.where(Duty.available_since.is_not(None))
    found = [
        Colleague(
            username=row.username,
            name=row.name or row.username,
            municipality=row.municipality,
            department=row.department,
            available=_is_there(row.available_since, row.seen_at, row.used_at, region, now),
            chats=row.chats or 0,
        )
        for row in session.execute(query)
    ]
    there = [one for one in found if one.available or not available]
    return sorted(there, key=lambda one: (not one.available, one.chats, one.name))


def somebody_is_there(
    session: Session, region: Region, municipality: str | None, department: str | None, now: datetime
) -> bool:
    """Whether anybody who may take a chat of this team takes chats now."""
    return any(
        in_reach(scope_of(one.municipality, one.department, ()), municipality, department)
        for one in colleagues(session, region, now, municipality, available=True)
    )


def _is_there(
    available_since: datetime | None,
    seen_at: datetime | None,
    used_at: datetime | None,
    region: Region,
    now: datetime,
) -> bool:
    """They take chats, and the page of chats, or any other page of the desk, was seen lately."""
    if available_since is None or seen_at is None:
        return False
    return now - max(seen_at, used_at or seen_at) < timedelta(minutes=region.chats.seen_minutes)
