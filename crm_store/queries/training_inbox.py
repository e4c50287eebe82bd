"""What a trainer sees of a group of messages: everything but whose they are."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.training import wants_second_look
from crm_store.domain.training_masks import Masked
from crm_store.queries.training_messages import eligible, masked
from crm_store.tables import (
    Case,
    Message,
    TrainingGroup,
    TrainingItem,
    TrainingLabel,
)

#: Of a group's messages so many are shown.
SHOWN = 6


@dataclass(frozen=True)
class InboxGroup:
    """A group as it lies before a trainer. `said_*`: what the engine made of it; `suggested_*`: what an agent
    made of its case, else the same.
    """

    id: UUID
    text: Masked
    #: others that are alike, and how many there are altogether
    others: tuple[str, ...]
    size: int
    reasons: tuple[str, ...]
    drawn: bool
    #: two trainers are to say what they see; what the engine and agents made of it is shown to neither
    blind: bool
    #: another trainer has decided; this is the second look
    second: bool
    said_class: str
    said_category: str | None
    said_language: str | None
    confidence: float
    suggested_class: str
    suggested_category: str | None


@dataclass(frozen=True)
class InboxCount:
    """What lies in the inbox, and what this trainer has done today."""

    groups: int
    messages: int
    drawn: int
    second: int
    mine_today: int


def inbox_group(session: Session, region: Region, group_id: UUID, trainer: str) -> InboxGroup | None:
    """The group as this trainer sees it; None when nothing of it may be seen any more."""
    rows = session.execute(
        select(TrainingItem, Message)
        .join(Message, Message.id == TrainingItem.message_id)
        .where(TrainingItem.group_id == group_id, *eligible())
        .order_by(TrainingItem.worth.desc(), TrainingItem.message_id)
    ).all()
    if not rows:
        return None
    item, message = rows[0]
    case = session.scalar(
        select(Case).where(Case.source_message_id == message.id).order_by(Case.source_ordinal).limit(1)
    )
    corrected = case is not None and "corrected" in item.reasons
    other_label = session.scalar(
        select(TrainingLabel.id)
        .where(
            TrainingLabel.group_id == group_id,
            TrainingLabel.trainer != trainer,
            TrainingLabel.undone_at.is_(None),
            TrainingLabel.decision.in_(("accepted", "corrected")),
        )
        .limit(1)
    )
    reasons = dict.fromkeys(reason for one, _message in rows for reason in one.reasons)
    return InboxGroup(
        id=group_id,
        text=masked(session, region, message),
        others=tuple(masked(session, region, one).text for _item, one in rows[1:SHOWN]),
        size=len(rows),
        reasons=tuple(reasons),
        drawn=any(one.drawn_rate is not None for one, _message in rows),
        blind=wants_second_look(group_id),
        second=other_label is not None,
        said_class=item.said_class,
        said_category=item.said_category,
        said_language=item.said_language,
        confidence=item.confidence,
        suggested_class=case.case_class if case is not None and corrected else item.said_class,
        suggested_category=case.category if case is not None and corrected else item.said_category,
    )


def count_inbox(session: Session, trainer: str, today: datetime) -> InboxCount:
    """How much there is to do; `today`: the time at which this trainer's day began."""
    open_groups = select(TrainingGroup.id).where(TrainingGroup.state == "open")
    seen = select(TrainingLabel.group_id).where(
        TrainingLabel.trainer == trainer, TrainingLabel.undone_at.is_(None)
    )
    groups, drawn = session.execute(
        select(func.count(), func.count().filter(TrainingGroup.drawn)).where(
            TrainingGroup.state == "open", TrainingGroup.id.not_in(seen)
        )
    ).one()
    messages = session.scalar(
        select(func.count()).where(TrainingItem.group_id.in_(open_groups), TrainingItem.group_id.not_in(seen))
    )
    second = session.scalar(
        select(func.count()).where(TrainingGroup.second_wanted, TrainingGroup.id.not_in(seen))
    )
    mine = session.scalar(
        select(func.count()).where(
            TrainingLabel.trainer == trainer,
            TrainingLabel.undone_at.is_(None),
            TrainingLabel.made_at >= today,
        )
    )
    return InboxCount(groups, messages or 0, drawn, second or 0, mine or 0)
