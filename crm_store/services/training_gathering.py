"""Fills the trainers' inbox: messages that were hardly understood, and a random sample of all."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, func, literal_column, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, load_only

from crm_store.domain.cases import is_confidential
from crm_store.domain.examples import CLASSES
from crm_store.domain.region import Region
from crm_store.domain.training import (
    GROUP,
    Signs,
    alike,
    is_drawn,
    likeness,
    sample_rate,
    share_of_new_words,
    words_of,
    worth,
)
from crm_store.live import publish as tell_pages
from crm_store.queries.training_messages import Sent, eligible, marks_of, own_text
from crm_store.services.training_signs import signs_of_history, signs_of_replies, signs_of_shadow
from crm_store.tables import (
    Message,
    TrainingGroup,
    TrainingItem,
    TrainingMark,
    new_id,
)

_MARK = "gathered"
_FALLBACK = "nlu_fallback"
_BEGINNING = datetime(2020, 1, 1, tzinfo=UTC)
#: Messages are numbered before they are committed: so far back is looked at again.
_OVERLAP = timedelta(minutes=1)
#: What has waited for longer for its turn is not waited for.
_WAITED_FOR = timedelta(days=1)
#: A model in shadow mode reads a message after its turn, as it finds time.
_SHADOW_READS_WITHIN = timedelta(hours=2)
#: Groups that a new message may join; older ones have had their day.
_GROUPS = 3000
_JOINED_WITHIN = timedelta(days=60)
_WEEK = timedelta(days=7)
_READ = load_only(Message.body, Message.understanding, Message.received_at)
_RAISE = (
    update(TrainingGroup)
    .where(TrainingGroup.id == bindparam("group_id"))
    .values(
        worth=func.greatest(TrainingGroup.worth, bindparam("to")),
        drawn=or_(TrainingGroup.drawn, bindparam("of")),
    )
)


def gather_messages(
    session: Session,
    region: Region,
    known_words: Callable[[], frozenset[str]],
    now: datetime,
    limit: int = 5000,
) -> int:
    """Look through what is new since the last time; returns how many messages came into the inbox.

    `known_words`: gives those of the examples, where they are needed. Only one process does it at a time; the
    others return 0.
    """
    session.execute(insert(TrainingMark).values(name=_MARK, at=_BEGINNING).on_conflict_do_nothing())
    mark = session.scalar(
        select(TrainingMark).where(TrainingMark.name == _MARK).with_for_update(skip_locked=True)
    )
    if mark is None:
        return 0
    signs: dict[UUID, set[str]] = defaultdict(set)
    fresh = _fresh_messages(session, mark, limit)
    for message_id, found in (
        *signs_of_history(session, mark),
        *signs_of_shadow(session, _first_id(datetime.now(UTC) - _SHADOW_READS_WITHIN)),
    ):
        signs[message_id].add(found)
    _forget_known(session, signs)
    messages = {message.id: message for message in fresh}
    if late := signs.keys() - messages.keys():
        found_late = session.scalars(select(Message).options(_READ).where(Message.id.in_(late), *eligible()))
        messages |= {message.id: message for message in found_late if _is_somebodys_words(message)}
    if not messages:
        return 0
    for message_id, found in signs_of_replies(session, messages):
        signs[message_id].add(found)
    return _take_in(session, region, messages, signs, known_words(), now)


def _forget_known(session: Session, signs: dict[UUID, set[str]]) -> None:
    """Leave out what lies in the inbox for this reason already: the same signs are seen several times."""
    rows = session.execute(
        select(TrainingItem.message_id, TrainingItem.reasons).where(TrainingItem.message_id.in_(signs))
    )
    for message_id, reasons in rows.all():
        if signs[message_id] <= set(reasons):
            del signs[message_id]


def vocabulary(texts: Iterable[str], region: Region) -> frozenset[str]:
    """The words of the examples' texts and of the region's places."""
    words = {word for text in texts for word in words_of(text)}
    for place in region.places:
        for spelling in (place.name, place.locative, *place.aliases):
            words.update(words_of(spelling))
    return frozenset(words)


def _fresh_messages(session: Session, mark: TrainingMark, limit: int) -> list[Message]:
    """Messages handled since the mark, which moves on; none is passed by that still waits for its turn."""
    waiting = session.scalar(
        select(func.min(Message.created_at)).where(
            Message.direction == "in",
            Message.status == "received",
            Message.created_at > func.now() - _WAITED_FOR,
        )
    )
    newest = session.scalars(
        select(Message)
        .options(_READ)
        .where(Message.id > _first_id(mark.at - _OVERLAP), *eligible())
        .where(~select(TrainingItem.message_id).where(TrainingItem.message_id == Message.id).exists())
        .order_by(Message.id)
        .limit(limit)
    ).all()
    if newest:
        reached = _time_of(newest[-1].id)
        if reached <= mark.at < datetime.now(UTC) - 2 * _OVERLAP:
            return []  # nothing came since, and the last ones were looked at again
        mark.at = max(mark.at, min(reached, waiting) if waiting else reached)
    return [message for message in newest if _is_somebodys_words(message)]


def _is_somebodys_words(message: Message) -> bool:
    """Whether it says something of its own: an answer to a question of ours means little without it."""
    return _said_class(message) is not None and len(words_of(message.body)) > 0


def _said_class(message: Message) -> str | None:
    """What the engine made of it: the class, or the guess that it was too unsure of to act on."""
    said = message.understanding or {}
    label = said.get("guess") if said.get("class") == _FALLBACK else said.get("class")
    return label if label in CLASSES else None


def _first_id(at: datetime) -> UUID:
    """The lowest id of this moment: ids rise with time."""
    return UUID(int=max(0, int(at.timestamp() * 1000)) << 80)


def _time_of(one: UUID) -> datetime:
    return datetime.fromtimestamp((one.int >> 80) / 1000, UTC)


# --- into the inbox -----------------------------------------------------------------------------------


def _take_in(
    session: Session,
    region: Region,
    messages: Mapping[UUID, Message],
    signs: Mapping[UUID, set[str]],
    known_words: frozenset[str],
    now: datetime,
) -> int:
    rates = _rates(session, now)
    groups = _Groups(session, now)
    there = {
        item.message_id: item
        for item in session.scalars(select(TrainingItem).where(TrainingItem.message_id.in_(messages)))
    }
    count = 0
    for message in messages.values():
        said = message.understanding or {}
        case_class = _said_class(message)
        if case_class is None or is_confidential(region, case_class, said.get("category") or ""):
            continue
        known = frozenset(signs.get(message.id, ()))
        facts = Signs(
            confidence=float(said.get("class_confidence") or 0.0),
            new_words=share_of_new_words(message.body, known_words),
        )
        value, reasons = worth(replace(facts, **dict.fromkeys(known, True)))
        if (item := there.get(message.id)) is not None:
            if value > item.worth:
                item.worth, item.reasons = value, list(reasons)
                groups.raise_to(item.group_id, value)
            continue
        rate = rates[str(said.get("language"))]
        drawn = rate if is_drawn(message.id, rate) else None
        if not reasons and drawn is None:
            continue
        item = TrainingItem(
            message_id=message.id,
            worth=value,
            reasons=list(reasons),
            drawn_rate=drawn,
            said_class=case_class,
            said_category=said.get("category"),
            said_language=said.get("language"),
            confidence=facts.confidence,
            received_at=message.received_at,
        )
        item.group_id = groups.of(item, _likeness(message))
        session.add(item)
        count += 1
    groups.write()
    if count:
        tell_pages(session, "training")
    return count


def _likeness(message: Message | Sent) -> str:
    return likeness(own_text(message), ((mark.start, mark.end) for mark in marks_of(message)))


def _rates(session: Session, now: datetime) -> dict[str, float]:
    """With which probability a message of each language is drawn: last week's draws say how many come."""
    rows = session.execute(
        select(TrainingItem.said_language, func.sum(1 / TrainingItem.drawn_rate))
        .where(TrainingItem.drawn_rate.is_not(None), TrainingItem.received_at > now - _WEEK)
        .group_by(TrainingItem.said_language)
    )
    rates: dict[str, float] = defaultdict(lambda: 1.0)
    rates.update({str(language): sample_rate(round(count)) for language, count in rows})
    return rates


