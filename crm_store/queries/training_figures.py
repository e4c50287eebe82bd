"""How well live messages are understood: the trainers' answers beside what the engine had said."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from crm_store.domain.examples import LANGUAGES, WITH_CATEGORY
from crm_store.domain.training import Share, kappa, kappa_of, kappa_range, share_right
from crm_store.services.training_inbox import JUDGED
from crm_store.tables import TrainingItem, TrainingLabel

_LOCAL = ZoneInfo("Africa/Johannesburg")
#: Of fewer answers in a week the overview tells no figure.
ENOUGH = 20


@dataclass(frozen=True)
class Corrected:
    """A live message, masked, what it is, and what the engine had said."""

    message_id: UUID
    text: str
    message_class: str
    category: str | None
    language: str
    said_class: str
    said_category: str | None
    said_language: str | None
    confidence: float
    #: the probability with which it was drawn for the sample; None: it was looked at for another reason
    drawn_rate: float | None
    received_at: datetime


@dataclass(frozen=True)
class WeekFigures:
    """One week: of the sample so many were drawn, and so many looked at; then the shares that are right."""

    week: date
    drawn: int
    looked_at: int
    message_class: dict[str, Share]
    category: dict[str, Share]
    language: dict[str, Share]
    by_class: dict[str, Share]


@dataclass(frozen=True)
class Agreement:
    """How far two trainers agree on what both saw blind: the share, kappa of everything with its 95 % range
    and of each class, and where not.
    """

    pairs: int
    share: Share
    kappa: float | None
    range: tuple[float, float] | None
    by_class: dict[str, tuple[int, float | None]]
    differences: tuple[tuple[str, str, str], ...]


def corrected_messages(session: Session, since: datetime, until: datetime | None = None) -> list[Corrected]:
    """The live messages received since then of which a trainer said what they are, oldest first.

    Of two trainers' answers the first counts. The text is the group's, masked and confirmed, its entities
    marked as in an example.
    """
    firsts = (
        select(TrainingLabel)
        .where(TrainingLabel.undone_at.is_(None), TrainingLabel.decision.in_(JUDGED))
        .ext(distinct_on(TrainingLabel.group_id))
        .order_by(TrainingLabel.group_id, TrainingLabel.made_at)
        .subquery()
    )
    first = aliased(TrainingLabel, firsts)
    query = (
        select(TrainingItem, first)
        .join(first, first.group_id == TrainingItem.group_id)
        .where(TrainingItem.received_at >= since)
        .order_by(TrainingItem.received_at, TrainingItem.message_id)
    )
    if until is not None:
        query = query.where(TrainingItem.received_at < until)
    return [
        Corrected(
            message_id=item.message_id,
            text=label.text or "",
            message_class=label.message_class or "",
            category=label.category,
            language=label.language or "",
            said_class=item.said_class,
            said_category=item.said_category,
            said_language=item.said_language,
            confidence=item.confidence,
            drawn_rate=item.drawn_rate,
            received_at=item.received_at,
        )
        for item, label in session.execute(query)
    ]


def weekly_figures(session: Session, now: datetime, weeks: int = 8) -> list[WeekFigures]:
    """The last weeks, this one first. Only the random sample counts: what is worth a look is mostly wrong."""
    begins = _monday(now) - timedelta(weeks=weeks - 1)
    since = datetime.combine(begins, datetime.min.time(), _LOCAL)
    week_of_item = func.date_trunc("week", func.timezone(_LOCAL.key, TrainingItem.received_at))
    drawn: dict[date, int] = {
        week.date(): count
        for week, count in session.execute(
            select(week_of_item, func.count())
            .where(TrainingItem.drawn_rate.is_not(None), TrainingItem.received_at >= since)
            .group_by(week_of_item)
        )
    }
    by_week: dict[date, list[Corrected]] = defaultdict(list)
    for one in corrected_messages(session, since):
        if one.drawn_rate is not None:
            by_week[_monday(one.received_at)].append(one)
    all_weeks = [begins + timedelta(weeks=number) for number in reversed(range(weeks))]
    return [_week(week, drawn.get(week, 0), by_week[week]) for week in all_weeks]


def newest_figures(weeks: Sequence[WeekFigures]) -> WeekFigures | None:
    """Of weeks, the newest first, the last one of which enough was looked at; None: there is none."""
    return next((one for one in weeks if one.looked_at >= ENOUGH), None)


def class_figures(session: Session, since: datetime) -> dict[str, Share]:
    """The share of each class, as trainers see it, that the engine told rightly, of the sample since then."""
    drawn = [one for one in corrected_messages(session, since) if one.drawn_rate is not None]
    return _by_class(drawn)


def agreement(session: Session, since: datetime) -> Agreement:
    """How far trainers agreed on the groups that two of them saw since then."""
    rows = session.execute(
        select(TrainingLabel.group_id, TrainingLabel.message_class, TrainingLabel.text)
        .where(
            TrainingLabel.undone_at.is_(None),
            TrainingLabel.decision.in_(JUDGED),
            TrainingLabel.made_at >= since,
        )
        .order_by(TrainingLabel.made_at)
    )
    answers: dict[UUID, list[tuple[str, str]]] = defaultdict(list)
    for group_id, message_class, text in rows:
        answers[group_id].append((message_class or "", text or ""))
    both = [found[:2] for found in answers.values() if len(found) > 1]
    pairs = [(one[0], other[0]) for one, other in both]
    labels = sorted({label for pair in pairs for label in pair})
    return Agreement(
        len(pairs),
        share_right((one == other, 1.0) for one, other in pairs),
        kappa(pairs),
        kappa_range(pairs),
        {label: (sum(label in pair for pair in pairs), kappa_of(label, pairs)) for label in labels},
        tuple((one[1], one[0], other[0]) for one, other in both if one[0] != other[0])[-20:],
    )


def _week(week: date, drawn: int, messages: list[Corrected]) -> WeekFigures:
    def shares(question: str, chosen: list[Corrected]) -> dict[str, Share]:
        def answers(some: list[Corrected]) -> Share:
            return share_right(
                (getattr(one, f"said_{question}") == _truth(one, question), one.drawn_rate or 1.0)
                for one in some
            )

        return {
            "all": answers(chosen),
            **{name: answers([one for one in chosen if one.language == name]) for name in LANGUAGES},
        }

    with_category = [one for one in messages if one.message_class in WITH_CATEGORY]
    return WeekFigures(
        week,
        drawn,
        len(messages),
        shares("class", messages),
        shares("category", with_category),
        shares("language", messages),
        _by_class(messages),
    )


def _by_class(messages: list[Corrected]) -> dict[str, Share]:
    return {
        name: share_right(
            (one.said_class == name, one.drawn_rate or 1.0) for one in messages if one.message_class == name
        )
        for name in sorted({one.message_class for one in messages})
    }


def _truth(one: Corrected, question: str) -> str | None:
    return one.message_class if question == "class" else str(getattr(one, question))


def _monday(at: datetime) -> date:
    day = at.astimezone(_LOCAL).date()
    return day - timedelta(days=day.weekday())
