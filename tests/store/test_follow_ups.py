"""After a resolution: yes closes, no reopens one step higher, silence closes; a message counts once."""

from datetime import timedelta

import pytest
from sqlalchemy import select, text

from crm_store.database import transaction
from crm_store.queries.conversations import conversation_view
from crm_store.queries.standing import answered_before, standing_question
from crm_store.services.cases import NewCase, open_case
from crm_store.services.delays import explain_delay, note_delays
from crm_store.services.follow_ups import answer_follow_up, close_unanswered
from crm_store.services.stages import ask_citizen, resolve_case, set_stage
from crm_store.tables import Case, Delay, FollowUp, Message, Notice, new_id
from tests.store.people import NOW, THANDI, events, writes

DAY = timedelta(days=1)


@pytest.fixture
def accepted(session):
    return writes(session)


@pytest.fixture
def case(session, region, accepted):
    new = NewCase(
        case_class="complaint",
        category="water",
        description="no water",
        place="Groutville",
        conversation_id=accepted.conversation_id,
        source_message_id=accepted.message_id,
    )
    return open_case(session, region, new, NOW)


@pytest.fixture
def asked(session, region, case, accepted):
    """The case is resolved, and the citizen was asked whether it is fixed."""
    resolve_case(session, region, case.reference, "pipe repaired", "agent:sipho", NOW + DAY)
    session.add(FollowUp(case_id=case.id, conversation_id=accepted.conversation_id, asked_at=NOW + DAY))
    session.commit()
    return case


def kinds(session, case):
    return list(session.execute(select(Notice.kind, Notice.state).where(Notice.case_id == case.id)))


def test_yes_closes_and_the_rating_is_kept(session, region, asked):
    first, second = new_id(), new_id()
    assert answer_follow_up(session, region, asked.id, first, NOW + 2 * DAY, fixed=True) == "fixed"
    assert (asked.stage, standing_question(session, asked.conversation_id, NOW).asking) == (
        "closed",
        "rating",
    )
    kind = answer_follow_up(
        session, region, asked.id, second, NOW + 2 * DAY, rating=4, comment="good but slow"
    )
    row = session.get_one(FollowUp, asked.id)
    assert (kind, row.fixed, row.rating, row.comment) == ("rated", True, 4, "good but slow")
    assert row.closed_at is not None
    assert standing_question(session, asked.conversation_id, NOW) is None


def test_no_reopens_one_step_higher_with_the_same_reference(session, region, asked):
    reference, step = asked.reference, asked.escalation_step
    kind = answer_follow_up(
        session, region, asked.id, new_id(), NOW + 2 * DAY, fixed=False, comment="still no water"
    )
    assert (kind, asked.stage, asked.reference) == ("not_fixed", "reopened", reference)
    assert asked.escalation_step == step + 1
    assert session.get_one(FollowUp, asked.id).comment == "still no water"
    # It was said in the chat: no message says it again.
    assert ("reopened", "suppressed") in kinds(session, asked)


@pytest.mark.parametrize("fixed", [True, False])
def test_the_same_message_counts_once(session, region, asked, fixed):
    message = new_id()
    first = answer_follow_up(session, region, asked.id, message, NOW + 2 * DAY, fixed=fixed)
    before = (asked.stage, asked.escalation_step, events(session, asked.id))
    assert answer_follow_up(session, region, asked.id, message, NOW + 3 * DAY, fixed=fixed) == first
    assert (asked.stage, asked.escalation_step, events(session, asked.id)) == before
    again = answered_before(session, asked.conversation_id, message)
    assert (again.asking, again.case_id) == ("fixed", asked.id)


def test_the_conversation_shows_what_is_asked_of_the_person(session, asked):
    view = conversation_view(session, "sms", THANDI)
    assert (view["asking"], view["choices"]) == ("fixed", [])


def test_a_rating_may_be_skipped(session, region, asked):
    answer_follow_up(session, region, asked.id, new_id(), NOW + 2 * DAY, fixed=True)
    assert answer_follow_up(session, region, asked.id, new_id(), NOW + 2 * DAY) == "skipped"
    assert standing_question(session, asked.conversation_id, NOW) is None


