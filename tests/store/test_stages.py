"""Stages: who may move a case, what each move asks for, and what its clock does meanwhile."""

from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from crm_store.plain import plain
from crm_store.services.cases import MoveRefused, NewCase, add_detail, open_case
from crm_store.services.disputes import decide_dispute
from crm_store.services.escalations import _sweep_batch
from crm_store.services.history import case_fields
from crm_store.services.notices import QuestionTooLong
from crm_store.services.referrals import accept_referral, decline_referral, refer_case
from crm_store.services.stages import (
    add_note,
    ask_citizen,
    assign_case,
    change_category,
    change_priority,
    resolve_case,
    set_stage,
    take_answer,
)
from crm_store.tables import Case, CasePause, Event, Notice, StaffNotice, User
from tests.store.people import NOW, events, writes

NOMSA = "agent:nomsa"
BOSS = "agent:bheki"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def case(session, region) -> Case:
    session.add(User(username="bheki", role="supervisor"))
    return opened(session, region)


def opened(session, region, **more) -> Case:
    accepted = writes(session)
    given = {"case_class": "complaint", "category": "roads", "description": "Pothole", "place": "Ballito"}
    return open_case(
        session,
        region,
        NewCase(
            conversation_id=accepted.conversation_id, source_message_id=accepted.message_id, **given | more
        ),
        NOW,
    )


def notices(session, case) -> list[str]:
    session.flush()
    return list(
        session.scalars(select(Notice.kind).where(Notice.case_id == case.id).order_by(Notice.created_at))
    )


def staff(session, case) -> list[tuple[str, str, str]]:
    rows = session.scalars(select(StaffNotice).where(StaffNotice.case_id == case.id).order_by(StaffNotice.id))
    return [(row.kind, row.to_role, row.to_user) for row in rows]


def test_the_reference_is_the_acknowledgement(session, region, case):
    assert case.acknowledged_at == NOW
    assert case.first_responded_at is None
    assert case.clock == {
        "from": "2026-07-15T08:00:00+00:00",
        "municipality": "KDM",
        "level": {"working_days": 10},
    }


def test_a_case_is_worked_on_and_resolved(session, region, case):
    assign_case(session, region, case.reference, "sipho", BOSS, NOW + HOUR)
    assert (case.stage, case.assignee, case.first_responded_at) == ("assigned", "sipho", NOW + HOUR)
    set_stage(session, region, case.reference, "in_progress", "agent:sipho", now=NOW + 2 * HOUR)
    resolve_case(session, region, case.reference, "The pothole was filled.", "agent:sipho", NOW + DAY)
    assert (case.resolution, case.resolved_by) == ("The pothole was filled.", "agent:sipho")
    assert (case.next_step_at, case.delay_notice_at) == (None, None)
    assert notices(session, case) == ["assigned", "started", "resolved"]
    said = session.scalar(select(Notice.said).where(Notice.kind == "resolved"))
    assert said == {"done": "The pothole was filled."}
    assert staff(session, case) == [("assigned", "", "sipho")]


def test_who_takes_a_case_for_themselves_is_not_told_of_it(session, region, case):
    assign_case(session, region, case.reference, "nomsa", NOMSA, NOW)
    assert staff(session, case) == []
    assign_case(session, region, case.reference, "sipho", NOMSA, NOW)
    assign_case(session, region, case.reference, "nomsa", "agent:sipho", NOW)
    assign_case(session, region, case.reference, "sipho", NOMSA, NOW)
    assert [user for _, _, user in staff(session, case)] == ["sipho", "nomsa", "sipho"]


def test_a_resolution_says_what_was_done(session, region, case):
    with pytest.raises(MoveRefused, match="what was done"):
        resolve_case(session, region, case.reference, "  ", NOMSA, NOW)
    assert case.stage == "new"


