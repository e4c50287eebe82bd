"""The live messages that trainers may see, and what is masked in them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.training_masks import Mark, Masked, mask_message
from crm_store.tables import Account, Address, Case, Citizen, CitizenAccount, Conversation, Message, User

_SHORTEST_NAME = 3


class Sent(NamedTuple):
    """What was sent and what the engine made of it, where the rest of a message's row is not needed."""

    body: str
    understanding: dict[str, Any] | None


def eligible() -> tuple[ColumnElement[bool], ...]:
    """Conditions of a message that a trainer may ever see: none of them sealed, confidential or erased."""
    secret = (
        select(Case.id)
        .where(
            Case.conversation_id == Message.conversation_id,
            or_(Case.confidential.is_(True), Case.anonymous.is_(True)),
        )
        .exists()
    )
    return (
        Message.direction == "in",
        Message.kind == "text",
        Message.status == "handled",
        Message.sealed.is_(False),
        Message.button_payload.is_(None),
        Message.understanding["class_confidence"].is_not(None),
        ~secret,
    )


def masked(session: Session, region: Region, message: Message) -> Masked:
    """The message without what tells whose it is."""
    return mask_message(
        own_text(message),
        marks_of(message),
        known=known_names(session, message),
        places=region.places,
        seed=str(message.id),
    )


def own_text(message: Message | Sent) -> str:
    """The words as the engine got them, so that its marks fit."""
    return message.body.strip().lstrip("/").strip()


def marks_of(message: Message | Sent) -> Sequence[Mark]:
    """Where the engine found entities in the words."""
    found = (message.understanding or {}).get("entities") or []
    return [
        Mark(str(one["entity"]), int(one["start"]), int(one["end"]))
        for one in found
        if isinstance(one.get("start"), int) and isinstance(one.get("end"), int)
    ]


def known_names(session: Session, message: Message) -> frozenset[str]:
    """Names that may stand in a person's message: their own, those of their accounts, cases and our staff."""
    citizen_id = session.scalar(
        select(Address.citizen_id)
        .join(Conversation, Conversation.address_id == Address.id)
        .where(Conversation.id == message.conversation_id)
    )
    numbers = select(CitizenAccount.account_number).where(CitizenAccount.citizen_id == citizen_id)
    phones = select(Address.address).where(Address.citizen_id == citizen_id)
    whole = [
        *session.scalars(select(Citizen.name).where(Citizen.id == citizen_id)),
        *session.scalars(
            select(Account.holder).where(or_(Account.account_number.in_(numbers), Account.phone.in_(phones)))
        ),
        *session.scalars(select(Case.person).where(Case.citizen_id == citizen_id)),
        *session.scalars(select(User.name)),
    ]
    return frozenset(
        word
        for name in whole
        for word in (name or "").replace(",", " ").split()
        if len(word) >= _SHORTEST_NAME and word.isalpha()
    )
