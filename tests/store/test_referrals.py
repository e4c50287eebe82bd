"""Referral: offered, accepted or declined; back and forth noticed; outside bodies asked after."""

from contextlib import contextmanager
from datetime import date, timedelta

import pytest
from sqlalchemy import select

from crm_store.services.cases import MoveRefused, NewCase, open_case
from crm_store.services.referrals import accept_referral, decline_referral, refer_case, sweep_follow_ups
from crm_store.services.stages import assign_case
from crm_store.tables import Case, Notice, StaffNotice
from tests.store.people import NOW, events, writes

NOMSA = "agent:nomsa"


@pytest.fixture
def case(session, region) -> Case:
    accepted = writes(session)
    new = NewCase(
        case_class="complaint",
        category="refuse",
        description="Bin not emptied",
        place="Ballito",
        conversation_id=accepted.conversation_id,
        source_message_id=accepted.message_id,
    )
    return open_case(session, region, new, NOW)


def staff(session) -> list[tuple[str, str, str | None, str]]:
    rows = session.scalars(select(StaffNotice).order_by(StaffNotice.created_at, StaffNotice.id))
    return [(row.kind, row.municipality, row.department, row.to_user or row.to_role) for row in rows]


def to(session, region, case, municipality, actor=NOMSA, **more):
    return refer_case(session, region, case.reference, actor, municipality=municipality, now=NOW, **more)


def test_an_offer_is_accepted(session, region, case):
    before = (case.reference, case.due_at, case.next_step_at)
    to(session, region, case, "MLM", note="Mandeni's street")
    assert (case.stage, case.referral_state, case.municipality) == ("referred", "offered", "MLM")
    assert staff(session) == [("referral", "MLM", "refuse", "supervisor")]
    accept_referral(session, region, case.reference, "agent:musa", NOW, "musa")
    assert (case.stage, case.referral_state, case.assignee) == ("assigned", "accepted", "musa")
    assert (case.reference, case.due_at, case.next_step_at) == before
    assert session.scalars(select(Notice.kind).order_by(Notice.created_at)).all() == ["referred", "assigned"]


def test_a_declined_offer_comes_back_to_its_sender_with_the_reason(session, region, case):
    assign_case(session, region, case.reference, "nomsa", NOMSA, NOW)
    to(session, region, case, "MLM")
    assert case.assignee is None
    with pytest.raises(MoveRefused, match="why"):
        decline_referral(session, region, case.reference, " ", "agent:musa", NOW)
    decline_referral(session, region, case.reference, "KwaDukuza's street", "agent:musa", NOW)
    assert (case.stage, case.referral_state, case.municipality, case.assignee) == (
        *("assigned", "declined", "KDM", "nomsa"),
    )
    assert staff(session)[-1] == ("referral_declined", "KDM", "refuse", "nomsa")
    with pytest.raises(MoveRefused, match="not offered"):
        accept_referral(session, region, case.reference, "agent:musa", NOW)


def test_the_third_time_back_goes_to_the_supervisors(session, region, case):
    to(session, region, case, "MLM")
    decline_referral(session, region, case.reference, "no", "agent:musa", NOW)  # back at KDM: 1
    to(session, region, case, "MLM")  # 2
    assert "ping_pong" not in dict(events(session, case.id))
    decline_referral(session, region, case.reference, "no", "agent:musa", NOW)  # 3
    assert case.referral_count == 3
    assert events(session, case.id)[-1] == ("ping_pong", "system")
    supervisors = {row[1:] for row in staff(session) if row[0] == "ping_pong"}
    assert supervisors == {("KDM", "refuse", "supervisor"), ("MLM", "refuse", "supervisor")}
    with pytest.raises(MoveRefused, match="a supervisor decides"):
        to(session, region, case, "MLM")
    to(session, region, case, "MLM", actor="agent:console")
    assert case.municipality == "MLM"


def test_going_from_one_to_the_next_is_no_ping_pong(session, region, case):
    for municipality in ("MLM", "NLM", "MALM", "IDM"):
        to(session, region, case, municipality)
    assert case.referral_count == 0


def test_within_a_municipality(session, region, case):
    refer_case(session, region, case.reference, NOMSA, department="parks", now=NOW)
    assert (case.municipality, case.department, case.referral_state) == ("KDM", "parks", "offered")
    with pytest.raises(ValueError, match="already"):
        refer_case(session, region, case.reference, NOMSA, department="parks", now=NOW)


class TestABodyOutside:
    def test_has_a_date_to_ask_again(self, session, region, case):
        refer_case(session, region, case.reference, NOMSA, referred_to="eskom", note="theirs", now=NOW)
        assert (case.stage, case.referred_to, case.referral_state) == ("referred", "eskom", None)
        assert (case.municipality, case.department) == ("KDM", "refuse")
        assert case.follow_up_on == date(2026, 7, 22)
        assert session.scalars(select(Notice.said)).one() == {"follow_up_on": "2026-07-22"}

    def test_also_when_routing_sent_it_there(self, session, region):
        new = NewCase(
            case_class="complaint", category="roads", description="pothole on the N2", place="Ballito"
        )
        case = open_case(session, region, new, NOW)
        assert (case.referred_to, case.follow_up_on) == ("sanral", date(2026, 7, 22))

    def test_its_owner_is_reminded_when_the_date_comes_and_again(self, session, region, case):
        @contextmanager
        def same():
            yield session
            session.flush()

        refer_case(session, region, case.reference, NOMSA, referred_to="eskom", now=NOW)
        assert sweep_follow_ups(same, region, NOW + timedelta(days=6)) == 0
        assert sweep_follow_ups(same, region, NOW + timedelta(days=7)) == 1
        assert sweep_follow_ups(same, region, NOW + timedelta(days=7)) == 0
        assert case.follow_up_on == date(2026, 7, 29)
        assert staff(session) == [("follow_up", "KDM", "refuse", "supervisor")]
        assert sweep_follow_ups(same, region, NOW + timedelta(days=14)) == 1
        assert len(staff(session)) == 2

    def test_taken_back_needs_no_reminder(self, session, region, case):
        refer_case(session, region, case.reference, NOMSA, referred_to="eskom", now=NOW)
        assign_case(session, region, case.reference, "nomsa", NOMSA, NOW)
        assert case.follow_up_on is None
