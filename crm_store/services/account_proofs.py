"""Proof by the holder's ID number: its last four digits, as billing gave them, three attempts a day.

Kept only as a keyed hash: four digits alone would be found by trying them all. What is answered is the same
for a wrong number, an account without an ID on file and an account that does not exist.
"""

import hashlib
import hmac
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.services.account_links import link_account
from crm_store.services.history import record_event
from crm_store.services.locking import locked
from crm_store.settings import settings
from crm_store.tables import Account, Address, Conversation, Event, Message

ProofOutcome = Literal["linked", "refused", "too_often"]
MOST_ATTEMPTS = 3
_DAY = timedelta(hours=24)
_REFUSED = "proof_refused"


def id_hash(account_number: str, last4: str) -> str:
    """The digits as they are stored; with another PHENDULA_SECRET_KEY they must be imported again."""
    return hmac.new(settings().signing_key, f"{account_number}:{last4}".encode(), hashlib.sha256).hexdigest()


def prove_by_id(
    session: Session, message_id: UUID, account_number: str, last4: str, now: datetime
) -> ProofOutcome:
    """Link the account to the message's writer when the digits are those of the holder's ID.

    The digits are taken out of the stored message: nobody needs to read them there.

    'too_often': three wrong ones within 24 hours, of this conversation or for this account; then a right one
    is refused too.
    """
    message = locked(session, Message, message_id)
    before, _, after = message.body.rpartition(last4)
    message.body = f"{before}****{after}"
    # With the conversation locked, attempts sent at the same moment are counted one after the other.
    conversation = locked(session, Conversation, message.conversation_id)
    citizen_id = session.get_one(Address, conversation.address_id).citizen_id
    account = session.get(Account, account_number, with_for_update=True, populate_existing=True)
    if (
        max(
            _attempts(session, "conversation", str(conversation.id), now),
            _attempts(session, "account", account_number, now),
        )
        >= MOST_ATTEMPTS
    ):
        return "too_often"
    known = account.id_last4_hash if account is not None and account.closed_at is None else None
    if hmac.compare_digest(known or "", id_hash(account_number, last4)):
        link_account(session, citizen_id, account_number, "id_number", "citizen", now)
        return "linked"
    record_event(session, "conversation", conversation.id, _REFUSED, actor="citizen", at=now)
    record_event(session, "account", account_number, _REFUSED, actor="citizen", at=now)
    return "refused"


def _attempts(session: Session, subject_type: str, subject_id: str, now: datetime) -> int:
    session.flush()
    return (
        session.scalar(
            select(func.count()).where(
                Event.subject_type == subject_type,
                Event.subject_id == subject_id,
                Event.kind == _REFUSED,
                Event.at > now - _DAY,
            )
        )
        or 0
    )
