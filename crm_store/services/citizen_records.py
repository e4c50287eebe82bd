"""What staff keep right about a person: name, language, wishes, notes."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.domain.region import Language
from crm_store.services.conversations import opt_in, opt_out, set_language
from crm_store.services.history import record_event
from crm_store.services.inbox import storable
from crm_store.services.locking import locked
from crm_store.tables import Address, Citizen, CitizenNote, Conversation, new_id

LONGEST_NAME = 100
LONGEST_NOTE = 2000


def rename_citizen(session: Session, citizen_id: UUID, name: str, actor: str, now: datetime) -> bool:
    """Spell the name as the person spells it (POPIA s24), an empty one is none; False: it was so already."""
    citizen = locked(session, Citizen, citizen_id)
    wanted = " ".join(storable(name).split())[:LONGEST_NAME] or None
    if wanted == citizen.name:
        return False
    before, citizen.name = citizen.name, wanted
    record_event(
        session, "citizen", citizen_id, "renamed", actor=actor, at=now,
        before={"name": before}, after={"name": wanted},
    )  # fmt: skip
    return True


def speak(session: Session, citizen_id: UUID, language: Language, actor: str, now: datetime) -> None:
    """Write to the person in this language from now on, on all their channels."""
    citizen = locked(session, Citizen, citizen_id)
    if citizen.language != language:
        before, citizen.language = citizen.language, language
        record_event(
            session, "citizen", citizen_id, "language_changed", actor=actor, at=now,
            before={"language": before}, after={"language": language},
        )  # fmt: skip
    conversations = session.scalars(
        select(Conversation.id)
        .join(Address, Address.id == Conversation.address_id)
        .where(Address.citizen_id == citizen_id)
        .order_by(Conversation.id)
    ).all()
    for conversation_id in conversations:
        set_language(session, conversation_id, language, asked=True, actor=actor)


def tell_progress(session: Session, citizen_id: UUID, wanted: bool, actor: str, now: datetime) -> bool:
    """Tell the person of progress, or only questions and results; False when that was so already."""
    citizen = locked(session, Citizen, citizen_id)
    if (citizen.no_updates_at is None) == wanted:
        return False
    before, citizen.no_updates_at = citizen.no_updates_at, None if wanted else now
    record_event(
        session,
        "citizen",
        citizen_id,
        "updates_wanted" if wanted else "updates_unwanted",
        actor=actor,
        before={"no_updates_at": before},
        after={"no_updates_at": citizen.no_updates_at},
        at=now,
    )
    return True


def let_write(session: Session, citizen_id: UUID, address_id: UUID, allowed: bool, actor: str) -> bool:
    """Stop or resume all messages to one of the person's addresses, as they asked; False: it was so already.

    Raises LookupError when the address is not theirs.
    """
    address = session.get(Address, address_id)
    if address is None or address.citizen_id != citizen_id:
        raise LookupError("this address is not theirs")
    return (opt_in if allowed else opt_out)(session, address_id, actor)


def add_note(session: Session, citizen_id: UUID, body: str, actor: str, now: datetime) -> CitizenNote | None:
    """Note what staff should know next time; None when nothing was written."""
    text = storable(body).strip()[:LONGEST_NOTE]
    if not text:
        return None
    note = CitizenNote(id=new_id(), citizen_id=citizen_id, body=text, author=actor, created_at=now)
    session.add(note)
    session.flush()
    record_event(
        session, "citizen", citizen_id, "note_added", actor=actor, after={"note_id": note.id}, at=now
    )
    return note