class _Groups:
    """The groups that a message may join, read once; new ones are made as they are needed."""

    def __init__(self, session: Session, now: datetime) -> None:
        self._session = session
        self._now = now
        self._texts: dict[tuple[str | None, ...], dict[UUID, str]] = defaultdict(dict)
        self._decided: dict[tuple[str | None, ...], UUID] = {}
        self._sizes: dict[UUID, int] = defaultdict(int)
        self._made: dict[UUID, TrainingGroup] = {}
        self._raised: dict[UUID, tuple[float, bool]] = {}
        rows = session.execute(
            # Columns only: thousands of whole rows every minute would decide how much memory a worker takes.
            select(
                TrainingItem.group_id,
                TrainingItem.said_class,
                TrainingItem.said_category,
                TrainingItem.said_language,
                TrainingGroup.state,
                Message.body,
                Message.understanding,
            )
            .join(TrainingGroup, TrainingGroup.id == TrainingItem.group_id)
            .join(Message, Message.id == TrainingItem.message_id)
            .where(
                TrainingGroup.created_at > now - _JOINED_WITHIN,
                or_(TrainingGroup.leased_until.is_(None), TrainingGroup.leased_until < now),
            )
            .order_by(literal_column("training_items.message_id").desc())
            .limit(_GROUPS)
        )
        for group_id, said_class, category, language, state, body, understanding in rows:
            kind, text = (said_class, category, language), _likeness(Sent(body, understanding))
            if state == "decided":
                self._decided[(*kind, text)] = group_id
            else:
                self._texts[kind].setdefault(group_id, text)
                self._sizes[group_id] += 1

    def of(self, item: TrainingItem, text: str) -> UUID:
        """The group of a message like this one; what was decided of the very same words holds for it too."""
        kind = self._kind(item)
        if same := self._decided.get((*kind, text)):
            return same
        others = {one: its for one, its in self._texts[kind].items() if self._sizes[one] < GROUP}
        group_id = alike(text, others)
        if group_id is None:
            group_id = new_id()
            made = TrainingGroup(id=group_id, worth=item.worth, drawn=item.drawn_rate is not None)
            self._session.add(made)
            self._made[group_id] = made
            self._texts[kind][group_id] = text
        else:
            self.raise_to(group_id, item.worth, drawn=item.drawn_rate is not None)
        self._sizes[group_id] += 1
        return group_id

    def raise_to(self, group_id: UUID, value: float, *, drawn: bool = False) -> None:
        """The group is worth what its worthiest message is; `write` does it."""
        if made := self._made.get(group_id):
            made.worth, made.drawn = max(made.worth, value), made.drawn or drawn
            return
        before = self._raised.get(group_id, (value, drawn))
        self._raised[group_id] = max(before[0], value), before[1] or drawn

    def write(self) -> None:
        """Write what was raised, in one go."""
        self._session.flush()
        if self._raised:
            rows = [{"group_id": one, "to": to, "of": of} for one, (to, of) in self._raised.items()]
            self._session.connection().execute(_RAISE, rows)

    @staticmethod
    def _kind(item: TrainingItem) -> tuple[str | None, ...]:
        return item.said_class, item.said_category, item.said_language
