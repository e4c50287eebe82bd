"""Phones that send many readings: counted with each reading, and trusted by a person where that is right."""

from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from crm_store.domain.reading_limits import ACCOUNTS_IN_DAYS, SenderFlag, SentSoFar, sender_flags
from crm_store.domain.region import Region
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.tables import Address, Citizen, Reading

# Made once: it runs for every reading, and SQLAlchemy takes longer to make it than to run it.
_TODAY = select(func.count()).select_from(Reading).where(Reading.taken_on == bindparam("today"))
_OTHER_ACCOUNTS = (
    select(Reading.account_number)
    .where(
        Reading.citizen_id == bindparam("citizen_id"),
        Reading.taken_on > bindparam("since"),
        Reading.account_number != bindparam("account_number"),
    )
    .distinct()
    .limit(bindparam("most"))
    .subquery()
)
_SENT_SO_FAR = select(
    Citizen.trusted_sender_at,
    _TODAY.where(Reading.citizen_id == bindparam("citizen_id")).scalar_subquery().label("from_phone"),
    _TODAY.where(Reading.account_number == bindparam("account_number"))
    .scalar_subquery()
    .label("for_account"),
    select(func.count()).select_from(_OTHER_ACCOUNTS).scalar_subquery().label("other_accounts"),
).where(Citizen.id == bindparam("citizen_id"))


class UnknownSender(LookupError):
    """Nobody writes from this address; the message says which."""


def flags_of_sender(
    session: Session, region: Region, citizen_id: UUID, account_number: str, today: date
) -> tuple[SenderFlag, ...]:
    """What the citizen's next reading of the account is flagged with for its sender's sake."""
    session.flush()
    given = {
        "citizen_id": citizen_id,
        "account_number": account_number,
        "today": today,
        "since": today - timedelta(days=ACCOUNTS_IN_DAYS),
        "most": region.readings.most_accounts_a_phone + 1,
    }
    sent = session.execute(_SENT_SO_FAR, given).one()
    return sender_flags(
        SentSoFar(
            from_phone=1 + sent.from_phone,
            for_account=1 + sent.for_account,
            accounts=1 + sent.other_accounts,
            trusted=sent.trusted_sender_at is not None,
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
