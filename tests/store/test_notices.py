"""Notices: planned once for a move, at a decent hour, in the transaction of the move."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm_store.services.cases import NewCase, open_case
from crm_store.services.history import record_event
from crm_store.services.notices import QuestionTooLong, plan_notice
from crm_store.tables import Notice
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