class TestAQuestionToTheCitizen:
    def test_stops_the_clock_until_it_is_answered(self, session, region, case):
        due, step = case.due_at, case.next_step_at
        ask_citizen(session, region, case.reference, "Which side of the road?", NOMSA, NOW + HOUR)
        assert (case.stage, case.question) == ("waiting_for_citizen", "Which side of the road?")
        assert (case.next_step_at, case.delay_notice_at) == (None, None)
        message = writes(session, "The left").message_id
        assert take_answer(session, region, case.reference, "The left", message, NOW + 7 * DAY) is True
        assert take_answer(session, region, case.reference, "The left", message, NOW + 8 * DAY) is False
        assert (case.stage, case.question, case.reason) == ("in_progress", None, "The left")
        assert case.due_at == due + 7 * DAY
        assert case.next_step_at > step
        assert staff(session, case) == [("answered", "supervisor", "")]
        assert notices(session, case) == ["waiting"]

    def test_must_be_asked_and_fit(self, session, region, case):
        with pytest.raises(MoveRefused, match="asked"):
            ask_citizen(session, region, case.reference, "", NOMSA, NOW)
        with pytest.raises(QuestionTooLong):
            ask_citizen(session, region, case.reference, "x" * 200, NOMSA, NOW)

    def test_an_answer_that_comes_late_is_kept_all_the_same(self, session, region, case):
        ask_citizen(session, region, case.reference, "Which side?", NOMSA, NOW)
        resolve_case(session, region, case.reference, "Both sides were filled.", NOMSA, NOW + HOUR)
        take_answer(session, region, case.reference, "The left", writes(session).message_id, NOW + DAY)
        assert (case.stage, case.reason) == ("resolved", "The left")


class TestComingBack:
    def test_the_clock_goes_on_with_what_was_left(self, session, region, case):
        due = case.due_at
        resolve_case(session, region, case.reference, "Filled.", NOMSA, NOW + DAY)
        set_stage(session, region, case.reference, "closed", "system", now=NOW + 3 * DAY)
        set_stage(session, region, case.reference, "reopened", "citizen", now=NOW + 8 * DAY)
        pauses = session.scalars(select(CasePause).where(CasePause.case_id == case.id)).all()
        assert [(p.paused_at, p.resumed_at, p.why) for p in pauses] == [
            (NOW + DAY, NOW + 8 * DAY, "resolved")
        ]
        assert case.due_at == due + 7 * DAY
        assert (case.resolved_at, case.resolution, case.resolved_by) == (None, None, None)

    def test_by_the_citizen_it_is_one_step_higher(self, session, region, case):
        resolve_case(session, region, case.reference, "Filled.", NOMSA, NOW + DAY)
        set_stage(session, region, case.reference, "reopened", "citizen", now=NOW + 2 * DAY)
        assert case.escalation_step == 1
        assert notices(session, case) == ["resolved", "reopened"]
        assert events(session, case.id)[-1] == ("escalated", "system")

    def test_late_stays_late(self, session, region, case):
        due = case.due_at
        resolve_case(session, region, case.reference, "Filled.", NOMSA, due + DAY)
        set_stage(session, region, case.reference, "reopened", BOSS, now=due + 30 * DAY)
        assert case.due_at == due


class TestWhoMayMoveIt:
    def test_a_closed_case_is_reopened_by_the_person_or_a_supervisor(self, session, region, case):
        set_stage(session, region, case.reference, "closed", NOMSA, "the same as another", now=NOW)
        with pytest.raises(MoveRefused, match="only a supervisor"):
            set_stage(session, region, case.reference, "reopened", NOMSA, now=NOW)
        set_stage(session, region, case.reference, "reopened", BOSS, now=NOW)
        assert case.stage == "reopened"

    def test_a_person_cannot_resolve(self, session, region, case):
        with pytest.raises(MoveRefused, match="only the municipality's people"):
            set_stage(session, region, case.reference, "resolved", "citizen", now=NOW)

    def test_only_a_supervisor_lowers_a_priority(self, session, region, case):
        change_priority(session, region, case.reference, "high", NOMSA, "school nearby", NOW)
        with pytest.raises(MoveRefused, match="supervisor"):
            change_priority(session, region, case.reference, "normal", NOMSA, "not so bad", NOW)
        change_priority(session, region, case.reference, "normal", BOSS, "not so bad", NOW)
        assert case.priority == "normal"


class TestEdits:
    def test_an_emergency_counts_its_hours_from_when_it_was_seen(self, session, region, case):
        change_priority(session, region, case.reference, "emergency", NOMSA, "a child fell in", NOW + DAY)
        assert case.due_at == NOW + DAY + 4 * HOUR
        assert case.next_step_at == NOW + DAY + 3 * HOUR
        change_priority(session, region, case.reference, "normal", BOSS, "closed off", NOW + DAY)
        assert case.due_at == NOW + DAY + 4 * HOUR

    def test_another_category_goes_to_its_department_and_never_gets_more_time(self, session, region, case):
        due = case.due_at
        change_category(session, region, case.reference, "streetlights", NOMSA, "it is the lamp", NOW)
        assert (case.department, case.due_at < due) == ("electricity", True)
        sooner = case.due_at
        change_category(session, region, case.reference, "roads", NOMSA, "no", NOW)
        assert (case.department, case.due_at) == ("roads", sooner)

    def test_only_to_what_exists(self, session, region, case):
        with pytest.raises(MoveRefused, match="moonshots"):
            change_category(session, region, case.reference, "moonshots", NOMSA, "?", NOW)
        with pytest.raises(MoveRefused, match="urgent"):
            change_priority(session, region, case.reference, "urgent", NOMSA, "?", NOW)


