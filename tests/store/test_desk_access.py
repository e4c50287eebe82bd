"""The store's side of signing in: guesses at once are counted, scopes hold in the database."""

import threading
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from crm_store.database import transaction
from crm_store.domain.scope import EVERYWHERE, Scope
from crm_store.queries.scope import cases_within, places_of
from crm_store.services.sign_in import MOST_A_USERNAME, MOST_AN_ADDRESS, begin_attempt
from crm_store.tables import Case

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def at_once(count, deed):
    """Runs the deed in so many threads that start together; gives what each gave."""
    gave, together = [], threading.Barrier(count)

    def run(number):
        together.wait()
        with transaction() as session:
            gave.append(deed(session, number))

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return gave


def test_guesses_at_once_get_no_more_tries(database_url):
    gave = at_once(16, lambda session, n: begin_attempt(session, "zanele", f"10.0.0.{n}", NOW))
    assert len([attempt for attempt in gave if attempt is not None]) == MOST_A_USERNAME


def test_nor_do_guesses_at_many_users_from_one_address(database_url):
    gave = at_once(28, lambda session, n: begin_attempt(session, f"user{n}", "10.0.0.1", NOW))
    assert len([attempt for attempt in gave if attempt is not None]) == MOST_AN_ADDRESS


def test_knocking_at_a_locked_door_does_not_keep_it_locked(session):
    for minutes in range(12):
        begin_attempt(session, "zanele", "10.0.0.1", NOW + timedelta(minutes=minutes))
    assert begin_attempt(session, "zanele", "10.0.0.1", NOW + timedelta(minutes=15, seconds=1)) is not None


def test_what_lies_outside_a_scope_is_not_found(session, example_region):
    inside = next(place for place in example_region.places if place.ward is not None)
    outside = next(place for place in example_region.places if place.ward is None)
    for number, (place, department) in enumerate(
        ((inside.name, "water"), (outside.name, "water"), (None, "roads"))
    ):
        session.add(
            Case(
                reference=f"X-{number}", digits=f"{number:08}", case_class="complaint", category="water",
                description="", place=place, municipality=inside.municipality, department=department,
                opened_at=NOW,
            )
        )  # fmt: skip
    session.flush()

    def found(scope):
        query = select(Case.reference).where(*cases_within(scope, example_region))
        return sorted(session.scalars(query))

    assert found(EVERYWHERE) == ["X-0", "X-1", "X-2"]
    assert found(Scope(inside.municipality)) == ["X-0", "X-1", "X-2"]
    assert found(Scope("ELSEWHERE")) == []
    assert found(Scope(None, frozenset({"roads"}))) == ["X-2"]
    ward = f"{inside.municipality}/{inside.ward}"
    assert found(Scope(None, frozenset(), frozenset({ward}))) == ["X-0"]
    assert found(Scope(None, frozenset(), frozenset({"ELSEWHERE/1"}))) == []
    assert inside.name in places_of(Scope(None, frozenset(), frozenset({ward})), example_region)
