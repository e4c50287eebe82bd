"""Whose cases a user sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.scope import EVERYWHERE, Scope, scope_of

CODES = st.sampled_from(["KDM", "MLM", None])
DEPARTMENTS = st.sampled_from(["water", "roads", None])
WARDS = st.sampled_from(["KDM/1", "KDM/2", None])


@given(CODES, DEPARTMENTS, WARDS)
def test_without_limits_everything_is_theirs(municipality, department, ward):
    assert EVERYWHERE.everywhere
    assert EVERYWHERE.holds(municipality, department, ward)


@pytest.mark.parametrize(
    ("scope", "held", "not_held"),
    [
        (scope_of("KDM", None, ()), [("KDM", None, None), ("KDM", "water", "KDM/1")], [("MLM",), (None,)]),
        (
            scope_of("KDM", "water", ()),
            [("KDM", "water")],
            [("KDM", "roads"), ("KDM", None), ("MLM", "water")],
        ),
        (scope_of("KDM", None, ["KDM/1"]), [("KDM", "x", "KDM/1")], [("KDM", "x", "KDM/2"), ("KDM", "x")]),
    ],
)
def test_a_limit_excludes_the_rest_and_what_has_no_value(scope, held, not_held):
    assert all(scope.holds(*one) for one in held)
    assert not any(scope.holds(*one) for one in not_held)


@given(CODES, DEPARTMENTS, st.frozensets(WARDS.filter(bool)), CODES, DEPARTMENTS, WARDS)
def test_more_limits_never_show_more(code, department, wards, municipality, its_department, ward):
    narrow = scope_of(code, department, wards)
    for wider in (Scope(code), Scope(code, narrow.departments), EVERYWHERE):
        if narrow.holds(municipality, its_department, ward):
            assert wider.holds(municipality, its_department, ward)
