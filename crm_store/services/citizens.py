"""A person's right to be forgotten (POPIA s24): what is theirs goes, what must be counted stays."""

from datetime import UTC, datetime
from uuid import UUID

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.orm import Session

from crm_store.services.citizen_merges import forget_merges
from crm_store.services.history import record_event
from crm_store.services.media import erase_media
from crm_store.services.notices import forget_notices
from crm_store.services.training_inbox import forget_messages
from crm_store.tables import (
    Address,
    Case,
    ChatNote,
    Citizen,
    CitizenAccount,
    CitizenNote,
    Conversation,
    EngineMemory,
    Event,
    Hold,
    Message,
    Reading,
    ReadingReminder,
)

#: What stands where words of the person stood.
ERASED = "(erased)"


def merged_into(session: Session, citizen_id: UUID) -> list[UUID]:
    """The records that were merged into this one, those merged into them too."""
    found: list[UUID] = []
    into = [citizen_id]
    while into:
        into = list(session.scalars(select(Citizen.id).where(Citizen.merged_into_id.in_(into))))
        found += into
    return found


def erase_citizen(
    session: Session, citizen_id: UUID, actor: str, now: datetime | None = None, reason: str | None = None
) -> dict[str, int]:
    """Makes everything kept about the person anonymous, on all their channels; returns how much of each kind.

    `reason`: why, in words that name nobody; it stays in the history.

    Cases keep class, category, municipality, stage and clocks, and readings their value: the municipality
    answers for them. Names, numbers, addresses, messages and descriptions go, from the history too. An
    opt-out cannot outlive the address it belongs to; who writes again afterwards is a new person.
    """
    moment = now or datetime.now(UTC)
    addresses = session.scalars(
        select(Address).where(Address.citizen_id == citizen_id).with_for_update()
    ).all()
    conversations = session.scalars(
        select(Conversation).where(Conversation.address_id.in_([address.id for address in addresses]))
    ).all()
    ids = [conversation.id for conversation in conversations]
    case_ids = session.scalars(select(Case.id).where(Case.citizen_id == citizen_id)).all()
    reading_ids = session.scalars(select(Reading.id).where(Reading.citizen_id == citizen_id)).all()
    records = [citizen_id, *merged_into(session, citizen_id)]
    session.execute(update(Citizen).where(Citizen.id.in_(records)).values(name=None))
    session.execute(delete(CitizenNote).where(CitizenNote.citizen_id.in_(records)))
    forget_merges(session, records)
    for address in addresses:
        address.address = f"erased:{address.id}"
    messages = session.execute(
        update(Message)
        .where(Message.conversation_id.in_(ids))
        .values(
            body=ERASED,
            provider_id=None,
            latitude=None,
            longitude=None,
            media=[],
            button_payload=None,
            response_values={},
            template=None,
            buttons=[],
            understanding=None,
        )
    ).rowcount  # type: ignore[attr-defined]
    for conversation in conversations:
        conversation.asking, conversation.choices, conversation.waiting_reason = None, [], None
    session.execute(
        update(Case)
        .where(Case.id.in_(case_ids))
        .values(
            description=ERASED,
            location_text=None,
            latitude=None,
            longitude=None,
            account_number=None,
            meter_number=None,
            reason=None,
            person=None,
            reading=None,
            question=None,
            resolution=None,
            outcome_reason=None,
        )
    )
    # A hold that stands keeps its account until the dispute is decided: it protects the person.
    session.execute(
        update(Hold)
        .where(Hold.case_id.in_(case_ids), Hold.lifted_at.is_not(None))
        .values(account_number=ERASED)
    )
    erase_media(session, ids, case_ids)
    forget_messages(session, ids)
    session.execute(delete(ReadingReminder).where(ReadingReminder.conversation_id.in_(ids)))
    forget_notices(session, case_ids, ids, moment)
    session.execute(update(Reading).where(Reading.id.in_(reading_ids)).values(citizen_id=None))
    session.execute(delete(ChatNote).where(ChatNote.conversation_id.in_(ids)))
    session.execute(delete(CitizenAccount).where(CitizenAccount.citizen_id == citizen_id))
    session.execute(delete(EngineMemory).where(EngineMemory.conversation_id.in_(list(map(str, ids)))))
    subjects = list(map(str, [*records, *case_ids, *ids, *(address.id for address in addresses)]))
    erase_words_of_events(session, subjects)
    for address in addresses:
        record_event(session, "address", address.id, "erased", actor=actor, at=moment)
    record_event(session, "citizen", citizen_id, "erased", actor=actor, note=reason, at=moment)
    return {
        "addresses": len(addresses),
        "messages": messages,
        "cases": len(case_ids),
        "readings": len(reading_ids),
    }


def erase_words_of_events(session: Session, subject_ids: list[str]) -> None:
    """Takes what a person said out of the history of these subjects; who changed what, and when, stays.

    The history refuses every other change: the trigger lets through only this transaction's, which says so.
    """
    session.execute(text("SET LOCAL phendula.erasing = 'on'"))
    session.execute(
        update(Event)
        .where(Event.subject_id.in_(subject_ids))
        .values(
            before=func.jsonb_strip_personal(Event.before),
            after=func.jsonb_strip_personal(Event.after),
            note=None,
        )
    )
    session.execute(text("SET LOCAL phendula.erasing = 'off'"))
