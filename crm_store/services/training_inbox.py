"""The trainers' inbox: groups handed out one trainer each, decided once, and undone."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from crm_store.domain.example_text import home_of, one_line
from crm_store.domain.examples import CLASSES, LANGUAGES, WITH_CATEGORY, Example
from crm_store.domain.region import Region
from crm_store.domain.training import wants_second_look
from crm_store.domain.training_masks import leaks, read_annotated
from crm_store.queries.examples import findings_of
from crm_store.queries.training_inbox import InboxGroup, inbox_group
from crm_store.queries.training_messages import known_names, own_text
from crm_store.services.examples import change_example, undo_change
from crm_store.tables import (
    ExampleChange,
    Message,
    TrainingGroup,
    TrainingItem,
    TrainingLabel,
    new_id,
)

#: So long a group lies before the trainer who opened it.
LEASE = timedelta(minutes=10)
#: Of so many groups one is of the random sample, and one is a second look, as long as there are any.
DRAWN_EVERY, SECOND_EVERY = 3, 8
JUDGED = ("accepted", "corrected")


class NotYours(Exception):
    """Somebody else has decided the group meanwhile, or has it before them."""


class AnswerRefused(ValueError):
    """The answer cannot be kept; `faults` says why, by the field; `own`: words of the person in its text."""

    def __init__(self, faults: dict[str, str], own: str = "") -> None:
        self.faults = faults
        self.own = own
        super().__init__("; ".join(faults.values()))


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What a trainer says of a group. `text`: masked, its entities marked; `learn`: make an example of it."""

    message_class: str
    category: str | None
    language: str
    text: str
    learn: bool = True


@dataclass(frozen=True)
class Decided:
    """What came of an answer: 'added' as an example, 'known' or 'measured' already, or only 'kept'."""

    decision: str
    example: str
    messages: int


def lease_groups(
    session: Session,
    trainer: str,
    now: datetime,
    number: int = 1,
    beside: Collection[UUID] = (),
    *,
    newest: bool = False,
) -> list[UUID]:
    """The next groups for this trainer, `beside` those they have; nobody else gets them for ten minutes.

    The worthiest come first, but every third is of the sample, and every eighth a second look; `newest`:
    those whose messages came last.
    """
    turn = session.scalar(
        select(func.count()).where(TrainingLabel.trainer == trainer, TrainingLabel.undone_at.is_(None))
    )
    found: list[UUID] = []
    while len(found) < number:
        at = (turn or 0) + len(beside) + len(found)
        taken = (*beside, *found)
        kinds = ["newest"] if newest else _kinds(at)
        group = next(filter(None, (_next(session, trainer, now, kind, taken) for kind in kinds)), None)
        if group is None:
            break
        group.leased_by, group.leased_until = trainer, now + LEASE
        session.flush()
        found.append(group.id)
    return found


def _kinds(at: int) -> list[str]:
    """What is looked for at this turn of a trainer, and what where there is none."""
    kinds = ["worth", "second"]
    if at % DRAWN_EVERY == DRAWN_EVERY - 1:
        kinds.insert(0, "drawn")
    if at % SECOND_EVERY == SECOND_EVERY - 1:
        kinds.insert(0, "second")
    return kinds


def decide(
    session: Session,
    region: Region,
    folder: Path,
    group_id: UUID,
    answer: Answer,
    trainer: str,
    now: datetime,
) -> Decided:
    """Keep the trainer's answer for every message of the group, and make an example of it where it teaches.

    Raises NotYours, or AnswerRefused with what is wrong by its field.
    """
    group, seen = _mine(session, region, group_id, trainer, now)
    example = _checked(session, region, seen, answer)
    same = (answer.message_class, answer.category, answer.language) == (
        *(seen.said_class, seen.said_category if answer.message_class in WITH_CATEGORY else None),
        seen.said_language,
    )
    outcome = "kept"
    if answer.learn and not seen.second:
        found = findings_of(session, folder, example)
        if found.faults:
            raise AnswerRefused({"text": found.faults[0]})
        if found.conflict is not None:
            raise AnswerRefused({"conflict": found.conflict.key})
        outcome = "known" if found.same else "measured" if found.measured else "added"
        if outcome == "added":
            change_example(session, None, example, trainer, now, group_id=group.id)
    _keep(session, group, trainer, "accepted" if same else "corrected", now, answer)
    group.second_wanted = seen.blind and not seen.second
    group.state = "decided"
    return Decided("accepted" if same else "corrected", outcome, seen.size)


