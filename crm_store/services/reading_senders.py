"""Phones that send many readings: counted with each reading, and trusted by a person where that is right."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.domain.reading_limits import ACCOUNTS_IN_DAYS, SenderFlag, SentSoFar, sender_flags
from crm_store.domain.region import Region
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.tables import Address, Citizen, Reading


class UnknownSender(LookupError):
    """Nobody writes from this address; the message says which."""


def flags_of_sender(
    session: Session, region: Region, citizen_id: UUID, account_number: str, today: date
) -> tuple[SenderFlag, ...]:
    """What the citizen's next reading of the account is flagged with for its sender's sake."""
    session.flush()
    today_ = select(func.count()).select_from(Reading).where(Reading.taken_on == today)
    accounts = set(
        session.scalars(
            select(Reading.account_number)
            .where(
                Reading.citizen_id == citizen_id,
                Reading.taken_on > today - timedelta(days=ACCOUNTS_IN_DAYS),
            )
            .distinct()
            .limit(region.readings.most_accounts_a_phone + 1)
        )
    )
    return sender_flags(
        SentSoFar(
            from_phone=1 + (session.scalar(today_.where(Reading.citizen_id == citizen_id)) or 0),
            for_account=1 + (session.scalar(today_.where(Reading.account_number == account_number)) or 0),
            accounts=len(accounts | {account_number}),
            trusted=session.get_one(Citizen, citizen_id).trusted_sender_at is not None,
        ),
        region.readings,
    )


def trust_sender(
    session: Session, channel: str, address: str, actor: str, now: datetime, *, trusted: bool = True
) -> None:
    """This phone may send the readings of many accounts, or (`trusted` False) no longer so.

    Again changes nothing. Raises UnknownSender.
    """
    row = session.scalar(select(Address).where(Address.channel == channel, Address.address == address))
    if row is None:
        raise UnknownSender(f"nobody writes from {address} on {channel}")
    citizen = locked(session, Citizen, row.citizen_id)
    if (citizen.trusted_sender_at is not None) == trusted:
        return
    citizen.trusted_sender_at = now if trusted else None
    kind = "sender_trusted" if trusted else "sender_not_trusted"
    record_event(session, "address", row.id, kind, actor=actor, at=now)
