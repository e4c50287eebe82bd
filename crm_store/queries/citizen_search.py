"""Who is it: people found by number, account or name, and records that may be of one person."""

import re
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, literal_column, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.region import Region
from crm_store.domain.scope import Scope
from crm_store.domain.typed_values import read_number, read_phone
from crm_store.queries.scope import cases_within
from crm_store.tables import Account, Address, Case, Citizen, CitizenAccount

#: Fewer letters of a name find half the town.
SHORTEST_NAME = 3
#: An account that more people use is a caretaker's or a shop's, and says nothing of one person.
_MOST_SHARED = 4
Why = Literal["number", "account", "name"]
_PLAIN: ColumnElement[str] = literal_column("'simple'::regconfig")


@dataclass(frozen=True)
class Found:
    """A person as a list shows them; `open_cases`: of the user's scope, confidential ones left out."""

    citizen_id: UUID
    name: str | None
    language: str | None
    numbers: tuple[str, ...]
    accounts: tuple[str, ...]
    open_cases: int
    why: Why


def visible(session: Session, region: Region, scope: Scope, citizen_id: UUID) -> bool:
    """Whether the person is one for this scope: with a case or an account there, or with none anywhere."""
    return bool(session.scalar(select(Citizen.id).where(Citizen.id == citizen_id, _in_scope(region, scope))))


def search_citizens(
    session: Session, region: Region, scope: Scope, typed: str, limit: int = 20, *, present: bool = False
) -> list[Found]:
    """People by a whole telephone or account number, or by the beginnings of their names.

    `present`: who gives a whole number stands there or is on the telephone, whatever area they are of.
    """
    typed = " ".join(typed.split())
    phone = read_phone(typed) if any(c.isdigit() for c in typed) else None
    account = read_number(typed, region.account_format)
    if phone is not None:
        has_number = exists().where(Address.citizen_id == Citizen.id, Address.address == phone)
        return _found(session, region, scope, has_number, "number", limit, anybody=present)
    if account is not None:
        held = select(Account.phone).where(Account.account_number == account, Account.phone.is_not(None))
        has_account = or_(
            exists().where(CitizenAccount.citizen_id == Citizen.id, CitizenAccount.account_number == account),
            exists().where(Address.citizen_id == Citizen.id, Address.address.in_(held)),
        )
        return _found(session, region, scope, has_account, "account", limit, anybody=present)
    words = re.findall(r"\w+", typed)
    if len("".join(words)) < SHORTEST_NAME:
        return []
    beginnings = func.to_tsquery(_PLAIN, " & ".join(f"{word}:*" for word in words))
    named = func.to_tsvector(_PLAIN, Citizen.name).op("@@")(beginnings)
    return _found(session, region, scope, named, "name", limit)


def same_person(session: Session, region: Region, scope: Scope, citizen_id: UUID) -> list[Found]:
    """Other records that may be of this person: of the same number, name or account, the surest first."""
    citizen = session.get_one(Citizen, citizen_id)
    numbers = select(Address.address).where(Address.citizen_id == citizen_id)
    accounts = (
        select(CitizenAccount.account_number)
        .where(
            CitizenAccount.account_number.in_(
                select(CitizenAccount.account_number).where(CitizenAccount.citizen_id == citizen_id)
            )
        )
        .group_by(CitizenAccount.account_number)
        .having(func.count() <= _MOST_SHARED)
    )
    others: list[tuple[Why, ColumnElement[bool]]] = [
        ("number", exists().where(Address.citizen_id == Citizen.id, Address.address.in_(numbers)))
    ]
    if citizen.name and " " in citizen.name.strip():  # a first name alone is everybody's
        others.append(("name", func.lower(Citizen.name) == citizen.name.lower()))
    uses = exists().where(
        CitizenAccount.citizen_id == Citizen.id, CitizenAccount.account_number.in_(accounts)
    )
    others.append(("account", uses))
    found: dict[UUID, Found] = {}
    for why, who in others:
        for one in _found(session, region, scope, who & (Citizen.id != citizen_id), why, 5):
            found.setdefault(one.citizen_id, one)
    return list(found.values())


def found_of(session: Session, region: Region, scope: Scope, citizen_id: UUID) -> Found | None:
    """One person as lists show them; None outside the scope."""
    return next(iter(_found(session, region, scope, Citizen.id == citizen_id, "number", 1)), None)


def _found(
    session: Session,
    region: Region,
    scope: Scope,
    who: ColumnElement[bool],
    why: Why,
    limit: int,
    *,
    anybody: bool = False,
) -> list[Found]:
    citizens = session.scalars(
        select(Citizen)
        .where(
            who,
            Citizen.merged_into_id.is_(None),
            *([] if anybody else [_in_scope(region, scope)]),
        )
        .order_by(Citizen.name.nulls_last(), Citizen.created_at)
        .limit(limit)
    ).all()
    ids = [citizen.id for citizen in citizens]
    numbers = _listed(
        session,
        select(Address.citizen_id, Address.address)
        .where(Address.citizen_id.in_(ids), Address.channel.in_(("sms", "whatsapp")))
        .order_by(Address.address),
    )
    accounts = _listed(
        session,
        select(CitizenAccount.citizen_id, CitizenAccount.account_number)
        .where(CitizenAccount.citizen_id.in_(ids))
        .order_by(CitizenAccount.account_number),
    )
    cases = {
        row[0]: row[1]
        for row in session.execute(
            select(Case.citizen_id, func.count())
            .where(
                Case.citizen_id.in_(ids),
                Case.stage.not_in(("resolved", "closed")),
                Case.confidential.is_(False),
                Case.anonymous.is_(False),
                *cases_within(scope, region),
            )
            .group_by(Case.citizen_id)
        )
    }
    return [
        Found(
            one.id,
            one.name,
            one.language,
            tuple(dict.fromkeys(numbers.get(one.id, ()))),
            tuple(accounts.get(one.id, ())),
            cases.get(one.id, 0),
            why,
        )
        for one in citizens
    ]


def _listed(session: Session, pairs: Select[UUID, str]) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in session.execute(pairs):
        found.setdefault(row[0], []).append(row[1])
    return found


def _in_scope(region: Region, scope: Scope) -> ColumnElement[bool]:
    """People of the scope's cases or accounts, and those whom no case or account puts anywhere else."""
    if scope.everywhere:
        return Citizen.id.is_not(None)
    known = exists().where(Case.citizen_id == Citizen.id, Case.anonymous.is_(False))
    theirs = exists().where(
        Case.citizen_id == Citizen.id, Case.anonymous.is_(False), *cases_within(scope, region)
    )
    conditions = [theirs, ~known & ~_has_account()]
    if scope.municipality is not None:
        conditions.append(_has_account(scope.municipality))
    return or_(*conditions)


def _has_account(municipality: str | None = None) -> ColumnElement[bool]:
    held = exists().where(
        CitizenAccount.citizen_id == Citizen.id, Account.account_number == CitizenAccount.account_number
    )
    return held if municipality is None else held.where(Account.municipality == municipality)