def pass_by(
    session: Session, region: Region, group_id: UUID, trainer: str, now: datetime, *, unfit: bool
) -> None:
    """Skip the group, which others still see; or say that it is not for training, then nobody does.

    Raises NotYours.
    """
    group, _seen = _mine(session, region, group_id, trainer, now)
    _keep(session, group, trainer, "unfit" if unfit else "skipped", now, None)
    if unfit:
        group.state, group.second_wanted = "decided", False


def set_aside(session: Session, group_id: UUID) -> None:
    """Nobody is to see the group any more: all its messages became confidential, or were sealed."""
    group = session.get_one(TrainingGroup, group_id, with_for_update=True)
    group.state, group.second_wanted = "decided", False


def undo_last(session: Session, trainer: str, now: datetime) -> UUID | None:
    """Take the trainer's last answer back and lay its group before them again; None: there is none.

    The example that came of it goes, too.
    """
    label = session.scalar(
        select(TrainingLabel)
        .where(TrainingLabel.trainer == trainer, TrainingLabel.undone_at.is_(None))
        .order_by(TrainingLabel.made_at.desc(), TrainingLabel.id.desc())
        .limit(1)
        .with_for_update()
    )
    if label is None:
        return None
    group = session.get_one(TrainingGroup, label.group_id, with_for_update=True)
    label.undone_at = now
    session.flush()
    others = session.scalars(
        select(TrainingLabel.decision).where(
            TrainingLabel.group_id == group.id,
            TrainingLabel.undone_at.is_(None),
            TrainingLabel.decision.in_((*JUDGED, "unfit")),
        )
    ).all()
    group.state = "decided" if others else "open"
    group.second_wanted = wants_second_look(group.id) and len(others) == 1 and "unfit" not in others
    group.leased_by, group.leased_until = trainer, now + LEASE
    learnt = select(ExampleChange.id).where(
        ExampleChange.group_id == group.id,
        ExampleChange.actor == trainer,
        ExampleChange.made_at == label.made_at,
        ExampleChange.undone_at.is_(None),
    )
    for change_id in session.scalars(learnt).all():
        undo_change(session, change_id, trainer, now)
    return group.id


def forget_messages(session: Session, conversation_ids: Collection[UUID]) -> int:
    """Erased people's messages leave the inbox and the figures; what was masked and learnt stays."""
    of_theirs = select(Message.id).where(Message.conversation_id.in_(conversation_ids))
    gone = session.scalars(
        delete(TrainingItem).where(TrainingItem.message_id.in_(of_theirs)).returning(TrainingItem.group_id)
    ).all()
    empty = set(gone) - set(
        session.scalars(select(TrainingItem.group_id).where(TrainingItem.group_id.in_(gone)))
    )
    session.execute(delete(TrainingLabel).where(TrainingLabel.group_id.in_(empty)))
    session.execute(update(ExampleChange).where(ExampleChange.group_id.in_(empty)).values(group_id=None))
    session.execute(delete(TrainingGroup).where(TrainingGroup.id.in_(empty)))
    return len(gone)


