"""One case with everything that stands beside it, for whoever works on it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.cases import Stage, clock_runs, is_open
from crm_store.domain.region import Region
from crm_store.queries.case_versions import version_of
from crm_store.queries.files import FileShown, files_of, files_of_case
from crm_store.services.clocks import promise_of
from crm_store.tables import (
    Address,
    Case,
    Citizen,
    Conversation,
    Delay,
    Event,
    Hold,
    Incident,
    Media,
    Message,
    Notice,
)

_MOST_MESSAGES = 60
_MOST_EVENTS = 300


@dataclass(frozen=True)
class CaseView:
    """What a page of the case shows. Of an anonymous report: no person, no thread, no pin, no account."""

    case: Case
    version: int
    #: the share of the promised time that is used; 1.0 when due
    used: float
    #: the clock counts; it stands still while the citizen owes an answer and once the case is resolved
    running: bool
    citizen: Citizen | None
    addresses: list[Address]
    hold: Hold | None
    delay: Delay | None
    incident: Incident | None
    #: the case that this one was merged into, and those that were merged into this one
    kept: Case | None
    merged: list[Case]
    #: the case that this one was split off from, and those that were split off from this one
    whole: Case | None
    divided: list[Case]
    files: list[FileShown]
    thread: list[Message]
    #: the files of the thread, by message
    beside: dict[UUID, list[FileShown]]
    events: list[Event]

    @property
    def open(self) -> bool:
        """Not resolved or closed."""
        return is_open(_stage(self.case))


def view_case(session: Session, region: Region, case: Case, now: datetime) -> CaseView:
    """The case's page; the caller knows that the reader may see it."""
    hidden = case.anonymous
    citizen = session.get(Citizen, case.citizen_id) if case.citizen_id and not hidden else None
    of_case = select(Case).where(Case.merged_into_id == case.id)
    # What was taken back follows this case: it stands among the merged ones.
    split_off = select(Case).where(
        Case.divided_from_id == case.id, Case.merged_into_id.is_distinct_from(case.id)
    )
    addresses = select(Address).where(Address.citizen_id == citizen.id) if citizen else None
    thread = case_thread(session, case)
    standing = select(Hold).where(Hold.case_id == case.id, Hold.lifted_at.is_(None))
    return CaseView(
        case=case,
        version=version_of(session, case.id),
        used=promise_of(session, region, case).share_used(now),
        running=clock_runs(_stage(case)),
        citizen=citizen,
        addresses=list(session.scalars(addresses.order_by(Address.created_at)))
        if addresses is not None
        else [],
        hold=session.scalar(standing),
        delay=session.get(Delay, case.id),
        incident=session.get(Incident, case.incident_id) if case.incident_id else None,
        kept=session.get(Case, case.merged_into_id) if case.merged_into_id else None,
        merged=list(session.scalars(of_case.order_by(Case.opened_at))),
        whole=session.get(Case, case.divided_from_id) if case.divided_from_id else None,
        divided=list(session.scalars(split_off.order_by(Case.opened_at, Case.id))),
        files=files_of_case(session, case.id),
        thread=thread,
        beside=files_of(session, [message.id for message in thread if message.media]),
        events=case_events(session, case.id),
    )


def case_events(session: Session, case_id: UUID) -> list[Event]:
    """The case's history, newest first."""
    return list(
        session.scalars(
            select(Event)
            .where(Event.subject_type == "case", Event.subject_id == str(case_id))
            .order_by(Event.id.desc())
            .limit(_MOST_EVENTS)
        )
    )


def case_thread(session: Session, case: Case) -> list[Message]:
    """The messages about the case, oldest first.

    While it is the person's newest case, whatever was said since it was opened; of an older one what belongs
    to it by its record: the report, answers and additions, what we told, and the replies to all of these.
    """
    if case.anonymous or case.conversation_id is None:
        return []
    conversation = session.get_one(Conversation, case.conversation_id)
    of_chat = (Message.conversation_id == conversation.id, Message.sealed.is_(False))
    if conversation.last_case_id == case.id:
        about = [*of_chat, Message.sequence >= _first(session, case)]
    else:
        known = _known_messages(session, case)
        about = [*of_chat, or_(Message.id.in_(known), Message.reply_to.in_(known))]
    newest = session.scalars(
        select(Message).where(*about).order_by(Message.sequence.desc()).limit(_MOST_MESSAGES)
    )
    return list(reversed(newest.all()))


def find_file(session: Session, case: Case, media_id: UUID) -> Media | None:
    """The file of the case, or of a message in its thread, that is kept; or None."""
    media = session.get(Media, media_id)
    if media is None or media.state not in ("stored", "dismissed") or not media.sha256:
        return None
    if media.case_id == case.id or media.message_id in {one.id for one in case_thread(session, case)}:
        return media
    return None


def _first(session: Session, case: Case) -> int:
    source = session.get(Message, case.source_message_id) if case.source_message_id else None
    if source is not None and source.conversation_id == case.conversation_id:
        return source.sequence
    first = select(Message.sequence).where(
        Message.conversation_id == case.conversation_id, Message.created_at >= case.opened_at
    )
    return session.scalar(first.order_by(Message.sequence).limit(1)) or 2**62


def _known_messages(session: Session, case: Case) -> list[UUID]:
    told = select(Notice.message_id).where(Notice.case_id == case.id, Notice.message_id.is_not(None))
    said = select(Event.after["message_id"].astext).where(
        Event.subject_type == "case",
        Event.subject_id == str(case.id),
        Event.after["message_id"].astext.is_not(None),
    )
    came_along = select(func.jsonb_array_elements_text(Event.after["message_ids"])).where(
        Event.subject_type == "case", Event.subject_id == str(case.id), Event.kind == "divided_from"
    )
    written = [*session.scalars(said), *session.scalars(came_along)]
    found = [case.source_message_id, *session.scalars(told), *(UUID(one) for one in written)]
    return [one for one in found if one is not None]


def _stage(case: Case) -> Stage:
    return case.stage  # type: ignore[return-value]
