"""Lists of cases: what is found, in which order, and what nobody but the right people find."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from crm_store.domain.case_search import read_search
from crm_store.domain.scope import Scope
from crm_store.queries.case_filter import CaseFilter, Reader
from crm_store.queries.case_lists import case_page, count_cases, find_readable
from crm_store.queries.cases import export_cases
from crm_store.services.cases import NewCase, open_case
from crm_store.services.confidence import make_anonymous
from crm_store.services.conversations import citizen_of
from crm_store.services.search_words import learn_words
from crm_store.services.stages import assign_case, resolve_case
from crm_store.tables import Case, Citizen
from tests.store.many_cases import open_many
from tests.store.people import NOW, SIPHO, THANDI, writes

DAY = timedelta(days=1)


def opened(session, region, description="A deep pothole", address=THANDI, at=NOW, **more) -> Case:
    accepted = writes(session, description, address)
    given = {"case_class": "complaint", "category": "roads", "place": "Ballito"}
    return open_case(
        session,
        region,
        NewCase(
            description=description,
            conversation_id=accepted.conversation_id,
            source_message_id=accepted.message_id,
            **given | more,
        ),
        at,
    )


@pytest.fixture
def everybody(region) -> Reader:
    return Reader(region)


def found(session, region, reader, typed) -> set[str]:
    which = CaseFilter(search=read_search(typed, region.letters))
    session.flush()
    cases = case_page(session, which, reader, "newest").cases
    assert count_cases(session, which, reader) == len(cases)
    return {case.reference for case in cases}


class TestSearch:
    @pytest.mark.parametrize(
        "typed",
        [
            *("pothole", "POTHOLE", "potholes", "potole", "pothloe", "pot", "deep ballito", "eballito"),
            *("ballitto", "thandi", "dlamini thandi", "dlamni", "0821234567", "+27 82 123 4567", "41006273"),
        ],
    )
    def test_finds_it_however_it_is_typed(self, session, region, everybody, typed):
        case = opened(session, region, account_number="41006273")
        session.get_one(Citizen, case.citizen_id).name = "Thandi Dlamini"
        other = opened(session, region, "Streetlights off", SIPHO, category="streetlights", place="Mandeni")
        learn_words(session, NOW)
        assert found(session, region, everybody, typed) == {case.reference}
        assert other.reference not in found(session, region, everybody, typed)

    def test_by_reference_with_a_slip_or_its_beginning(self, session, region, everybody):
        case = opened(session, region)
        wrong = str((int(case.digits[2]) + 1) % 10)
        slip = f"KDM-{case.digits[:2]}{wrong}{case.digits[3]}-{case.digits[4:]}"
        for typed in (
            case.reference,
            case.digits,
            case.reference.lower(),
            slip,
            case.digits[:4],
            f"kdm {case.digits[:5]}",
        ):
            assert case.reference in found(session, region, everybody, typed), typed

    def test_all_words_must_be_there(self, session, region, everybody):
        opened(session, region)
        assert found(session, region, everybody, "pothole mandeni") == set()

    def test_what_was_done_and_why_is_found_too(self, session, region, everybody):
        case = opened(session, region)
        resolve_case(session, region, case.reference, "Filled with cold asphalt", "agent:nomsa", NOW)
        assert found(session, region, everybody, "asphalt") == {case.reference}

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(typed=st.text(max_size=60))
    def test_nothing_that_is_typed_breaks_it(self, session, region, everybody, typed):
        which = CaseFilter(search=read_search(typed, region.letters))
        case_page(session, which, everybody, "newest")

    def test_words_are_learned_once(self, session, region):
        opened(session, region)
        session.flush()
        assert learn_words(session, NOW) > 0
        assert learn_words(session, NOW) == 0
        opened(session, region, "A collapsed culvert", at=NOW + DAY)
        session.flush()
        assert learn_words(session, NOW + DAY) == 2


class TestWhoSeesWhat:
    def test_another_municipality_or_department_is_not_there(self, session, region):
        mine = opened(session, region)
        theirs = opened(session, region, category="refuse", place="Mandeni")
        water = opened(session, region, "No water", category="water")
        session.flush()
        reader = Reader(region, Scope("KDM", frozenset({mine.department})), "nomsa", "agent")
        assert [case.id for case in case_page(session, CaseFilter(), reader, "newest").cases] == [mine.id]
        assert count_cases(session, CaseFilter(), reader) == 1
        assert [row["reference"] for row in export_cases(session, CaseFilter(), reader)] == [mine.reference]
        for case in (theirs, water):
            assert find_readable(session, reader, case.reference) is None
            assert found(session, region, reader, case.reference) == set()
        assert found(session, region, reader, "0821234567") == {mine.reference}

    def test_a_ward_sees_its_places(self, session, example_region):
        place = next(place for place in example_region.places if place.ward)
        ward = f"{place.municipality}/{place.ward}"
        accepted = writes(session)
        case = open_case(
            session,
            example_region,
            NewCase(case_class="complaint", category="roads", description="Hole", place=place.name,
                    conversation_id=accepted.conversation_id),
            NOW,
        )  # fmt: skip
        session.flush()
        here = Reader(example_region, Scope(wards=frozenset({ward})), "c", "agent")
        there = Reader(example_region, Scope(wards=frozenset({"XX/99"})), "c", "agent")
        assert find_readable(session, here, case.reference) is not None
        assert find_readable(session, there, case.reference) is None

    def test_confidential_ones_are_for_their_roles_and_their_owner(self, session, region):
        report = opened(session, region, "He took a bribe", category="corruption")
        session.flush()
        agent = Reader(region, username="nomsa", role="agent")
        for which in (CaseFilter(), CaseFilter(search=read_search("bribe", region.letters))):
            assert case_page(session, which, agent, "newest").cases == []
            assert count_cases(session, which, agent) == 0
        assert find_readable(session, agent, report.reference) is None
        manager = Reader(region, username="thoko", role="municipal_manager")
        assert find_readable(session, manager, report.reference) == report
        assert list(export_cases(session, CaseFilter(), manager)) == []
        assign_case(session, region, report.reference, "nomsa", "agent:console", NOW)
        session.flush()
        assert find_readable(session, agent, report.reference) == report

    def test_nothing_leads_from_a_person_to_their_anonymous_report(self, session, region):
        report = opened(session, region, "He took a bribe", category="corruption", account_number="41006273")
        session.get_one(Citizen, report.citizen_id).name = "Thandi Dlamini"
        make_anonymous(session, report, NOW)
        session.flush()
        manager = Reader(region, username="thoko", role="municipal_manager")
        assert found(session, region, manager, "bribe") == {report.reference}
        for typed in ("0821234567", "41006273", "thandi dlamini"):
            assert found(session, region, manager, typed) == set()
        me = citizen_of(session, report.conversation_id)
        for which in (CaseFilter(channel="sms"), CaseFilter(citizen_id=me)):
            assert case_page(session, which, manager, "newest").cases == []


class TestPages:
    @pytest.mark.parametrize("order", ["due", "newest", "oldest"])
    def test_pages_neither_miss_nor_repeat_while_cases_come(self, session, region, everybody, order):
        made = [opened(session, region, at=NOW + timedelta(minutes=n // 2)) for n in range(7)]
        session.flush()
        seen, after = [], None
        for _ in range(10):
            page = case_page(session, CaseFilter(), everybody, order, after, size=3)
            seen += [case.id for case in page.cases]
            after = page.next
            if after is None:
                break
            opened(session, region, at=NOW + DAY if order == "newest" else NOW - DAY)
            session.flush()
        assert len(seen) == len(set(seen))
        assert {case.id for case in made} <= set(seen)

    def test_a_page_that_is_none_is_the_first(self, session, region, everybody):
        case = opened(session, region)
        session.flush()
        assert case_page(session, CaseFilter(), everybody, "newest", "nonsense").cases == [case]

    def test_views(self, session, region, everybody):
        case = opened(session, region)
        dispute = opened(
            session, region, "Too much", category="billing", case_class="dispute", place=None,
            account_number="41006273", disputed_amount="4560.00",
        )  # fmt: skip
        session.flush()

        def there(**which) -> list[Case]:
            return case_page(session, CaseFilter(**which), everybody, "oldest").cases

        assert there(on_hold=True) == [dispute]
        assert there(unassigned=True) == [case, dispute]
        assign_case(session, region, case.reference, "sipho", "agent:nomsa", NOW)
        session.flush()
        assert there(assignee="sipho") == [case]
        assert there(unassigned=True) == [dispute]
        assert there(overdue_at=case.due_at + DAY) == [case]
        assert there(due_between=(case.due_at, case.due_at + DAY)) == [case]
        assert there(places=("Ballito",)) == [case]
        assert there(places=()) == []
        resolve_case(session, region, case.reference, "Filled", "agent:sipho", NOW)
        session.flush()
        assert there(closed_only=True) == [case]


def test_lists_are_read_by_index(session, region, everybody):
    """Of 30,000 cases no list and no search reads all; `benchmarks/case_lists.py` measures 200,000."""
    open_many(session, region, 30_000, NOW)
    session.commit()
    session.execute(text("ANALYZE cases"))
    for which, order in (
        (CaseFilter(open_only=True), "due"),
        (CaseFilter(), "newest"),
        (CaseFilter(assignee="nomsa", open_only=True), "due"),
        (CaseFilter(search=read_search("asphalt culvert", region.letters)), "newest"),
        (CaseFilter(search=read_search("0821234567", region.letters)), "newest"),
        (CaseFilter(search=read_search("41006273", region.letters)), "newest"),
    ):
        plan = explained(session, lambda w=which, o=order: case_page(session, w, everybody, o))
        assert "Seq Scan on cases" not in plan, plan


def explained(session, read) -> str:
    """The plans of the cases' statements that `read` runs."""
    from sqlalchemy import event

    statements = []

    def note(_connection, _cursor, statement, parameters, *_):
        if "FROM cases" in statement:
            statements.append((statement, parameters))

    event.listen(session.get_bind(), "before_cursor_execute", note)
    read()
    event.remove(session.get_bind(), "before_cursor_execute", note)
    cursor = session.connection().connection.cursor()
    plans = []
    for statement, parameters in statements:
        cursor.execute(f"EXPLAIN {statement}", parameters)
        plans += [row[0] for row in cursor.fetchall()]
    return "\n".join(plans)
