"""Planned work from a file: taken once, faults named, cancelled work stays cancelled."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm_store.services.planned_work import PlannedFileError, cancel_planned, import_planned
from crm_store.tables import Incident
from tests.store.people import NOW
from tests.store.reports import incidents

HEADER = "id,category,trouble,place,ward,starts_at,ends_at,title_en,title_zu\n"


@pytest.fixture
def take(session, region, tmp_path):
    def take(content: str):
        path = tmp_path / "planned.csv"
        path.write_text(content, encoding="utf-8")
        return import_planned(session, region, path, "agent:nomsa", NOW)

    return take


def figures(result):
    return (result.added, result.changed, result.unchanged, len(result.rejected))


def test_a_file_is_taken_once(take, session):
    content = (
        HEADER
        + "W1,water,,esundumbili,,2026-07-20 08:00,2026-07-20 16:00,,\n"
        + "W2,electricity,outage,Shakaville,,20/07/2026 08:00,2026-07-20T14:00+02:00,,\n"
    )
    assert figures(take(content)) == (2, 0, 0, 0)
    assert figures(take(content)) == (0, 0, 2, 0)
    water, electricity = incidents(session)
    assert (water.kind, water.state, water.trouble, water.place) == (
        "planned",
        "open",
        "outage",
        "Sundumbili",
    )
    assert (water.municipality, electricity.municipality) == ("IDM", "KDM")
    assert water.started_at == datetime(2026, 7, 20, 6, 0, tzinfo=UTC)
    assert electricity.expected_end_at == datetime(2026, 7, 20, 12, 0, tzinfo=UTC)


def test_the_same_work_without_an_id_is_known_by_place_and_beginning(take):
    row = "category;place;starts_at;ends_at\nwater;Sundumbili;2026-07-20 08:00;{}\n"
    assert figures(take(row.format("2026-07-20 16:00"))) == (1, 0, 0, 0)
    assert figures(take(row.format("2026-07-20 18:00"))) == (0, 1, 0, 0)


@pytest.mark.parametrize(
    ("row", "field", "words"),
    [
        ("W,weather,,Sundumbili,,2026-07-20 08:00,2026-07-20 16:00,,", "(row)", "no category"),
        ("W,water,flood,Sundumbili,,2026-07-20 08:00,2026-07-20 16:00,,", "(row)", "no trouble"),
        ("W,water,,Atlantis,,2026-07-20 08:00,2026-07-20 16:00,,", "place", "Atlantis"),
        ("W,water,,,,2026-07-20 08:00,2026-07-20 16:00,,", "(row)", "where"),
        ("W,water,,,13,2026-07-20 08:00,2026-07-20 16:00,,", "(row)", "no ward"),
        ("W,water,,Sundumbili,,2026-07-20,2026-07-20 16:00,,", "starts_at", "not a time"),
        ("W,water,,Sundumbili,,2026-07-20 08:00,soon,,", "ends_at", "not a time"),
        ("W,water,,Sundumbili,,2026-07-20 08:00,,,", "ends_at", "missing"),
        ("W,water,,Sundumbili,,2026-07-20 16:00,2026-07-20 08:00,,", "(row)", "not after"),
        ("W,water,,Sundumbili,,2026-07-20 08:00,2026-07-20 16:00,Pump,", "(row)", "both languages"),
    ],
)
def test_a_bad_row_is_named_and_the_others_are_taken(take, session, row, field, words):
    good = "G,water,,Ballito,,2026-07-20 08:00,2026-07-20 16:00,,\n"
    result = take(HEADER + row + "\n" + good)
    assert figures(result) == (1, 0, 0, 1)
    ((line, name, reason),) = result.rejected
    assert (line, name) == (2, field)
    assert words in str(reason)
    assert [one.place for one in incidents(session)] == ["Ballito"]


@pytest.mark.parametrize("content", ["", "name,when\nx,y\n", "category,starts_at,ends_at\n"])
def test_a_file_that_is_something_else_is_refused(take, content):
    with pytest.raises(PlannedFileError, match="lacks the columns"):
        take(content)


def test_cancelled_work_stays_cancelled(take, session):
    content = HEADER + "W1,water,,Sundumbili,,2026-07-20 08:00,2026-07-20 16:00,,\n"
    take(content)
    (work,) = incidents(session)
    cancel_planned(session, work.number, "agent:nomsa", NOW)
    assert figures(take(content)) == (0, 0, 1, 0)
    assert session.scalars(select(Incident.state)).all() == ["dismissed"]


def test_another_beginning_under_the_same_id_is_refused(take):
    take(HEADER + "W1,water,,Sundumbili,,2026-07-20 08:00,2026-07-20 16:00,,\n")
    result = take(HEADER + "W1,water,,Sundumbili,,2026-07-21 08:00,2026-07-21 16:00,,\n")
    assert result.rejected[0][1] == "starts_at"


def test_work_that_is_over_by_now_is_not_taken_up_again(take, session, region):
    from crm_store.services.incident_sweep import end_planned

    content = HEADER + "W1,water,,Sundumbili,,2026-07-15 06:00,2026-07-15 11:00,,\n"
    take(content)
    assert end_planned(session, region, NOW + timedelta(hours=3)) == 1
    assert figures(take(content)) == (0, 0, 1, 0)