def _next(
    session: Session, trainer: str, now: datetime, kind: str, taken: Collection[UUID]
) -> TrainingGroup | None:
    seen = select(TrainingLabel.id).where(
        TrainingLabel.group_id == TrainingGroup.id,
        TrainingLabel.trainer == trainer,
        TrainingLabel.undone_at.is_(None),
    )
    query = select(TrainingGroup).where(
        TrainingGroup.id.not_in(taken),
        or_(
            TrainingGroup.leased_until.is_(None),
            TrainingGroup.leased_until < now,
            TrainingGroup.leased_by == trainer,
        ),
        ~seen.exists(),
    )
    if kind == "second":
        query = query.where(TrainingGroup.second_wanted).order_by(TrainingGroup.id)
    else:
        query = query.where(TrainingGroup.state == "open")
        query = query.where(TrainingGroup.drawn) if kind == "drawn" else query
        if kind == "newest":
            last = select(func.max(TrainingItem.received_at)).where(TrainingItem.group_id == TrainingGroup.id)
            query = query.order_by(last.scalar_subquery().desc())
        # What lies before them already comes first, so that going back and forth changes nothing.
        mine = (TrainingGroup.leased_by == trainer) & (TrainingGroup.leased_until >= now)
        query = query.order_by(
            func.coalesce(mine, False).desc(), TrainingGroup.worth.desc(), TrainingGroup.id
        )
    return session.scalar(query.limit(1).with_for_update(skip_locked=True))


def _mine(
    session: Session, region: Region, group_id: UUID, trainer: str, now: datetime
) -> tuple[TrainingGroup, InboxGroup]:
    """The group, locked, as the trainer has it before them; raises NotYours."""
    group = session.get(TrainingGroup, group_id, with_for_update=True)
    if group is None or (group.state == "decided" and not group.second_wanted):
        raise NotYours("the messages were decided meanwhile")
    if group.leased_by not in (None, trainer) and group.leased_until and group.leased_until > now:
        raise NotYours("another trainer has the messages before them")
    answered = session.scalar(
        select(TrainingLabel.id).where(
            TrainingLabel.group_id == group_id,
            TrainingLabel.trainer == trainer,
            TrainingLabel.undone_at.is_(None),
        )
    )
    seen = inbox_group(session, region, group_id, trainer)
    if answered is not None or seen is None:
        raise NotYours("the messages were decided meanwhile")
    return group, seen


def _checked(session: Session, region: Region, seen: InboxGroup, answer: Answer) -> Example:
    """The example that the answer makes; raises AnswerRefused."""
    faults = {}
    if answer.message_class not in CLASSES:
        faults["class"] = f"'{answer.message_class}' is no class of ours"
    if answer.language not in LANGUAGES:
        faults["language"] = f"'{answer.language}' is no language of ours"
    if answer.message_class in WITH_CATEGORY and answer.category not in region.categories:
        faults["category"] = "it says what it is about: choose a category"
    if answer.message_class not in WITH_CATEGORY and answer.category is not None:
        faults["category"] = "messages of this class have no category"
    text = one_line(answer.text)
    left = {
        what
        for message in session.scalars(
            select(Message)
            .join(TrainingItem, TrainingItem.message_id == Message.id)
            .where(TrainingItem.group_id == seen.id)
        )
        for what in leaks(own_text(message), read_annotated(text).text, known_names(session, message))
    }
    if left:
        faults["text"] = f"'{min(left)}' is of the person who wrote: put another in its place"
    if faults:
        raise AnswerRefused(faults, own=min(left, default=""))
    draft = Example("", answer.message_class, answer.category, answer.language, text)
    return Example(home_of(draft), answer.message_class, answer.category, answer.language, text)


def _keep(
    session: Session,
    group: TrainingGroup,
    trainer: str,
    decision: str,
    now: datetime,
    answer: Answer | None,
) -> None:
    session.add(
        TrainingLabel(
            id=new_id(),
            group_id=group.id,
            trainer=trainer,
            decision=decision,
            message_class=answer.message_class if answer else None,
            category=answer.category if answer else None,
            language=answer.language if answer else None,
            text=one_line(answer.text) if answer else None,
            made_at=now,
        )
    )
    group.leased_by = group.leased_until = None
    session.flush()
