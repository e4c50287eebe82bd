"""Taking deeds back: the case is as it was, its clock runs as it did, and the citizen hears nothing."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm_store.plain import plain
from crm_store.queries.case_versions import changes_since, version_of
from crm_store.services.bulk import assign_many, close_many, undo_many
from crm_store.services.cases import MoveRefused
from crm_store.services.disputes import decide_dispute
from crm_store.services.history import case_fields
from crm_store.services.holds import standing_hold
from crm_store.services.stages import add_note, assign_case, change_category, change_priority, set_stage
from crm_store.services.unasked import due_notices, take_notice
from crm_store.services.undo import UNDO_WITHIN, CannotUndo, deed_to_undo, hold_back, undo_deed
from crm_store.tables import CasePause, Notice, StaffNotice, User
from tests.store.people import NOW
from tests.store.test_case_lists import opened
from tests.store.test_stages import replayed

NOMSA, BOSS = "agent:nomsa", "agent:bheki"
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
DISPUTE = {
    "category": "billing",
    "case_class": "dispute",
    "account_number": "41006273",
    "disputed_amount": "4560.00",
}


@pytest.fixture
def boss(session) -> None:
    session.add(User(username="bheki", role="supervisor"))
    session.flush()


def pauses(session, case) -> list[tuple]:
    session.flush()
    rows = session.scalars(
        select(CasePause).where(CasePause.case_id == case.id).order_by(CasePause.paused_at)
    )
    return [(row.paused_at, row.resumed_at, row.why) for row in rows]


def done(session, case, at) -> int:
    hold_back(session, case, at)
    return deed_to_undo(session, case.id, at)


def test_a_resolution_taken_back_was_never_told(session, region):
    case = opened(session, region)
    before = plain(case_fields(case))
    set_stage(session, region, case.reference, "resolved", NOMSA, "Filled", now=NOW + DAY)
    event = done(session, case, NOW + DAY)
    assert due_notices(session, NOW + DAY + 4 * MINUTE) == []
    undo_deed(session, region, event, NOMSA, NOW + DAY + MINUTE)
    assert plain(case_fields(case)) == before
    assert pauses(session, case) == []
    assert due_notices(session, NOW + 2 * DAY) == []
    assert session.scalar(select(Notice.reason)) == "taken back"


def test_what_is_not_taken_back_is_told_when_the_time_is_over(session, region):
    case = opened(session, region)
    set_stage(session, region, case.reference, "resolved", NOMSA, "Filled", now=NOW)
    done(session, case, NOW)
    (notice,) = due_notices(session, NOW + UNDO_WITHIN)
    assert take_notice(session, region, notice, NOW + UNDO_WITHIN).response_key == "utter_notice_resolved"


def test_a_decision_taken_back_puts_the_hold_back(session, region):
    case = opened(session, region, "Too much", place=None, **DISPUTE)
    decide_dispute(session, region, case.reference, "upheld", "Read twice", NOMSA, NOW)
    event = done(session, case, NOW)
    assert standing_hold(session, case) is None
    undo_deed(session, region, event, NOMSA, NOW)
    assert standing_hold(session, case).amount == case.disputed_amount
    assert (case.stage, case.outcome, case.outcome_reason) == ("new", None, None)


class TestTooLate:
    def test_after_some_minutes(self, session, region):
        case = opened(session, region)
        set_stage(session, region, case.reference, "closed", NOMSA, "twice", now=NOW)
        event = done(session, case, NOW)
        with pytest.raises(CannotUndo, match="5 minutes"):
            undo_deed(session, region, event, NOMSA, NOW + UNDO_WITHIN + MINUTE)

    def test_when_somebody_changed_it_since(self, session, region):
        case = opened(session, region)
        set_stage(session, region, case.reference, "in_progress", NOMSA, now=NOW)
        event = done(session, case, NOW)
        add_note(session, region, case.reference, "contractor rung", "agent:sipho", NOW)
        with pytest.raises(CannotUndo, match="by sipho"):
            undo_deed(session, region, event, NOMSA, NOW)

    def test_when_the_citizen_was_told(self, session, region):
        case = opened(session, region)
        set_stage(session, region, case.reference, "in_progress", NOMSA, now=NOW)
        event = deed_to_undo(session, case.id, NOW)
        session.scalar(select(Notice)).state = "sent"
        session.flush()
        with pytest.raises(CannotUndo, match="has been told"):
            undo_deed(session, region, event, NOMSA, NOW)

    def test_it_is_somebody_elses_deed_or_was_taken_back(self, session, region):
        case = opened(session, region)
        set_stage(session, region, case.reference, "in_progress", NOMSA, now=NOW)
        event = deed_to_undo(session, case.id, NOW)
        with pytest.raises(CannotUndo, match="your own"):
            undo_deed(session, region, event, "agent:sipho", NOW)
        undo_deed(session, region, event, NOMSA, NOW)
        with pytest.raises(CannotUndo, match="changed since"):
            undo_deed(session, region, event, NOMSA, NOW)
        with pytest.raises(CannotUndo):
            undo_deed(session, region, 999_999, NOMSA, NOW)


DEEDS = {
    "start": lambda s, r, ref, at: set_stage(s, r, ref, "in_progress", BOSS, now=at),
    "resolve": lambda s, r, ref, at: set_stage(s, r, ref, "resolved", BOSS, "Done", now=at),
    "close": lambda s, r, ref, at: set_stage(s, r, ref, "closed", BOSS, "twice", now=at),
    "reopen": lambda s, r, ref, at: set_stage(s, r, ref, "reopened", BOSS, "not level", now=at),
    "ask": lambda s, r, ref, at: set_stage(s, r, ref, "waiting_for_citizen", BOSS, "Where?", now=at),
    "assign": lambda s, r, ref, at: assign_case(s, r, ref, "sipho", BOSS, at),
    "emergency": lambda s, r, ref, at: change_priority(s, r, ref, "emergency", BOSS, "child fell in", at),
    "refuse": lambda s, r, ref, at: change_category(s, r, ref, "refuse", BOSS, "bins", at),
    "decide": lambda s, r, ref, at: decide_dispute(s, r, ref, "rejected", "Read", BOSS, at),
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    names=st.lists(st.sampled_from(sorted(DEEDS)), min_size=1, max_size=6),
    dispute=st.booleans(),
)
def test_after_any_deeds_the_last_is_taken_back_to_the_letter(session, region, names, dispute):
    """Fields, pauses and hold are what they were; the events, laid over each other, are the row."""
    session.rollback()
    session.add(User(username="bheki", role="supervisor"))
    case = opened(session, region, **({"place": None, **DISPUTE} if dispute else {}))
    at = NOW
    for name in names:
        at += timedelta(hours=7)
        before, stood, held = plain(case_fields(case)), pauses(session, case), standing_hold(session, case)
        amount = held.amount if held else None
        try:
            with session.begin_nested():
                DEEDS[name](session, region, case.reference, at)
        except MoveRefused:
            session.refresh(case)
            continue
        event = deed_to_undo(session, case.id, at)
        if event is None:
            continue  # nothing was changed
        undo_deed(session, region, event, BOSS, at + MINUTE)
        assert plain(case_fields(case)) == before
        assert pauses(session, case) == stood
        held = standing_hold(session, case)
        assert (held.amount if held else None) == amount
        at += timedelta(hours=1)
        DEEDS[name](session, region, case.reference, at)
    assert replayed(session, case) == plain(case_fields(case))


class TestMany:
    def test_are_assigned_and_taken_back(self, session, region, boss):
        cases = [opened(session, region) for _ in range(3)]
        assign_case(session, region, cases[0].reference, "thandi", BOSS, NOW - DAY)
        told = assign_many(
            session, region, [c.reference for c in cases] + ["KDM-0000-0000"], "sipho", BOSS, NOW
        )
        assert sorted(told.references) == sorted(c.reference for c in cases)
        assert list(told.refused) == ["KDM-0000-0000"]
        assert {c.assignee for c in cases} == {"sipho"}
        back = undo_many(session, region, told.events, BOSS, NOW + MINUTE)
        assert len(back.references) == 3
        assert [c.assignee for c in cases] == ["thandi", None, None]
        unread = select(StaffNotice.to_user).where(StaffNotice.kind == "assigned")
        assert list(session.scalars(unread)) == ["thandi"]

    def test_close_and_what_cannot_is_named(self, session, region, boss):
        cases = [opened(session, region) for _ in range(2)]
        set_stage(session, region, cases[0].reference, "closed", BOSS, "twice", now=NOW - DAY)
        session.flush()
        with pytest.raises(MoveRefused, match="say why"):
            close_many(session, region, [c.reference for c in cases], "  ", BOSS, NOW)
        told = close_many(session, region, [c.reference for c in cases], "storm is over", BOSS, NOW)
        assert told.references == [cases[1].reference]
        assert due_notices(session, NOW + 4 * MINUTE) == [] or cases[1].stage == "closed"
        undo_many(session, region, told.events, BOSS, NOW + MINUTE)
        assert [c.stage for c in cases] == ["closed", "new"]


def test_the_second_editor_sees_what_the_first_changed(session, region):
    case = opened(session, region)
    session.flush()
    seen = version_of(session, case.id)
    assert changes_since(session, case.id, seen) == []
    assign_case(session, region, case.reference, "sipho", NOMSA, NOW)
    session.flush()
    assert [event.kind for event in changes_since(session, case.id, seen)] == ["assigned"]
    assert changes_since(session, case.id, version_of(session, case.id)) == []