def deeds(session, region, case):
    """All that can be done to a case, by name."""
    return {
        "assign": lambda at: assign_case(session, region, case.reference, "sipho", BOSS, at),
        "start": lambda at: set_stage(session, region, case.reference, "in_progress", NOMSA, now=at),
        "ask": lambda at: ask_citizen(session, region, case.reference, "Where?", NOMSA, at),
        "answer": lambda at: take_answer(session, region, case.reference, "Here", None, at),
        "refer": lambda at: refer_case(session, region, case.reference, BOSS, municipality="MLM", now=at),
        "refer back": lambda at: refer_case(
            session, region, case.reference, BOSS, municipality="KDM", now=at
        ),
        "refer out": lambda at: refer_case(
            session, region, case.reference, BOSS, referred_to="eskom", now=at
        ),
        "accept": lambda at: accept_referral(session, region, case.reference, BOSS, at, "sipho"),
        "decline": lambda at: decline_referral(session, region, case.reference, "no", BOSS, at),
        "resolve": lambda at: resolve_case(session, region, case.reference, "Done.", NOMSA, at),
        "close": lambda at: set_stage(session, region, case.reference, "closed", NOMSA, now=at),
        "reopen": lambda at: set_stage(session, region, case.reference, "reopened", BOSS, now=at),
        "emergency": lambda at: change_priority(session, region, case.reference, "emergency", NOMSA, "!", at),
        "calm": lambda at: change_priority(session, region, case.reference, "normal", BOSS, ".", at),
        "category": lambda at: change_category(session, region, case.reference, "refuse", NOMSA, ".", at),
        "detail": lambda at: add_detail(session, case.reference, "more", now=at),
        "note": lambda at: add_note(session, region, case.reference, "seen", NOMSA, at),
        "decide": lambda at: decide_dispute(session, region, case.reference, "rejected", "Read.", BOSS, at),
        "sweep": lambda at: _sweep_batch(session, region, at),
    }


NAMES = (
    *("assign", "start", "ask", "answer", "refer", "refer back", "refer out", "accept", "decline", "resolve"),
    *("close", "reopen", "emergency", "calm", "category", "detail", "note", "decide", "sweep"),
)
STEPS = st.lists(st.tuples(st.sampled_from(NAMES), st.integers(1, 5 * 24 * 60)), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=STEPS,
    kind=st.sampled_from(["complaint", "query", "dispute"]),
)
def test_nothing_but_a_pause_extends_a_promise_and_the_events_are_the_case(session, region, steps, kind):
    """Any deeds in any order: the due time moves back only by recorded pauses; replayed, they are the row."""
    dispute = {"category": "billing", "account_number": "41006273", "disputed_amount": "100.00"}
    case = opened(session, region, case_class=kind, **(dispute if kind == "dispute" else {}))
    if session.scalar(select(User).where(User.username == "bheki")) is None:
        session.add(User(username="bheki", role="supervisor"))
    now, known = NOW, deeds(session, region, case)
    for name, minutes in steps:
        now += timedelta(minutes=minutes)
        due, paused = case.due_at, pauses_ended(session, case)
        try:
            with session.begin_nested():
                known[name](now)
        except (MoveRefused, ValueError):
            session.refresh(case)
        if pauses_ended(session, case) == paused:
            assert case.due_at <= due, name
        assert (case.next_step_at is None) == (
            case.stage in ("waiting_for_citizen", "resolved", "closed")
            or case.escalation_step == len(region.escalation)
        ), name
    assert replayed(session, case) == plain(case_fields(case))
    session.rollback()


def pauses_ended(session, case) -> int:
    session.flush()
    return len(
        session.scalars(
            select(CasePause.id).where(CasePause.case_id == case.id, CasePause.resumed_at.is_not(None))
        ).all()
    )


def replayed(session, case) -> dict:
    """The case as its events, one laid over the other, say it is."""
    session.flush()
    session.expire(case)
    fields = dict.fromkeys(case_fields(case)) | {
        "escalation_step": 0,
        "referral_count": 0,
        "anonymous": False,
    }
    for after in session.scalars(
        select(Event.after).where(Event.subject_id == str(case.id)).order_by(Event.id)
    ):
        fields |= {name: value for name, value in (after or {}).items() if name in fields}
    return fields
