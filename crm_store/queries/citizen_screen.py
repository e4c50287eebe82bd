"""One person on one screen: everything that staff of a scope may see of them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.scope import Scope
from crm_store.queries.citizen_search import Found, same_person, visible
from crm_store.queries.citizens import notes_of, reminders_of
from crm_store.queries.scope import cases_within
from crm_store.services.account_links import PROOFS
from crm_store.services.citizen_merges import was_merged_again
from crm_store.tables import (
    Account,
    Address,
    Case,
    Citizen,
    CitizenAccount,
    CitizenMerge,
    CitizenNote,
    Conversation,
    FollowUp,
    Message,
    Meter,
    Reading,
    ReadingReminder,
)

MOST_CASES = 50
MOST_READINGS = 24


@dataclass(frozen=True)
class AccountOfTheirs:
    """An account they used or hold; `linked`: by which proof they may hear what is private of it, or None."""

    account_number: str
    linked: str | None
    account: Account | None
    last_used_at: datetime | None


@dataclass(frozen=True)
class Chat:
    """A conversation; `last`: its newest message that is not sealed."""

    conversation: Conversation
    address: Address
    last: Message | None


@dataclass(frozen=True)
class Merged:
    """A record that was merged into this one, and whether that can be undone now."""

    merge: CitizenMerge
    can_part: bool


@dataclass(frozen=True)
class CitizenScreen:
    """What the page shows. `elsewhere`: how many of their cases lie outside the user's scope."""

    citizen: Citizen
    addresses: list[Address]
    accounts: list[AccountOfTheirs]
    cases: list[Case]
    elsewhere: int
    readings: list[tuple[Reading, Meter]]
    chats: list[Chat]
    ratings: list[tuple[FollowUp, Case]]
    reminders: list[ReadingReminder]
    notes: list[CitizenNote]
    suggestions: list[Found]
    merged: list[Merged]
    erased: bool


def citizen_screen(
    session: Session, region: Region, scope: Scope, citizen_id: UUID, *, confidential: bool
) -> CitizenScreen | None:
    """The person, or None when there is none for this scope. Anonymous reports never show.

    `confidential`: the user may see confidential cases. Who was merged is shown by the record kept.
    """
    citizen = session.get(Citizen, citizen_id)
    if citizen is None or not visible(session, region, scope, citizen_id):
        return None
    addresses = list(
        session.scalars(
            select(Address).where(Address.citizen_id == citizen_id).order_by(Address.created_at, Address.id)
        )
    )
    cases, elsewhere = _cases(session, region, scope, citizen_id, confidential)
    return CitizenScreen(
        citizen=citizen,
        addresses=[row for row in addresses if not is_erased(row)],
        accounts=_accounts(session, citizen_id, addresses),
        cases=cases,
        elsewhere=elsewhere,
        readings=_readings(session, scope, citizen_id),
        chats=_chats(session, addresses),
        ratings=_ratings(session, [case.id for case in cases]),
        reminders=reminders_of(session, citizen_id),
        notes=notes_of(session, citizen_id),
        suggestions=same_person(session, region, scope, citizen_id),
        merged=[
            Merged(merge, not was_merged_again(session, merge))
            for merge in session.scalars(
                select(CitizenMerge)
                .where(CitizenMerge.kept_id == citizen_id, CitizenMerge.undone_at.is_(None))
                .order_by(CitizenMerge.sequence.desc())
            )
        ],
        erased=any(is_erased(row) for row in addresses),
    )


def is_erased(address: Address) -> bool:
    """Whether the address was taken out when its person was forgotten."""
    return address.address.startswith("erased:")


def _cases(
    session: Session, region: Region, scope: Scope, citizen_id: UUID, confidential: bool
) -> tuple[list[Case], int]:
    theirs = [Case.citizen_id == citizen_id, Case.anonymous.is_(False)]
    if not confidential:
        theirs.append(Case.confidential.is_(False))
    within = cases_within(scope, region)
    cases = list(
        session.scalars(
            select(Case)
            .where(*theirs, *within)
            .order_by(Case.opened_at.desc(), Case.id.desc())
            .limit(MOST_CASES)
        )
    )
    everywhere = session.scalar(select(func.count()).select_from(Case).where(*theirs)) or 0
    here = session.scalar(select(func.count()).select_from(Case).where(*theirs, *within)) or 0
    return cases, everywhere - here


def _accounts(session: Session, citizen_id: UUID, addresses: Collection[Address]) -> list[AccountOfTheirs]:
    phones = [row.address for row in addresses if row.channel in ("sms", "whatsapp")]
    on_file = {
        account.account_number: account
        for account in session.scalars(
            select(Account).where(Account.phone.in_(phones), Account.closed_at.is_(None))
        )
    }
    used = session.execute(
        select(CitizenAccount, Account)
        .outerjoin(Account, Account.account_number == CitizenAccount.account_number)
        .where(CitizenAccount.citizen_id == citizen_id)
        .order_by(CitizenAccount.last_used_at.desc())
    ).all()
    found = []
    for row, account in used:
        is_open = account is not None and account.closed_at is None
        proof = row.proof if row.proof in PROOFS and is_open else None
        if row.account_number in on_file:
            proof = "phone_on_file"
        found.append(AccountOfTheirs(row.account_number, proof, account, row.last_used_at))
    known = {one.account_number for one in found}
    found += [
        AccountOfTheirs(number, "phone_on_file", account, None)
        for number, account in sorted(on_file.items())
        if number not in known
    ]
    return found


def _readings(session: Session, scope: Scope, citizen_id: UUID) -> list[tuple[Reading, Meter]]:
    query = (
        select(Reading, Meter)
        .join(Meter, Meter.id == Reading.meter_id)
        .where(Reading.citizen_id == citizen_id, Reading.state != "superseded")
        .order_by(Reading.taken_at.desc())
        .limit(MOST_READINGS)
    )
    if scope.municipality is not None:
        query = query.join(Account, Account.account_number == Reading.account_number).where(
            Account.municipality == scope.municipality
        )
    return [(row[0], row[1]) for row in session.execute(query)]


def _chats(session: Session, addresses: Collection[Address]) -> list[Chat]:
    by_id = {row.id: row for row in addresses}
    conversations = session.scalars(
        select(Conversation)
        .where(Conversation.address_id.in_(by_id))
        .order_by(Conversation.last_inbound_at.desc().nulls_last())
    )
    return [
        Chat(
            one,
            by_id[one.address_id],
            session.scalar(
                select(Message)
                .where(Message.conversation_id == one.id, Message.sealed.is_(False))
                .order_by(Message.sequence.desc())
                .limit(1)
            ),
        )
        for one in conversations
    ]


def _ratings(session: Session, case_ids: Collection[UUID]) -> list[tuple[FollowUp, Case]]:
    rows = session.execute(
        select(FollowUp, Case)
        .join(Case, Case.id == FollowUp.case_id)
        .where(FollowUp.case_id.in_(case_ids), FollowUp.answered_at.is_not(None))
        .order_by(FollowUp.answered_at.desc())
    )
    return [(row[0], row[1]) for row in rows]
