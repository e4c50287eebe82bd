"""Which citizen may hear what is private of an account: balance, holder, last readings.

Anyone may send a reading of any account. What is known of it is told only to a phone that is linked to it:
the one that billing has on file, or one for which proof was given (to an agent, or by the holder's ID).
"""

from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, bindparam, exists, select, union
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, aliased

from crm_store.services.history import record_event
from crm_store.tables import Account, Address, CitizenAccount
from crm_store.tables.base import words

Proof = Literal["agent", "id_number"]
PROOFS: tuple[str, ...] = ("agent", "id_number")


class UnknownAccount(LookupError):
    """There is no such account in use."""


def is_linked(session: Session, citizen_id: UUID, account_number: str) -> bool:
    """True when what is private of the account may be told to this citizen.

    The phone on file is looked up each time: when billing has another one, the old one hears nothing more.
    """
    session.flush()
    return bool(session.scalar(_IS_LINKED, {"citizen_id": citizen_id, "account_number": account_number}))


def linked_accounts(session: Session, citizen_id: UUID) -> list[Account]:
    """The accounts in use that are linked to the citizen, by number."""
    session.flush()
    return list(session.scalars(_LINKED, {"citizen_id": citizen_id}))


def linked_numbers() -> Select[str]:
    """The numbers of those of :citizen_id, in their order."""
    return select(Account.account_number).where(_open(), _linked()).order_by(Account.account_number)


def link_account(
    session: Session,
    citizen_id: UUID,
    account_number: str,
    proof: Proof,
    actor: str,
    now: datetime,
    seen: str | None = None,
) -> None:
    """The citizen has proved that the account is theirs. Again changes nothing. Raises UnknownAccount.

    `seen`: what staff were shown; it stands in the history.
    """
    account = session.get(Account, account_number)
    if account is None or account.closed_at is not None:
        raise UnknownAccount(f"there is no open account {account_number}")
    before = session.get(CitizenAccount, (citizen_id, account_number), populate_existing=True)
    if before is not None and before.proof in PROOFS:
        return
    session.execute(
        insert(CitizenAccount)
        .values(
            citizen_id=citizen_id,
            account_number=account_number,
            proof=proof,
            created_at=now,
            last_used_at=now,
        )
        .on_conflict_do_update(index_elements=["citizen_id", "account_number"], set_={"proof": proof})
    )
    session.expire_all()
    record_event(
        session,
        "account",
        account_number,
        "linked",
        actor=actor,
        after={"citizen_id": citizen_id, "proof": proof},
        note=seen,
        at=now,
    )


def unlink_account(
    session: Session, citizen_id: UUID, account_number: str, actor: str, now: datetime
) -> bool:
    """The proof is withdrawn; False when there was none. A phone on file stays linked while it is on file."""
    link = session.get(CitizenAccount, (citizen_id, account_number), populate_existing=True)
    if link is None or link.proof not in PROOFS:
        return False
    record_event(
        session,
        "account",
        account_number,
        "unlinked",
        actor=actor,
        before={"citizen_id": citizen_id, "proof": link.proof},
        at=now,
    )
    link.proof = "used"
    session.flush()
    return True


def _open() -> ColumnElement[bool]:
    return Account.closed_at.is_(None)


def _linked() -> ColumnElement[bool]:
    """The account's phone on file is one of the numbers of :citizen_id, or they gave proof.

    The few numbers are found first, each by its index: `OR` would have every account of the region looked at.
    """
    on_file = aliased(Account)
    phones = (
        select(on_file.account_number)
        .join(Address, Address.address == on_file.phone)
        .where(Address.citizen_id == bindparam("citizen_id"), Address.channel.in_(words("sms", "whatsapp")))
    )
    proved = select(CitizenAccount.account_number).where(
        CitizenAccount.citizen_id == bindparam("citizen_id"), CitizenAccount.proof.in_(words(*PROOFS))
    )
    return Account.account_number.in_(union(phones, proved))


# Made once: they run for every reading, and SQLAlchemy takes longer to make them than to run them.
_IS_LINKED = select(exists().where(_open(), Account.account_number == bindparam("account_number"), _linked()))
_LINKED = select(Account).where(_open(), _linked()).order_by(Account.account_number)
