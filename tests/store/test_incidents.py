"""What people do with incidents, and who is told."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_store.queries.incidents import incident_asked_after, incident_json, list_incidents, told_incident
from crm_store.services.cases import CaseNotFound
from crm_store.services.conversations import citizen_of
from crm_store.services.incident_sweep import age_incidents, end_planned, remind_of_overdue
from crm_store.services.incidents import (
    IncidentNotFound,
    IncidentRefused,
    NewIncident,
    confirm_incident,
    dismiss_incident,
    end_incident,
    link_case,
    open_incident,
    unlink_case,
    update_incident,
)
from crm_store.services.planned_work import cancel_planned
from crm_store.tables import Event, Notice, StaffNotice
from tests.store.people import NOW, writes
from tests.store.reports import PHONES, incidents, minutes, report

NOMSA = "agent:nomsa"
HOUR = timedelta(hours=1)


def outage(**more) -> NewIncident:
    return NewIncident(
        **{"category": "water", "trouble": "outage", "place": "Sundumbili", "started_at": NOW, **more}
    )


def planned(**more) -> NewIncident:
    return outage(kind="planned", **{"expected_end_at": NOW + 3 * HOUR, **more})


def told(session) -> list[tuple[str, str]]:
    """The notices that were planned: kind and the case's reference, oldest first."""
    from crm_store.tables import Case

    rows = session.execute(
        select(Notice.kind, Case.reference).join(Case, Case.id == Notice.case_id).order_by(Notice.sequence)
    )
    return [(row.kind, row.reference) for row in rows]


def kinds(session, subject) -> list[str]:
    session.flush()
    found = select(Event.kind).where(Event.subject_id == str(subject.id)).order_by(Event.id)
    return list(session.scalars(found))


def suggestion(session, region):
    cases = [report(session, region, PHONES[number], at=minutes(number)) for number in range(3)]
    (incident,) = incidents(session)
    return incident, cases


def test_reports_that_are_there_join_what_staff_open(session, region):
    here = report(session, region, PHONES[0])
    other = report(session, region, PHONES[1], text="the pipe is leaking")
    elsewhere = report(session, region, PHONES[2], place="Ballito")
    incident = open_incident(session, region, outage(expected_end_at=NOW + 3 * HOUR), NOMSA, minutes(5))
    assert [case.incident_id for case in (here, other, elsewhere)] == [incident.id, None, None]
    assert told(session) == [("incident_known", here.reference)]
    said = session.scalars(select(Notice.said)).one()
    assert (said["trouble"], said["expected_at"]) == ("water.outage", (NOW + 3 * HOUR).isoformat())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"category": "weather"}, "no category weather"),
        ({"trouble": "flood"}, "water has no trouble flood"),
        ({"place": "Nowhere"}, "no place Nowhere"),
        ({"place": None}, "say where"),
        ({"place": None, "ward": "13"}, "no ward"),
        ({"ward": "MLM/13"}, "say where"),
        ({"trouble": "other"}, "in both languages"),
        ({"title": {"en": "Pump failed", "zu": " "}}, "both languages"),
        ({"title": {"en": "x" * 41, "zu": "y"}}, "more than 40"),
        ({"expected_end_at": NOW - HOUR}, "not after the beginning"),
        ({"kind": "planned"}, "needs its end"),
    ],
)
def test_what_cannot_be_an_incident_is_refused(session, region, change, words):
    with pytest.raises(IncidentRefused, match=words):
        open_incident(session, region, outage(**change), NOMSA, NOW)
    assert incidents(session) == []


def test_a_wards_incident_covers_its_places(session, example_region):
    region = example_region
    open_incident(session, region, outage(place=None, ward="TH/3"), NOMSA, NOW)
    case = report(session, region, PHONES[0], at=minutes(5), place="Mqondo")
    assert case.incident_id == incidents(session)[0].id
    assert report(session, region, PHONES[1], at=minutes(5), place="Thala").incident_id is None


def test_confirming_a_suggestion_tells_all_who_reported(session, region):
    incident, cases = suggestion(session, region)
    confirm_incident(session, region, incident.number, NOMSA, minutes(10), NOW + 4 * HOUR)
    assert (incident.state, incident.confirmed_by) == ("open", NOMSA)
    assert told(session) == [("incident_known", case.reference) for case in cases]
    confirm_incident(session, region, incident.number, NOMSA, minutes(11))
    assert len(told(session)) == 3
    assert kinds(session, incident) == ["suggested", "confirmed"]


def test_a_dismissed_suggestion_lets_its_cases_go(session, region):
    incident, cases = suggestion(session, region)
    dismiss_incident(session, incident.number, NOMSA, minutes(10), "one household")
    assert {case.incident_id for case in cases} == {None}
    assert told(session) == []
    with pytest.raises(IncidentRefused, match="dismissed"):
        confirm_incident(session, region, incident.number, NOMSA, minutes(11))


