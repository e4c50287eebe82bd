"""What shadow mode found: how often the candidate agrees, and the messages on which it does not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Integer, case, func, select
from sqlalchemy.orm import Session

from crm_store.queries.training_messages import eligible
from crm_store.tables import Message, Shadow, ShadowReading


@dataclass(frozen=True)
class Agreement:
    """How many live messages of a kind both models read, and how many they read alike."""

    name: str
    messages: int
    alike: int


@dataclass(frozen=True)
class Difference:
    """A live message that the two models read differently."""

    message_id: UUID
    body: str
    handled_at: datetime
    published: dict[str, Any]
    candidate: dict[str, Any]


def running_shadow(session: Session) -> Shadow | None:
    """The candidate that reads along, if any does."""
    return session.scalar(select(Shadow).where(Shadow.stopped_at.is_(None)))


def last_shadow(session: Session) -> Shadow | None:
    """The candidate that reads along, or the last that did."""
    return session.scalar(select(Shadow).order_by(Shadow.id.desc()).limit(1))


def agreement(session: Session, shadow_id: int) -> dict[str, list[Agreement]]:
    """How often the two agree: `all`, and by `language` and `class` as the model in service says them."""
    alike = func.sum(case((ShadowReading.agree, 1), else_=0)).cast(Integer)
    found: dict[str, list[Agreement]] = {}
    for name in ("all", "language", "class"):
        label = ShadowReading.published[name].astext
        statement = select(label, func.count(), alike).where(ShadowReading.shadow_id == shadow_id)
        rows = session.execute(statement.group_by(label).order_by(func.count().desc()))
        found[name] = [Agreement(kind or name, messages, same) for kind, messages, same in rows]
    return found


def differences(session: Session, shadow_id: int, limit: int = 50) -> Sequence[Difference]:
    """The messages that the two read differently, newest first, of those that trainers may see."""
    rows = session.execute(
        select(Message.id, Message.body, Message.handled_at, ShadowReading.published, ShadowReading.candidate)
        .join(Message, Message.id == ShadowReading.message_id)
        .where(
            ShadowReading.shadow_id == shadow_id,
            ShadowReading.agree.is_(False),
            *eligible(),
        )
        .order_by(ShadowReading.created_at.desc(), Message.id)
        .limit(limit)
    )
    return [Difference(*row) for row in rows]