def test_silence_closes_after_the_days_of_the_region(session, region, asked):
    days = timedelta(days=region.telling.close_after_days)
    assert close_unanswered(transaction, region, NOW + DAY + days - timedelta(minutes=1)) == 0
    assert close_unanswered(transaction, region, NOW + DAY + days) == 1
    session.expire_all()
    assert session.get_one(Case, asked.id).stage == "closed"
    assert session.get_one(FollowUp, asked.id).closed_at is not None
    assert close_unanswered(transaction, region, NOW + DAY + days) == 0
    # Nobody hears of that: they did not answer when they were asked.
    assert [kind for kind, _ in kinds(session, asked) if kind == "closed"] == []


def test_a_later_question_gives_its_own_days(session, region, case, accepted):
    resolve_case(session, region, case.reference, "pipe repaired", "agent:sipho", NOW)
    session.add(FollowUp(case_id=case.id, conversation_id=accepted.conversation_id, asked_at=NOW + 2 * DAY))
    session.commit()
    assert close_unanswered(transaction, region, NOW + 6 * DAY) == 0
    assert close_unanswered(transaction, region, NOW + 7 * DAY) == 1


def test_a_case_that_nobody_was_asked_about_closes_too(session, region, case):
    resolve_case(session, region, case.reference, "pipe repaired", "system", NOW)
    session.commit()
    assert close_unanswered(transaction, region, NOW + 5 * DAY) == 1


def test_it_is_found_by_index(session, region):
    session.execute(text("SET LOCAL enable_seqscan = off"))
    oldest = "SELECT id FROM cases WHERE stage = 'resolved' AND resolved_at <= now() ORDER BY resolved_at"
    plan = session.execute(text(f"EXPLAIN {oldest} LIMIT 9")).scalars()
    assert "ix_cases_resolved" in "\n".join(plan)


# --- staff's question ---


def test_staffs_question_stands_until_it_is_answered(session, region, case, accepted):
    ask_citizen(session, region, case.reference, "Which house?", "agent:sipho", NOW)
    assert standing_question(session, case.conversation_id, NOW) is None  # it was not sent yet
    message = Message(
        id=new_id(),
        conversation_id=case.conversation_id,
        direction="out",
        channel="sms",
        author="system",
        status="sent",
    )
    session.add(message)
    session.flush()
    notice = session.scalars(select(Notice).where(Notice.kind == "waiting")).one()
    notice.state, notice.message_id, notice.ended_at = "sent", message.id, NOW
    found = standing_question(session, case.conversation_id, NOW + DAY)
    assert (found.asking, found.case_id) == ("case_answer", case.id)
    assert standing_question(session, case.conversation_id, NOW + 20 * DAY) is None
    set_stage(session, region, case.reference, "in_progress", "citizen", now=NOW + DAY)
    assert standing_question(session, case.conversation_id, NOW + DAY) is None


# --- delays ---


def test_a_delay_is_planned_once_before_the_promise_breaks(session, region, case):
    session.commit()
    at = case.delay_notice_at
    assert NOW < at <= case.due_at
    assert note_delays(transaction, region, at - timedelta(seconds=1)) == 0
    assert note_delays(transaction, region, at) == 1
    assert note_delays(transaction, region, at + DAY) == 0
    session.expire_all()
    delay = session.get_one(Delay, case.id)
    assert delay.expected_at > case.due_at
    assert kinds(session, case) == [("delayed", "planned")]


def test_staffs_reason_is_said_and_a_reason_before_the_time_is_told_at_once(session, region, case):
    explain_delay(session, region, case.reference, "waiting for a pump", "agent:sipho", NOW, NOW + 6 * DAY)
    notice = session.scalars(select(Notice)).one()
    assert notice.said == {"reason": "waiting for a pump", "expected_at": (NOW + 6 * DAY).isoformat()}
    assert case.delay_notice_at is None


def test_a_resolved_case_is_not_told_late(session, region, case):
    at = case.delay_notice_at
    resolve_case(session, region, case.reference, "pipe repaired", "agent:sipho", NOW)
    session.commit()
    assert note_delays(transaction, region, at + DAY) == 0
