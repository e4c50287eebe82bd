"""A citizen read: everything that is kept about one person, for the person (POPIA s23)."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.plain import plain
from crm_store.queries.cases import case_json
from crm_store.queries.conversations import conversation_view
from crm_store.tables import Address, Case, Citizen, CitizenAccount, Meter, Reading


def find_citizen_id(session: Session, channel: str, address: str) -> UUID | None:
    """The id of the person who writes from the address, or None."""
    return session.scalar(
        select(Address.citizen_id).where(Address.channel == channel, Address.address == address)
    )


def citizen_json(session: Session, citizen_id: UUID) -> dict[str, Any]:
    """Everything kept about the person: addresses, accounts, messages, cases, readings."""
    citizen = session.get_one(Citizen, citizen_id)
    addresses = session.scalars(
        select(Address).where(Address.citizen_id == citizen_id).order_by(Address.created_at)
    ).all()
    accounts = session.scalars(select(CitizenAccount).where(CitizenAccount.citizen_id == citizen_id)).all()
    references = session.scalars(
        # Staff make this copy: an anonymous report must not be found by its writer's number.
        select(Case.reference)
        .where(Case.citizen_id == citizen_id, Case.anonymous.is_(False))
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
                    "service": meter.service,
                    "reading": reading.digits,
                    "taken_at": reading.taken_at,
                    "state": reading.state,
                }
                for reading, meter in readings
            ],
        }
    )
    return shown