def test_what_people_were_told_of_is_not_dismissed_but_ended(session, region):
    incident = open_incident(session, region, outage(), NOMSA, NOW)
    with pytest.raises(IncidentRefused, match="end it instead"):
        dismiss_incident(session, incident.number, NOMSA, minutes(1))


def test_a_new_time_is_told_and_the_same_again_is_not(session, region):
    case = report(session, region, PHONES[0])
    incident = open_incident(session, region, outage(expected_end_at=NOW + HOUR), NOMSA, minutes(1))
    for _ in range(2):
        update_incident(session, region, incident.number, NOMSA, minutes(2), expected_end_at=NOW + 2 * HOUR)
    assert told(session) == [("incident_known", case.reference)] * 2
    update_incident(
        session, region, incident.number, NOMSA, minutes(3), expected_end_at=NOW + 3 * HOUR, tell=False
    )
    update_incident(
        session, region, incident.number, NOMSA, minutes(4), title={"en": "Pump", "zu": "Iphampu"}
    )
    assert len(told(session)) == 2
    assert kinds(session, incident) == ["opened", "updated", "updated", "updated"]


def test_the_end_is_told_once_and_cases_go_on(session, region):
    case = report(session, region, PHONES[0])
    incident = open_incident(session, region, outage(), NOMSA, minutes(1))
    assert end_incident(session, region, incident.number, NOMSA, minutes(60)) == 1
    assert end_incident(session, region, incident.number, NOMSA, minutes(61)) == 0
    assert [kind for kind, _ in told(session)] == ["incident_known", "incident_over"]
    assert case.stage == "new"
    assert report(session, region, PHONES[1], at=minutes(70)).incident_id is None


def test_the_end_with_what_was_done_resolves_by_the_system(session, region):
    case = report(session, region, PHONES[0])
    incident = open_incident(session, region, outage(), NOMSA, minutes(1))
    end_incident(session, region, incident.number, NOMSA, minutes(60), resolve="The pump was repaired.")
    assert (case.stage, case.resolution, case.resolved_by) == ("resolved", "The pump was repaired.", "system")
    assert [kind for kind, _ in told(session)] == ["incident_known", "resolved"]


def test_what_was_done_is_said_in_each_ones_language(session, region):
    cases = [report(session, region, PHONES[n], language=language) for n, language in enumerate(("en", "zu"))]
    incident = open_incident(session, region, outage(), NOMSA, minutes(1))
    words = {"resolve": "The pump was repaired.", "resolve_zu": "Iphampu isilungisiwe."}
    assert end_incident(session, region, incident.number, NOMSA, minutes(60), **words) == 2
    assert [case.resolution for case in cases] == list(words.values())


def test_cases_are_put_to_an_incident_by_hand_and_taken_from_it(session, region):
    case = report(session, region, PHONES[0], text="something with the water")
    incident = open_incident(session, region, outage(), NOMSA, minutes(1))
    link_case(session, region, incident.number, case.reference, NOMSA, minutes(2))
    link_case(session, region, incident.number, case.reference, NOMSA, minutes(3))
    assert told(session) == [("incident_known", case.reference)]
    unlink_case(session, case.reference, NOMSA, minutes(4))
    assert case.incident_id is None
    assert "incident_linked" in kinds(session, case)
    assert "incident_unlinked" in kinds(session, case)
    with pytest.raises(CaseNotFound):
        link_case(session, region, incident.number, "IDM-0000-0000", NOMSA, minutes(5))
    with pytest.raises(IncidentNotFound):
        link_case(session, region, 4711, case.reference, NOMSA, minutes(5))


def test_planned_work_is_known_between_its_times_only(session, region):
    work = open_incident(session, region, planned(started_at=NOW + HOUR), NOMSA, NOW)
    before = report(session, region, PHONES[0])
    during = report(session, region, PHONES[1], at=NOW + 2 * HOUR)
    after = report(session, region, PHONES[2], at=NOW + 3 * HOUR)
    assert [case.incident_id for case in (before, during, after)] == [None, work.id, None]
    assert told_incident(session, work.id, NOW + 2 * HOUR) is work
    assert told_incident(session, work.id, NOW + 3 * HOUR) is None


def test_planned_work_ends_by_itself_and_who_waits_is_told(session, region):
    work = open_incident(session, region, planned(), NOMSA, NOW)
    case = report(session, region, PHONES[0], at=minutes(10))
    assert end_planned(session, region, NOW + 2 * HOUR) == 0
    assert end_planned(session, region, NOW + 4 * HOUR) == 1
    assert end_planned(session, region, NOW + 4 * HOUR) == 0
    assert (work.state, work.ended_at) == ("over", NOW + 3 * HOUR)
    assert told(session) == [("incident_over", case.reference)]


def test_only_work_still_to_come_is_cancelled(session, region):
    begun = open_incident(session, region, planned(), NOMSA, NOW)
    later = open_incident(session, region, planned(started_at=NOW + HOUR), NOMSA, NOW)
    cancel_planned(session, later.number, NOMSA, minutes(1), "rain")
    assert later.state == "dismissed"
    with pytest.raises(IncidentRefused, match="end it instead"):
        cancel_planned(session, begun.number, NOMSA, minutes(1))


