"""Notices: planned once for a move, at a decent hour, in the transaction of the move."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm_store.services.cases import NewCase, open_case
from crm_store.services.citizens import erase_citizen
from crm_store.services.history import record_event
from crm_store.services.notices import QuestionTooLong, plan_notice
from crm_store.tables import Delay, FollowUp, Notice
from tests.store.people import NOW, writes

NIGHT = datetime(2026, 7, 15, 19, 30, tzinfo=UTC)  # 21:30 in South Africa


@pytest.fixture
def case(session, region):
    accepted = writes(session)
    new = NewCase(
        case_class="complaint",
        category="water",
        description="no water",
        place="Groutville",
        conversation_id=accepted.conversation_id,
        source_message_id=accepted.message_id,
    )
    return open_case(session, region, new, NOW)


def notices(session):
    return list(session.scalars(select(Notice).order_by(Notice.created_at, Notice.id)))


def test_a_move_is_told_once(session, region, case):
    for _ in range(2):
        plan_notice(session, region, case, "started", NOW)
    record_event(session, "case", case.id, "stage_changed", actor="agent:x")
    plan_notice(session, region, case, "started", NOW)
    assert [notice.kind for notice in notices(session)] == ["started", "started"]


def test_a_delay_is_told_once_in_the_life_of_a_case(session, region, case):
    plan_notice(session, region, case, "delayed", NOW, expected_at=NOW)
    record_event(session, "case", case.id, "stage_changed", actor="agent:x")
    plan_notice(session, region, case, "delayed", NOW, expected_at=NOW + timedelta(days=1))
    assert len(notices(session)) == 1


def test_at_night_it_waits_for_the_morning_unless_it_is_an_emergency(session, region, case):
    plan_notice(session, region, case, "resolved", NIGHT, done="pipe repaired")
    assert notices(session)[0].not_before == datetime(2026, 7, 16, 6, 0, tzinfo=UTC)
    case.priority = "emergency"
    plan_notice(session, region, case, "started", NIGHT)
    assert notices(session)[-1].not_before == NIGHT + timedelta(minutes=region.telling.settle_minutes)


def test_a_long_question_is_refused(session, region, case):
    with pytest.raises(QuestionTooLong, match="90"):
        plan_notice(session, region, case, "waiting", NOW, question="which " * 20)


def test_a_case_without_a_citizen_is_told_to_nobody(session, region, case):
    case.citizen_id = None
    plan_notice(session, region, case, "started", NOW)
    assert notices(session) == []


def test_who_asks_to_be_forgotten_hears_nothing_more_and_no_words_stay(session, region, case):
    plan_notice(session, region, case, "resolved", NOW, done="the pipe at Mrs Dube's gate")
    session.add(Delay(case_id=case.id, reason="Mrs Dube was away", expected_at=NOW))
    asked = FollowUp(case_id=case.id, conversation_id=case.conversation_id, asked_at=NOW, comment="my gate")
    session.add(asked)
    session.flush()
    erase_citizen(session, case.citizen_id, "agent:x", NOW)
    session.expire_all()
    (notice,) = notices(session)
    assert (notice.state, notice.said) == ("suppressed", {})
    row = session.get_one(FollowUp, case.id)
    assert (row.comment, row.closed_at) == (None, NOW)
    assert session.get_one(Delay, case.id).reason is None


def test_praise_was_thanked_for_and_is_told_no_more(session, region, case):
    case.case_class = "compliment"
    plan_notice(session, region, case, "resolved", NOW, done="passed on")
    assert notices(session) == []
