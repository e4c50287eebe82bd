"""Who hears what is private of an account."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm_store.services.account_links import PROOFS
from crm_store.tables import Account, Address, CitizenAccount


@dataclass(frozen=True)
class AccountLink:
    """An address that is linked, by which proof; `since` None: it is the phone on file."""

    channel: str
    address: str
    proof: str
    since: datetime | None


def links_of_account(session: Session, account_number: str) -> list[AccountLink]:
    """Every address that is linked to the open account; one of an unknown account is as one of nobody."""
    account = session.get(Account, account_number)
    if account is None or account.closed_at is not None:
        return []
    rows = session.execute(
        select(Address.channel, Address.address, CitizenAccount.proof, CitizenAccount.created_at)
        .join(CitizenAccount, CitizenAccount.citizen_id == Address.citizen_id)
        .where(CitizenAccount.account_number == account_number, CitizenAccount.proof.in_(PROOFS))
        .order_by(CitizenAccount.created_at, Address.channel)
    )
    proved = [AccountLink(*row) for row in rows]
    on_file = session.execute(
        select(Address.channel, Address.address)
        .where(Address.address == account.phone, Address.channel.in_(("sms", "whatsapp")))
        .order_by(Address.channel)
    )
    return [*(AccountLink(*row, "phone_on_file", None) for row in on_file), *proved]
