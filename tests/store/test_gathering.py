"""Gathering on a real database: reports find each other as they come, whoever comes first."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import permutations

import pytest
from sqlalchemy import func, select, text

from crm_store.database import transaction
from crm_store.services.cases import NewCase, open_case
from crm_store.services.incidents import dismiss_incident
from crm_store.tables import Case, Event, Notice
from tests.store.people import NOW, writes
from tests.store.reports import PHONES, incidents, minutes, report


def test_three_people_are_a_suggestion(session, region):
    first, second = (report(session, region, PHONES[n], at=minutes(n)) for n in range(2))
    assert incidents(session) == []
    third = report(session, region, PHONES[2], at=minutes(2))
    (incident,) = incidents(session)
    assert (incident.state, incident.kind, incident.trouble) == ("suggested", "outage", "outage")
    assert (incident.place, incident.municipality, incident.source) == ("Sundumbili", "IDM", "reports")
    assert incident.started_at == first.opened_at
    assert {case.incident_id for case in (first, second, third)} == {incident.id}
    assert session.scalar(select(func.count()).select_from(Notice)) == 0  # nobody is told of a guess


def test_one_person_is_one_person(session, region):
    for number in range(8):
        report(session, region, PHONES[0], at=minutes(number))
    assert incidents(session) == []


def test_six_people_open_it_and_the_others_are_told(session, region):
    cases = [report(session, region, PHONES[n], at=minutes(n)) for n in range(6)]
    (incident,) = incidents(session)
    assert (incident.state, incident.opened_by, incident.confirmed_by) == ("open", "system", None)
    assert incident.confidence > 0.999
    told = {row.case_id for row in session.scalars(select(Notice))}
    assert told == {case.id for case in cases[:5]}  # the sixth hears it in the reply
    kinds = session.scalars(select(Event.kind).where(Event.subject_id == str(incident.id)).order_by(Event.id))
    assert list(kinds) == ["suggested", "opened"]


def test_where_many_reports_are_usual_six_are_not_enough(session, region):
    for week in range(1, 9):
        for number in range(8):
            report(
                session, region, PHONES[number], at=NOW - timedelta(weeks=week, minutes=number), text="amanzi"
            )
    for number in range(6):
        report(session, region, PHONES[number], at=minutes(number))
    assert [one.state for one in incidents(session) if one.trouble == "outage"] == ["suggested"]


@pytest.mark.parametrize(
    "change",
    [
        {"place": "Ballito"},
        {"category": "electricity", "text": "no electricity since last night"},
        {"text": "the pipe is leaking"},
        {"at": NOW - timedelta(hours=7)},
    ],
    ids=["elsewhere", "another category", "another trouble", "too long ago"],
)
def test_what_is_something_else_does_not_join(session, region, change):
    other = report(session, region, PHONES[9], **{"at": NOW, **change})
    for number in range(3):
        report(session, region, PHONES[number], at=minutes(number))
    (incident,) = incidents(session)
    assert other.incident_id is None
    assert session.scalar(select(func.count()).where(Case.incident_id == incident.id)) == 3


def test_a_later_report_joins_and_a_retried_one_is_the_same(session, region):
    for number in range(3):
        report(session, region, PHONES[number], at=minutes(number))
    accepted = writes(session, "akunamanzi", PHONES[5])
    new = NewCase(
        case_class="complaint",
        category="water",
        description="akunamanzi",
        conversation_id=accepted.conversation_id,
        source_message_id=accepted.message_id,
        place="Sundumbili",
    )
    first = open_case(session, region, new, minutes(10))
    again = open_case(session, region, new, minutes(11))
    assert first.id == again.id
    (incident,) = incidents(session)
    assert first.incident_id == incident.id
    linked = select(func.count()).where(Event.subject_id == str(first.id), Event.kind == "incident_linked")
    assert session.scalar(linked) == 1


def test_pins_gather_around_each_other_and_are_not_kept_to_the_metre(session, region):
    near = [(-29.10012, 31.50034), (-29.10412, 31.49834), (-29.09812, 31.50234)]
    for number, (latitude, longitude) in enumerate(near):
        report(
            session,
            region,
            PHONES[number],
            at=minutes(number),
            place="Mandeni",  # the nearest, 10 km away
            latitude=latitude,
            longitude=longitude,
        )
    (incident,) = incidents(session)
    assert incident.place is None
    assert (incident.latitude, incident.longitude) == (-29.1, 31.5)
    far = report(session, region, PHONES[5], at=minutes(5), latitude=-29.2, longitude=31.5, place="Mandeni")
    assert far.incident_id is None


def test_the_order_of_arrival_does_not_matter(database_url, region):
    step = 0.02  # about 2.2 km: the middle one is near both others, they are not near each other
    pins = [(-29.1, 31.5), (-29.1 - step, 31.5), (-29.1 + step, 31.5)]
    outcomes = set()
    for order in permutations(range(3)):
        with transaction() as session:
            for moment, number in enumerate(order):
                latitude, longitude = pins[number]
                more = {"latitude": latitude, "longitude": longitude, "place": "Mandeni"}
                report(session, region, PHONES[number], at=minutes(moment), **more)
            (incident,) = incidents(session)
            outcomes.add((incident.state, incident.latitude, incident.longitude, incident.started_at))
            session.rollback()
    assert len(outcomes) == 1


def test_reports_of_one_moment_see_each_other(database_url, region):
    def work(number):
        with transaction() as session:
            report(session, region, PHONES[number], at=minutes(number))

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(5)))
    with transaction() as session:
        (incident,) = incidents(session)
        assert session.scalar(select(func.count()).where(Case.incident_id == incident.id)) == 5


def test_after_a_dismissal_only_later_reports_suggest_it_again(session, region):
    for number in range(3):
        report(session, region, PHONES[number], at=minutes(number))
    (incident,) = incidents(session)
    dismiss_incident(session, incident.number, "agent:nomsa", minutes(5), "valves closed for a test")
    for number in range(3, 5):
        report(session, region, PHONES[number], at=minutes(number + 5))
    assert [one.state for one in incidents(session)] == ["dismissed"]
    report(session, region, PHONES[5], at=minutes(12))
    assert [one.state for one in incidents(session)] == ["dismissed", "suggested"]
    assert session.scalar(select(func.count()).where(Case.incident_id.is_not(None))) == 3


def test_a_trouble_that_no_words_tell_is_never_told_to_others(session, region):
    for number in range(12):
        report(session, region, PHONES[number], at=minutes(number), text="the water people again")
    (incident,) = incidents(session)
    assert (incident.state, incident.trouble) == ("suggested", "other")


def test_what_never_gathers(session, region):
    for number in range(5):
        report(session, region, PHONES[number], category="corruption", text="he asked for a bribe")
    assert incidents(session) == []


def test_the_search_for_reports_is_by_index(session, region):
    session.execute(
        text(
            "INSERT INTO cases"
            " (id, reference, digits, class, category, description, municipality, place, opened_at)"
            " SELECT gen_random_uuid(), 'X-' || n, n::text, 'complaint', 'water', 'no water', 'IDM',"
            " 'Place ' || n % 90, timestamptz '2026-05-01' + n * interval '1 minute'"
            " FROM generate_series(1, 100000) n"
        )
    )
    session.execute(text("ANALYZE cases"))
    plan = "\n".join(
        session.scalars(
            text(
                "EXPLAIN SELECT * FROM cases WHERE category = 'water' AND municipality = 'IDM'"
                " AND class = 'complaint' AND incident_id IS NULL AND opened_at > timestamptz '2026-07-08'"
                " AND opened_at <= timestamptz '2026-07-08 06:00' AND place IN ('Place 1', 'Place 2')"
                " ORDER BY opened_at DESC LIMIT 300"
            )
        )
    )
    assert "Index Scan" in plan
    assert "Seq Scan" not in plan
