"""A citizen read: everything that is kept about one person, for the person (POPIA s23)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from crm_store.attachments import PICTURE, SUFFIXES
from crm_store.plain import plain
from crm_store.queries.cases import case_json
from crm_store.queries.conversations import conversation_view
from crm_store.tables import (
    Address,
    Case,
    Citizen,
    CitizenAccount,
    CitizenNote,
    Conversation,
    Media,
    Message,
    Meter,
    Reading,
    ReadingReminder,
)


def find_citizen_id(session: Session, channel: str, address: str) -> UUID | None:
    """The id of the person who writes from the address, or None."""
    return session.scalar(
        select(Address.citizen_id).where(Address.channel == channel, Address.address == address)
    )


def citizen_json(
    session: Session, citizen_id: UUID, within: Sequence[ColumnElement[bool]] = ()
) -> dict[str, Any]:
    """Everything kept about the person: addresses, accounts, messages, files, cases, readings, notes.

    `within`: only cases that fit these conditions, for staff who may not see others.
    """
    citizen = session.get_one(Citizen, citizen_id)
    addresses = session.scalars(
        select(Address).where(Address.citizen_id == citizen_id).order_by(Address.created_at)
    ).all()
    accounts = session.scalars(select(CitizenAccount).where(CitizenAccount.citizen_id == citizen_id)).all()
    references = session.scalars(
        # Staff make this copy: an anonymous report must not be found by its writer's number.
        select(Case.reference)
        .where(Case.citizen_id == citizen_id, Case.anonymous.is_(False), *within)
        .order_by(Case.opened_at)
    )
    readings = session.execute(
        select(Reading, Meter)
        .join(Meter, Meter.id == Reading.meter_id)
        .where(Reading.citizen_id == citizen_id)
        .order_by(Reading.taken_at)
    )
    shown: dict[str, Any] = plain(
        {
            "id": citizen.id,
            "name": citizen.name,
            "language": citizen.language,
            "known_since": citizen.created_at,
            "addresses": [
                {
                    "channel": row.channel,
                    "address": row.address,
                    "privacy_notice_sent_at": row.notice_sent_at,
                    "short_privacy_notice_sent_at": row.short_notice_sent_at,
                    "opted_out_at": row.opted_out_at,
                }
                for row in addresses
            ],
            "accounts": [{"account_number": row.account_number, "proof": row.proof} for row in accounts],
            "conversations": [
                conversation_view(session, row.channel, row.address, limit=100_000) for row in addresses
            ],
            "cases": [case_json(session, reference, confidential=True) for reference in references],
            "readings": [
                {
                    "account_number": reading.account_number,
                    "meter_number": meter.meter_number,
                    **({"register": meter.register} if meter.register else {}),
                    "service": meter.service,
                    "reading": reading.digits,
                    "taken_at": reading.taken_at,
                    "state": reading.state,
                }
                for reading, meter in readings
            ],
            "files": [_file(media, reference) for media, reference in files_of_citizen(session, citizen_id)],
            "reading_reminders": [
                {"account_number": row.account_number, "next_on": row.next_on, "wished_at": row.created_at}
                for row in reminders_of(session, citizen_id)
            ],
            "no_updates_since": citizen.no_updates_at,
            "notes_of_staff": [
                {"body": note.body, "written_at": note.created_at} for note in notes_of(session, citizen_id)
            ],
        }
    )
    return shown


def notes_of(session: Session, citizen_id: UUID) -> list[CitizenNote]:
    """What staff noted of the person, the newest first."""
    return list(
        session.scalars(
            select(CitizenNote)
            .where(CitizenNote.citizen_id == citizen_id)
            .order_by(CitizenNote.created_at.desc(), CitizenNote.id.desc())
        )
    )


def reminders_of(session: Session, citizen_id: UUID) -> list[ReadingReminder]:
    """The accounts whose meters the person wants to be reminded of."""
    return list(
        session.scalars(
            select(ReadingReminder)
            .join(Conversation, Conversation.id == ReadingReminder.conversation_id)
            .join(Address, Address.id == Conversation.address_id)
            .where(Address.citizen_id == citizen_id)
            .order_by(ReadingReminder.next_on, ReadingReminder.account_number)
        )
    )


def files_of_citizen(session: Session, citizen_id: UUID) -> list[tuple[Media, str | None]]:
    """The files that the person sent and got, with the reference of their case; none of a sealed message."""
    rows = session.execute(
        select(Media, Case.reference)
        .outerjoin(Message, Message.id == Media.message_id)
        .outerjoin(Conversation, Conversation.id == Message.conversation_id)
        .outerjoin(Address, Address.id == Conversation.address_id)
        .outerjoin(Case, Case.id == Media.case_id)
        .where(
            or_(Address.citizen_id == citizen_id, Case.citizen_id == citizen_id),
            or_(Message.id.is_(None), Message.sealed.is_(False)),
            or_(Case.id.is_(None), Case.anonymous.is_(False)),
            Media.state != "erased",
        )
        .order_by(Media.created_at)
    )
    return [(media, reference) for media, reference in rows]


def file_name_of(media: Media) -> str:
    """Under which name a copy of the file is given out."""
    content_type = media.content_type or PICTURE
    return f"{media.created_at:%Y-%m-%d}-{str(media.id)[-12:]}{SUFFIXES[content_type]}"


def _file(media: Media, reference: str | None) -> dict[str, Any]:
    return {
        "received_at": media.created_at,
        "state": media.state,
        "deleted_at": media.deleted_at,
        "content_type": media.content_type,
        "name": media.name,
        "file": file_name_of(media) if media.sha256 else None,
        "sha256": media.sha256,
        "size_bytes": media.size_bytes,
        "message_id": media.message_id,
        "case": reference,
        "reading_id": media.reading_id,
    }
