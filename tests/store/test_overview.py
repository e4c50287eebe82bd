"""Today at a glance, in the scope of whoever looks; by index at very many cases."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text

from crm_store.domain.scope import Scope
from crm_store.queries.overview import day_figures, load_by_assignee, open_by_cell, open_now
from crm_store.queries.scope import cases_within
from crm_store.queries.staff_feed import count_unread, staff_lines, told_to
from crm_store.services.staff_notices import Told, mark_read, tell_staff
from crm_store.tables import Case, Hold, new_id
from tests.store.many_cases import open_many

ZONE = ZoneInfo("Africa/Johannesburg")
NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


def case(session, number, **values):
    row = Case(
        **{
            "id": new_id(), "reference": f"KDM-{number:08d}", "digits": f"{number:08d}",
            "case_class": "complaint", "category": "roads", "description": "Pothole",
            "municipality": "KDM", "department": "roads", "opened_at": NOW - timedelta(days=2),
            "due_at": NOW + timedelta(days=2), **values,
        }
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


def test_the_figures_of_this_moment(session):
    case(session, 1, due_at=NOW - timedelta(hours=1))
    case(session, 2, due_at=NOW + timedelta(hours=3), assignee="sipho", priority="emergency")
    case(session, 3, due_at=NOW - timedelta(hours=1), stage="waiting_for_citizen", assignee="sipho")
    case(session, 4, due_at=NOW - timedelta(hours=1), stage="resolved")
    dispute = case(session, 5, case_class="dispute", municipality="MLM")
    session.add(Hold(id=new_id(), case_id=dispute.id, account_number="1", amount=450, placed_at=NOW))
    session.flush()
    found = open_now(session, [], NOW, ZONE)
    assert (found.open, found.due_today, found.overdue, found.unassigned) == (4, 1, 1, 2)
    assert (found.emergencies, found.on_hold, found.held_amount) == (1, 1, 450)
    mine = open_now(session, [Case.municipality == "KDM"], NOW, ZONE)
    assert (mine.open, mine.on_hold, mine.held_amount) == (3, 0, 0)


def test_who_works_on_how_much_those_with_late_ones_first(session):
    case(session, 1, assignee="sipho", due_at=NOW - timedelta(hours=1))
    for number in (2, 3):
        case(session, number, assignee="thandi")
    case(session, 4)
    found = load_by_assignee(session, [], NOW, ZONE)
    assert [(one.username, one.open, one.overdue) for one in found] == [
        ("sipho", 1, 1),
        ("thandi", 2, 0),
        (None, 1, 0),
    ]


def test_a_day_is_a_local_one(session):
    at = datetime(2026, 11, 22, 22, 30, tzinfo=UTC)  # 00:30 on the 23rd here
    case(session, 1, opened_at=at, first_responded_at=at, due_at=at + timedelta(hours=1))
    case(session, 2, opened_at=at, resolved_at=at + timedelta(hours=2), due_at=at, stage="resolved")
    case(session, 3, opened_at=at, resolved_at=at, due_at=at, stage="closed")
    found = day_figures(session, [], date(2026, 11, 23), ZONE)
    assert (found.received, found.answered, found.resolved, found.in_time) == (3, 1, 2, 1)
    assert day_figures(session, [], date(2026, 11, 22), ZONE).received == 0


def test_nothing_outside_the_scope_is_counted(session, region):
    case(session, 1, place="Sundumbili", municipality="MLM")
    case(session, 2)
    for scope, open_ in (
        (Scope("MLM"), 1),
        (Scope("KDM", frozenset({"refuse"})), 0),
        (Scope("KDM", frozenset({"roads"})), 1),
        (Scope(None, frozenset(), frozenset({"KDM/999"})), 0),
    ):
        within = cases_within(scope, region)
        assert open_now(session, within, NOW, ZONE).open == open_
        assert sum(one.open for one in load_by_assignee(session, within, NOW, ZONE)) == open_


def test_200_000_cases_are_counted_by_index(session, region):
    open_many(session, region, 200_000, NOW)
    session.execute(
        text("UPDATE cases SET stage = 'closed', resolved_at = opened_at WHERE digits::int % 5 <> 0")
    )
    session.commit()
    session.execute(text("ANALYZE cases"))
    session.commit()
    found = open_now(session, [], NOW, ZONE)
    load_by_assignee(session, [], NOW, ZONE)
    for days in (1, 2):
        day_figures(session, [], NOW.date() - timedelta(days=days), ZONE)
    read_one_by_one = text("SELECT seq_tup_read FROM pg_stat_xact_user_tables WHERE relname = 'cases'")
    assert session.execute(read_one_by_one).scalar_one() == 0
    assert found.open == 40_000
    assert sum(open_by_cell(session).values()) == 40_000


@pytest.fixture
def told(session, region):
    def tell(**values):
        tell_staff(session, region, [Told(**{"kind": "early_warning", "municipality": "KDM",
                                            "department": None, **values})], NOW)  # fmt: skip

    tell(to_role="supervisor", subject="a")
    tell(to_role="supervisor", subject="b", municipality="MLM")
    tell(to_user="sipho", subject="c", municipality="MLM")
    tell(to_role="supervisor", subject="d", department="roads")
    session.flush()
    return session


@pytest.mark.parametrize(
    ("username", "role", "scope", "subjects"),
    [
        ("nomsa", "supervisor", Scope("KDM"), "ad"),
        ("nomsa", "supervisor", Scope(), "abd"),
        ("nomsa", "supervisor", Scope("KDM", frozenset({"water"})), "a"),
        ("sipho", "agent", Scope("KDM"), "c"),
        ("thandi", "agent", Scope("KDM"), ""),
    ],
)
def test_everybody_reads_what_is_told_to_them(told, region, username, role, scope, subjects):
    assert count_unread(told, username, role, scope) == len(subjects)
    assert len(staff_lines(told, region, username, role, scope, language="en")) == len(subjects)


def test_what_is_read_is_unread_no_more_and_not_by_strangers(told, region):
    mine = told_to("sipho", "agent", Scope())
    everything = [
        one.notice_id for one in staff_lines(told, region, "sipho", "agent", Scope(), language="en")
    ]
    theirs = [
        one.notice_id for one in staff_lines(told, region, "nomsa", "supervisor", Scope(), language="en")
    ]
    assert mark_read(told, everything + theirs, mine, NOW) == 1
    assert count_unread(told, "sipho", "agent", Scope()) == 0
    assert count_unread(told, "nomsa", "supervisor", Scope()) == 3
    assert [
        one.read_at
        for one in staff_lines(told, region, "sipho", "agent", Scope(), unread=False, language="zu")
    ] == [NOW]
