"""What tells that a message was hardly understood: our replies, and what became of it later."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from crm_store.services.knowledge import UNANSWERED
from crm_store.tables import Case, Event, Message, Shadow, ShadowReading, TrainingMark

ASKED_BACK = ("utter_ask_matter", "utter_ask_category")
NOT_UNDERSTOOD = ("utter_not_understood", "utter_ask_wants_agent")
_ANSWERED = "utter_ask_helpful"
#: Events are numbered before they are committed: so many are looked at again.
_EVENTS_AGAIN = 500


def signs_of_replies(session: Session, messages: Mapping[UUID, Message]) -> Iterable[tuple[UUID, str]]:
    """What our own answers say: that we asked back, or did not understand."""
    rows = session.execute(
        select(Message.reply_to, Message.response_key).where(
            Message.reply_to.in_(messages), Message.response_key.in_((*ASKED_BACK, *NOT_UNDERSTOOD))
        )
    )
    for reply_to, key in rows:
        if reply_to is not None:
            yield reply_to, "asked_back" if key in ASKED_BACK else "not_understood"


def signs_of_shadow(session: Session, since: UUID) -> Iterable[tuple[UUID, str]]:
    """The messages from this id on that a model in shadow mode reads differently."""
    rows = session.scalars(
        select(ShadowReading.message_id).where(
            ShadowReading.shadow_id == select(func.max(Shadow.id)).scalar_subquery(),
            ShadowReading.message_id >= since,
            ShadowReading.agree.is_(False),
        )
    )
    return [(message_id, "models_disagree") for message_id in rows]


def signs_of_history(session: Session, mark: TrainingMark) -> list[tuple[UUID, str]]:
    """Messages of which we learnt later: by an agent, by a 'no', by a chat that was handed over."""
    events = session.scalars(
        select(Event)
        .where(
            Event.id > mark.event_id - _EVENTS_AGAIN,
            or_(
                and_(
                    Event.subject_type == "case",
                    Event.actor.startswith("agent:"),
                    or_(Event.before.has_key("category"), Event.before.has_key("case_class")),
                ),
                and_(Event.kind == UNANSWERED, Event.after["answer"].astext.is_not(None)),
                and_(Event.kind == "agent_requested", Event.note == "not understood"),
            ),
        )
        .order_by(Event.id)
    ).all()
    newest = session.scalar(select(func.max(Event.id)))
    mark.event_id = max(mark.event_id, newest or 0)
    found: list[tuple[UUID, str]] = []
    for event in events:
        if event.kind == "agent_requested":
            found += [(one, "handed_over") for one in _not_understood_before(session, event)]
            continue
        case = session.get(Case, UUID(event.subject_id))
        if case is None or case.source_message_id is None:
            continue
        if event.kind == UNANSWERED:
            if asked := _answered_before(session, case.source_message_id):
                found.append((asked, "not_helpful"))
        else:
            found.append((case.source_message_id, "corrected"))
    return found


def _answered_before(session: Session, message_id: UUID) -> UUID | None:
    """The question whose answer this message, a 'no', speaks of."""
    said, asked, reply = aliased(Message), aliased(Message), aliased(Message)
    return session.scalar(
        select(asked.id)
        .join(said, and_(said.id == message_id, asked.conversation_id == said.conversation_id))
        .join(reply, and_(reply.reply_to == asked.id, reply.response_key == _ANSWERED))
        .where(asked.sequence < said.sequence, asked.direction == "in")
        .order_by(asked.sequence.desc())
        .limit(1)
    )


def _not_understood_before(session: Session, event: Event) -> list[UUID]:
    """The messages, three at most, after which the chat was handed to a person."""
    asked, reply = aliased(Message), aliased(Message)
    return list(
        session.scalars(
            select(asked.id)
            .join(reply, and_(reply.reply_to == asked.id, reply.response_key.in_(NOT_UNDERSTOOD)))
            .where(
                asked.conversation_id == UUID(event.subject_id),
                asked.created_at.between(event.at - timedelta(days=1), event.at + timedelta(minutes=1)),
            )
            .order_by(asked.sequence.desc())
            .limit(3)
        )
    )
