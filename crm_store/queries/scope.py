"""A user's scope as conditions of a query: what lies outside is not found, whoever asks."""

from sqlalchemy import ColumnElement, false

from crm_store.domain.incidents import ward_of
from crm_store.domain.region import Region
from crm_store.domain.scope import Scope
from crm_store.tables import Case


def cases_within(scope: Scope, region: Region) -> list[ColumnElement[bool]]:
    """Conditions on `Case`: `select(Case).where(*cases_within(scope, region))`. Empty: no limit.

    A ward's cases are those of its places; a case without a known place is in no ward.
    """
    conditions: list[ColumnElement[bool]] = []
    if scope.municipality is not None:
        conditions.append(Case.municipality == scope.municipality)
    if scope.departments:
        conditions.append(Case.department.in_(sorted(scope.departments)))
    if scope.wards:
        places = places_of(scope, region)
        conditions.append(Case.place.in_(places) if places else false())
    return conditions


def places_of(scope: Scope, region: Region) -> list[str]:
    """The names of the places that lie in the scope's wards."""
    return sorted(place.name for place in region.places if ward_of(place) in scope.wards)
