"""Cases that may be about the same matter: of the same person, or of the same place at the same time."""

from dataclasses import dataclass
from datetime import timedelta

from rapidfuzz import fuzz
from sqlalchemy import select, true
from sqlalchemy.orm import Session

from crm_store.queries.case_filter import Reader
from crm_store.tables import Case

#: Reports of one matter come within these days of each other.
NEAR = timedelta(days=14)
_MOST_COMPARED = 200
_MOST_SHOWN = 6
#: Of another person only what is told in nearly the same words, 0 to 100.
_ALIKE = 55


@dataclass(frozen=True)
class Related:
    """A case that may be the same. `into`: the one that is kept when they are merged, the one due first."""

    case: Case
    same_person: bool
    same_incident: bool
    #: 0 to 100
    alike: int
    into: Case | None


def related_cases(session: Session, reader: Reader, case: Case) -> list[Related]:
    """Likely duplicates that the reader may see, likeliest first; none for an anonymous report."""
    if case.anonymous:
        return []
    # What was split in two is shown beside it; nobody made two of it to make them one.
    apart = Case.divided_from_id.is_distinct_from(case.id)
    own_whole = Case.id != case.divided_from_id if case.divided_from_id else true()
    others = (Case.id != case.id, apart, own_whole, Case.anonymous.is_(False), *reader.conditions())
    around = (Case.opened_at > case.opened_at - NEAR, Case.opened_at < case.opened_at + NEAR)
    found: dict[object, Case] = {}
    if case.citizen_id is not None:
        own = select(Case).where(Case.citizen_id == case.citizen_id, *others)
        found |= {one.id: one for one in session.scalars(own.order_by(Case.opened_at.desc()).limit(20))}
    if case.place is not None:
        there = select(Case).where(
            Case.municipality == case.municipality,
            Case.place == case.place,
            Case.category == case.category,
            Case.case_class == case.case_class,
            *around,
            *others,
        )
        newest = there.order_by(Case.opened_at.desc()).limit(_MOST_COMPARED)
        found |= {one.id: one for one in session.scalars(newest)}
    related = [_related(case, one) for one in found.values()]
    likely = [one for one in related if one.same_person or one.same_incident or one.alike >= _ALIKE]
    likely.sort(
        key=lambda one: (one.case.category == case.category, one.same_person, one.alike), reverse=True
    )
    return likely[:_MOST_SHOWN]


def _related(case: Case, other: Case) -> Related:
    return Related(
        case=other,
        same_person=case.citizen_id is not None and case.citizen_id == other.citizen_id,
        same_incident=case.incident_id is not None and case.incident_id == other.incident_id,
        alike=round(fuzz.token_set_ratio(case.description.lower(), other.description.lower())),
        into=_kept_of(case, other),
    )


def _kept_of(case: Case, other: Case) -> Case | None:
    """Which of them is kept; None when they cannot be one (crm_store.services.merges has the last word)."""
    done = ("resolved", "closed")
    if case.stage in done or other.stage in done:
        return None
    if (case.case_class, case.category) != (other.case_class, other.category):
        return None
    if case.merged_into_id or other.merged_into_id or case.confidential != other.confidential:
        return None
    if case.due_at is None or other.due_at is None:
        return None
    return min(case, other, key=lambda one: (one.due_at, one.opened_at))