def test_what_nobody_stands_behind_ages(session, region):
    incident, cases = suggestion(session, region)
    confirmed = open_incident(session, region, outage(place="Ballito"), NOMSA, NOW)
    assert age_incidents(session, region, NOW + 20 * HOUR) == 0
    assert age_incidents(session, region, NOW + 30 * HOUR) == 1
    assert (incident.state, confirmed.state) == ("dismissed", "open")
    assert {case.incident_id for case in cases} == {None}


def test_what_opened_by_itself_is_over_without_a_word(session, region):
    for number in range(6):
        report(session, region, PHONES[number], at=minutes(number))
    (incident,) = incidents(session)
    before = told(session)
    assert age_incidents(session, region, NOW + 30 * HOUR) == 1
    assert incident.state == "over"
    assert told(session) == before


def test_staff_are_reminded_once_of_a_time_gone_by(session, region):
    incident = open_incident(session, region, outage(expected_end_at=NOW + HOUR), NOMSA, NOW)
    assert remind_of_overdue(session, region, NOW + HOUR) == 0
    for _ in range(2):
        remind_of_overdue(session, region, NOW + 2 * HOUR)
    update_incident(session, region, incident.number, NOMSA, NOW + 2 * HOUR, expected_end_at=NOW + 3 * HOUR)
    remind_of_overdue(session, region, NOW + 4 * HOUR)
    kinds_told = session.scalars(select(StaffNotice.kind)).all()
    assert list(kinds_told) == ["incident_overdue", "incident_overdue"]


def asks(session, region, phone, question, place, now):
    person = citizen_of(session, writes(session, question, phone).conversation_id)
    where = region.place_named(place) if place else None
    return incident_asked_after(session, region, "water", question, where, person, now)


def test_who_asks_hears_of_the_place_named_or_of_their_own(session, region):
    incident = open_incident(session, region, outage(), NOMSA, NOW)
    report(session, region, PHONES[0], at=minutes(1))
    later = minutes(30)
    stranger = asks(session, region, PHONES[5], "when will the water be back", "Sundumbili", later)
    assert (stranger.incident, stranger.reported) == (incident, False)
    own = asks(session, region, PHONES[0], "amanzi azobuya nini", None, later)
    assert (own.incident, own.place, own.reported) == (incident, "Sundumbili", True)
    assert asks(session, region, PHONES[5], "when will the water be back", "Ballito", later) is None
    assert asks(session, region, PHONES[5], "when will the water be back", None, later) is None
    assert asks(session, region, PHONES[5], "when will the dirty water end", "Sundumbili", later) is None


def test_work_to_come_answers_only_who_asks_what_is_to_come(session, region):
    week = timedelta(days=7)
    later = open_incident(
        session, region, planned(started_at=NOW + 2 * week, expected_end_at=NOW + 3 * week), NOMSA, NOW
    )
    work = open_incident(
        session, region, planned(started_at=NOW + week, expected_end_at=NOW + week + HOUR), NOMSA, NOW
    )
    assert later.number < work.number
    ahead = "is there planned work on the water"
    assert asks(session, region, PHONES[5], ahead, "Sundumbili", NOW).incident is work
    assert asks(session, region, PHONES[5], "when will the water be back", "Sundumbili", NOW) is None
    now = open_incident(session, region, outage(), NOMSA, NOW)
    assert asks(session, region, PHONES[5], "when will the water be back", "Sundumbili", NOW).incident is now


def test_a_confidential_case_stays_apart(session, region):
    incident = open_incident(session, region, outage(), NOMSA, NOW)
    case = report(session, region, PHONES[0], category="corruption", text="he asked for a bribe")
    with pytest.raises(IncidentRefused, match="confidential"):
        link_case(session, region, incident.number, case.reference, NOMSA, NOW)


def test_nothing_is_said_of_a_guess_or_of_what_is_over(session, region):
    incident, _ = suggestion(session, region)
    assert asks(session, region, PHONES[9], "when will the water be back", "Sundumbili", minutes(9)) is None
    confirm_incident(session, region, incident.number, NOMSA, minutes(10))
    assert asks(session, region, PHONES[9], "when will the water be back", "Sundumbili", minutes(11))
    end_incident(session, region, incident.number, NOMSA, minutes(12))
    assert asks(session, region, PHONES[9], "when will the water be back", "Sundumbili", minutes(13)) is None


def test_lists_and_the_whole_of_one(session, region):
    incident, cases = suggestion(session, region)
    open_incident(session, region, planned(place="Ballito"), NOMSA, NOW)
    assert [(one.number, count) for one, count in list_incidents(session, kind="outage")] == [
        (incident.number, 3)
    ]
    shown = incident_json(session, incident.number)
    assert [case["reference"] for case in shown["cases"]] == [case.reference for case in cases]
    assert [event["kind"] for event in shown["events"]] == ["suggested"]
    assert incident_json(session, 4711) is None
