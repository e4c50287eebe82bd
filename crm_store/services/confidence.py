"""Confidential cases, and reports whose writer nobody sees (POPIA; Protected Disclosures Act 26 of 2000)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from crm_store.domain.cases import CONSOLE
from crm_store.domain.region import Region
from crm_store.services.cases import case_with
from crm_store.services.history import changing, record_event
from crm_store.tables import Address, Case, Conversation, Message, User

#: What stands where the writer's own number stood in what they wrote.
HIDDEN = "(hidden)"


class NotForThem(PermissionError):
    """The case is confidential and this user has none of the roles that see it; the message says which."""


def case_for(session: Session, region: Region, reference: str, actor: str) -> Case:
    """The case, locked, for whoever acts on it; raises CaseNotFound, or NotForThem."""
    case = case_with(session, reference)
    insist_on_access(session, region, case, actor)
    return case


def insist_on_access(session: Session, region: Region, case: Case, actor: str) -> None:
    """Raises NotForThem when the actor is a user who may not see the case."""
    if not case.confidential or not actor.startswith("agent:") or actor == CONSOLE:
        return
    user = actor.removeprefix("agent:")
    role = session.scalar(select(User.role).where(User.username == user))
    if role not in region.confidential.roles and case.assignee != user:
        allowed = ", ".join(region.confidential.roles)
        raise NotForThem(f"{case.reference} is confidential: only {allowed} and its owner may see it")


def note_viewed(session: Session, region: Region, cases: Iterable[Case], actor: str, now: datetime) -> None:
    """Write into the history of each confidential case who looked at it; raises NotForThem."""
    for case in cases:
        if case.confidential:
            insist_on_access(session, region, case, actor)
            record_event(session, "case", case.id, "viewed", actor=actor, at=now)


def make_anonymous(session: Session, case: Case, now: datetime) -> None:
    """From now on no name, number or profile stands beside the case; its writer still hears of it.

    Their messages about it are sealed: whoever reads the conversation beside the number does not see them.
    """
    if case.anonymous:
        return
    with changing(session, case, "made_anonymous", actor="citizen", at=now):
        case.anonymous = True
        case.description = _without_number(session, case, case.description) or ""
        case.reason = _without_number(session, case, case.reason)
    if case.conversation_id is None:
        return
    begun = select(Message.sequence).where(Message.id == case.source_message_id).scalar_subquery()
    session.execute(
        update(Message)
        .where(Message.conversation_id == case.conversation_id, Message.sequence >= begun)
        .values(sealed=True)
    )


def anonymous_of(session: Session, conversation_id: UUID) -> Case | None:
    """The newest case of the conversation if it is one whose writer may stay unknown, locked; else None."""
    case_id = session.scalar(select(Conversation.last_case_id).where(Conversation.id == conversation_id))
    case = session.get(Case, case_id, with_for_update=True) if case_id else None
    return case if case is not None and case.confidential else None


def seal(session: Session, message_id: UUID | None) -> None:
    """Seal a message that speaks of an anonymous report; what is answered to it is sealed with it."""
    if message_id is not None:
        session.execute(
            update(Message)
            .where((Message.id == message_id) | (Message.reply_to == message_id))
            .values(sealed=True)
        )


def seal_anonymous(session: Session, cases: Iterable[Case], message_id: UUID | None) -> None:
    """Seal the message when one of the cases that its answer speaks of is an anonymous report."""
    if any(case.anonymous for case in cases):
        seal(session, message_id)


def _without_number(session: Session, case: Case, words: str | None) -> str | None:
    if words is None or case.citizen_id is None:
        return words
    for number in session.scalars(select(Address.address).where(Address.citizen_id == case.citizen_id)):
        national = f"0{number[3:]}" if number.startswith("+27") else number
        words = words.replace(number, HIDDEN).replace(national, HIDDEN)
    return words
