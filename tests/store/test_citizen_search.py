"""Who it is: by number, account or the beginnings of names, and nobody of another area."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crm_store.domain.scope import EVERYWHERE, Scope
from crm_store.queries.citizen_search import found_of, same_person, search_citizens, visible
from crm_store.services.accounts import use_account
from crm_store.services.cases import NewCase, open_case
from crm_store.services.citizen_merges import merge_citizens
from crm_store.services.citizen_records import rename_citizen
from crm_store.services.conversations import citizen_of
from crm_store.tables import Account
from tests.store.people import NOW, SIPHO, THANDI, writes

CLERK = "agent:thandeka"
ACCOUNT = "41006273"


def person(session, region, address, name, place="Sundumbili", **case):
    accepted = writes(session, address=address)
    citizen_id = citizen_of(session, accepted.conversation_id)
    rename_citizen(session, citizen_id, name, CLERK, NOW)
    if place:
        new = {"case_class": "complaint", "category": "roads", "description": "x", "place": place, **case}
        open_case(session, region, NewCase(**new, conversation_id=accepted.conversation_id), NOW)
    return citizen_id


def names(found):
    return [one.name for one in found]


def test_the_beginnings_of_names_find_people(session, region):
    person(session, region, THANDI, "Thandi Mkhize")
    person(session, region, SIPHO, "Sipho Mkhwanazi")
    assert names(search_citizens(session, region, EVERYWHERE, "mkh")) == ["Sipho Mkhwanazi", "Thandi Mkhize"]
    assert names(search_citizens(session, region, EVERYWHERE, "mkh tha")) == ["Thandi Mkhize"]
    assert search_citizens(session, region, EVERYWHERE, "hize") == []
    assert search_citizens(session, region, EVERYWHERE, "mk") == []


@given(typed=st.text(max_size=30))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_typed_is_a_search(session, region, typed):
    assert search_citizens(session, region, EVERYWHERE, typed.replace("\x00", "")) == []


@pytest.mark.parametrize(
    ("scope", "seen"),
    [
        (EVERYWHERE, True), (Scope("MLM"), True), (Scope("KDM"), False),
        (Scope("MLM", frozenset({"finance"})), False), (Scope("KDM", wards=frozenset({"KDM/1"})), False),
    ],
)  # fmt: skip
def test_a_person_belongs_where_their_cases_are(session, region, scope, seen):
    citizen_id = person(session, region, THANDI, "Thandi Mkhize")
    assert visible(session, region, scope, citizen_id) == seen
    assert bool(search_citizens(session, region, scope, "thandi")) == seen
    assert bool(search_citizens(session, region, scope, THANDI)) == seen
    assert names(search_citizens(session, region, scope, THANDI, present=True)) == ["Thandi Mkhize"]
    assert (found_of(session, region, scope, citizen_id) is not None) == seen


def test_who_has_an_account_there_is_seen_there_and_who_has_nothing_everywhere(session, region):
    session.add(Account(account_number=ACCOUNT, municipality="KDM"))
    session.flush()
    citizen_id = person(session, region, THANDI, "Thandi Mkhize")
    use_account(session, citizen_id, ACCOUNT, NOW)
    assert visible(session, region, Scope("KDM"), citizen_id)
    assert not visible(session, region, Scope("NLM"), citizen_id)
    nowhere = person(session, region, SIPHO, "Sipho Dube", place=None)
    assert visible(session, region, Scope("NLM"), nowhere)


def test_records_of_one_person_are_suggested_until_they_are_one(session, region):
    first = person(session, region, THANDI, "Thandi Mkhize")
    second = person(session, region, SIPHO, "thandi  mkhize")
    third = person(session, region, "+27829990000", "Sipho Dube")
    for citizen_id in (first, third):
        use_account(session, citizen_id, ACCOUNT, NOW)
    found = same_person(session, region, EVERYWHERE, first)
    assert [(one.citizen_id, one.why) for one in found] == [(second, "name"), (third, "account")]
    merge_citizens(session, first, second, CLERK, NOW)
    assert [one.citizen_id for one in same_person(session, region, EVERYWHERE, first)] == [third]
    assert search_citizens(session, region, EVERYWHERE, SIPHO)[0].citizen_id == first


def test_an_account_that_many_use_suggests_nobody(session, region):
    people = [person(session, region, f"+2782999000{n}", f"Umuntu{n}", place=None) for n in range(6)]
    for citizen_id in people:
        use_account(session, citizen_id, ACCOUNT, NOW)
    assert same_person(session, region, EVERYWHERE, people[0]) == []
