"""Which cases: what a list asks for, who asks, and what of it they may see."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, literal_column, or_, select
from sqlalchemy.orm import Session

from crm_store.domain.case_search import CaseSearch
from crm_store.domain.references import LENGTH
from crm_store.domain.region import Region
from crm_store.domain.scope import EVERYWHERE, Scope
from crm_store.queries.case_words import words_query
from crm_store.queries.scope import cases_within
from crm_store.tables import Address, Case, Citizen, Hold

CLOSED_STAGES = ("resolved", "closed")
#: Of one name or number there are no more people than this worth looking through.
_MOST_CITIZENS = 500


@dataclass(frozen=True, kw_only=True)
class CaseFilter:
    """Which cases: every field that is given must fit. `overdue_at`: open and due before that time."""

    municipality: str | None = None
    department: str | None = None
    category: str | None = None
    case_class: str | None = None
    stage: str | None = None
    priority: str | None = None
    channel: str | None = None
    #: names of places
    places: tuple[str, ...] | None = None
    citizen_id: UUID | None = None
    incident_id: UUID | None = None
    assignee: str | None = None
    unassigned: bool = False
    open_only: bool = False
    closed_only: bool = False
    overdue_at: datetime | None = None
    #: open and due from the one time up to the other
    due_between: tuple[datetime, datetime] | None = None
    #: an amount of theirs is on hold (Systems Act s102(2))
    on_hold: bool = False
    opened_from: datetime | None = None
    opened_before: datetime | None = None
    search: CaseSearch | None = None
    #: confidential ones too, for those who may see them
    confidential: bool = False


@dataclass(frozen=True)
class Reader:
    """Who looks: nothing outside their scope is found, and nothing confidential that is not theirs to see."""

    region: Region
    scope: Scope = field(default=EVERYWHERE)
    username: str = ""
    role: str = ""

    @property
    def sees_confidential(self) -> bool:
        """Whether they have one of the roles that see confidential cases; their owners see them, too."""
        return self.role in self.region.confidential.roles

    def may_see(self, case: Case) -> bool:
        """Whether a confidential case is theirs to see."""
        return not case.confidential or self.sees_confidential or case.assignee == self.username

    def conditions(self) -> list[ColumnElement[bool]]:
        """What of all cases they may see."""
        within = cases_within(self.scope, self.region)
        if self.sees_confidential:
            return within
        return [*within, or_(Case.confidential.is_(False), Case.assignee == self.username)]


def chosen(session: Session, which: CaseFilter, reader: Reader | None = None) -> Select[Case]:
    """The cases of the filter, without order; of a reader only what they may see."""
    query = select(Case)
    if reader is not None:
        query = query.where(*reader.conditions())
    elif not which.confidential:
        query = query.where(Case.confidential.is_(False))
    if which.citizen_id is not None or which.channel is not None:
        # What leads to the writer of an anonymous report finds no such report.
        query = query.where(Case.anonymous.is_(False))
    for column, value in (
        (Case.municipality, which.municipality),
        (Case.department, which.department),
        (Case.category, which.category),
        (Case.case_class, which.case_class),
        (Case.stage, which.stage),
        (Case.priority, which.priority),
        (Case.channel, which.channel),
        (Case.citizen_id, which.citizen_id),
        (Case.incident_id, which.incident_id),
        (Case.assignee, which.assignee),
    ):
        if value is not None:
            query = query.where(column == value)
    if which.unassigned:
        query = query.where(Case.assignee.is_(None))
    if which.places is not None:
        query = query.where(Case.place.in_(which.places) if which.places else false())
    if which.open_only or which.unassigned or which.overdue_at is not None or which.due_between is not None:
        query = query.where(Case.stage.not_in(CLOSED_STAGES))
    if which.closed_only:
        query = query.where(Case.stage.in_(CLOSED_STAGES))
    if which.overdue_at is not None:
        # While the citizen owes an answer the clock stands still: nothing gets late.
        query = query.where(Case.due_at < which.overdue_at, Case.stage != "waiting_for_citizen")
    if which.due_between is not None:
        begins, ends = which.due_between
        query = query.where(Case.due_at >= begins, Case.due_at < ends, Case.stage != "waiting_for_citizen")
    if which.on_hold:
        query = query.where(exists().where(Hold.case_id == Case.id, Hold.lifted_at.is_(None)))
    if which.opened_from is not None:
        query = query.where(Case.opened_at >= which.opened_from)
    if which.opened_before is not None:
        query = query.where(Case.opened_at < which.opened_before)
    if which.search is not None:
        query = query.where(_found(session, which.search))
    return query


def _found(session: Session, search: CaseSearch) -> ColumnElement[bool]:
    """Cases that the search finds. A number or name of a person finds no anonymous report of theirs."""
    fits: list[ColumnElement[bool]] = []
    people: list[UUID] = []
    if search.references:
        fits.append(Case.digits.in_(search.references))
    for number in search.numbers:
        if len(number) < LENGTH:  # the beginning of a reference
            fits.append(Case.digits.between(number.ljust(LENGTH, "0"), number.ljust(LENGTH, "9")))
        fits.append(and_(Case.account_number == number, Case.anonymous.is_(False)))
        fits.append(_fits(_WORDS_OF_CASE, f"'{number}'"))
    if search.phones:
        people += session.scalars(
            select(Address.citizen_id).where(Address.address.in_(search.phones)).limit(_MOST_CITIZENS)
        )
    if search.words:
        query = words_query(session, search.words)
        fits.append(_fits(_WORDS_OF_CASE, query))
        people += session.scalars(
            select(Citizen.id).where(_fits(_WORDS_OF_NAME, query)).limit(_MOST_CITIZENS)
        )
    if people:
        fits.append(and_(Case.citizen_id.in_(people), Case.anonymous.is_(False)))
    return or_(*fits) if fits else false()


_WORDS_OF_CASE = func.case_words(
    Case.description, Case.reason, Case.place, Case.location_text, Case.person, Case.resolution
)


_WORDS_OF_NAME = func.to_tsvector(literal_column("'simple'::regconfig"), Citizen.name)


def _fits(vector: ColumnElement[Any], query: str) -> ColumnElement[bool]:
    return vector.op("@@", is_comparison=True)(func.to_tsquery(literal_column("'simple'"), query))
