"""Cases: once per report, with a reference, a department and a promise, and with all their history."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from crm_store.database import transaction
from crm_store.domain.references import read_reference
from crm_store.services import cases
from crm_store.services.cases import (
    CaseNotFound,
    MoveRefused,
    NewCase,
    add_detail,
    open_case,
)
from crm_store.services.referrals import refer_case
from crm_store.services.stages import set_stage
from crm_store.tables import Account, Case, CitizenAccount, Conversation, Event
from tests.store.people import NOW, SIPHO, events, writes


def complaint(accepted=None, **more) -> NewCase:
    given = {"case_class": "complaint", "category": "water", "description": "Awekho amanzi", **more}
    if accepted is not None:
        given |= {"conversation_id": accepted.conversation_id, "source_message_id": accepted.message_id}
    return NewCase(**given)


def test_a_complaint_is_routed_dated_and_remembered(session, region):
    accepted = writes(session)
    case = open_case(session, region, complaint(accepted, place="Sundumbili", language="zu"), NOW)
    assert read_reference(case.reference, region.letters).kind == "valid"
    assert (case.municipality, case.stage, case.priority) == ("IDM", "new", "normal")
    assert case.department in region.municipalities["IDM"].departments
    assert case.opened_at == NOW
    assert case.first_response_due_at > NOW
    assert NOW + timedelta(days=1) < case.due_at < NOW + timedelta(days=4)
    assert (case.channel, case.language) == ("sms", "zu")
    assert session.get_one(Conversation, accepted.conversation_id).last_case_id == case.id
    assert events(session, case.id) == [("opened", "bot")]
    opened = session.scalars(select(Event).where(Event.subject_id == str(case.id))).one()
    assert (opened.before, opened.after["reference"], opened.at) == (None, case.reference, NOW)


def test_one_message_makes_one_case(session, region):
    accepted = writes(session)
    first = open_case(session, region, complaint(accepted), NOW)
    session.commit()
    again = open_case(session, region, complaint(accepted, description="other"), NOW)
    assert again.id == first.id
    assert again.description == "Awekho amanzi"
    second = open_case(session, region, complaint(accepted, source_ordinal=1), NOW)
    assert second.id != first.id


def test_one_message_makes_one_case_also_at_one_moment(database_url, region):
    with transaction() as session:
        accepted = writes(session)

    def work(_):
        with transaction() as session:
            return open_case(session, region, complaint(accepted), NOW).reference

    with ThreadPoolExecutor(6) as threads:
        assert len(set(threads.map(work, range(6)))) == 1
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 1
        assert session.scalar(select(func.count()).select_from(Event)) == 1


def test_a_taken_reference_is_drawn_again(session, region, monkeypatch):
    drawn = iter(["IDM-4821-7305", "IDM-4821-7305", "IDM-1111-1111"])
    monkeypatch.setattr(cases, "new_reference", lambda letters: next(drawn))
    assert open_case(session, region, complaint(), NOW).reference == "IDM-4821-7305"
    assert open_case(session, region, complaint(), NOW).reference == "IDM-1111-1111"


def test_when_no_reference_is_free_it_says_so(session, region, monkeypatch):
    monkeypatch.setattr(cases, "new_reference", lambda letters: "IDM-4821-7305")
    open_case(session, region, complaint(), NOW)
    with pytest.raises(RuntimeError, match="no free reference"):
        open_case(session, region, complaint(), NOW)


class TestWhereACaseWithoutPlaceBelongs:
    def test_to_its_accounts_municipality(self, session, region):
        session.add(Account(account_number="41006273", municipality="MLM"))
        case = open_case(session, region, complaint(category="refuse", account_number="41006273"), NOW)
        assert case.municipality == "MLM"

    def test_else_where_the_senders_last_case_was(self, session, region):
        open_case(session, region, complaint(writes(session), category="water", place="Ndwedwe"), NOW)
        later = open_case(session, region, complaint(writes(session), category="refuse"), NOW)
        assert later.municipality == "NLM"

    def test_not_where_somebody_elses_was(self, session, region):
        open_case(session, region, complaint(writes(session), category="refuse", place="Ndwedwe"), NOW)
        other = open_case(session, region, complaint(writes(session, address=SIPHO), category="refuse"), NOW)
        assert other.municipality == region.regional_desk.municipality

    def test_else_to_the_regional_desk(self, session, region):
        case = open_case(session, region, complaint(writes(session), category="refuse"), NOW)
        desk = region.regional_desk
        assert (case.municipality, case.department) == (desk.municipality, desk.department)


def test_an_emergency_goes_first(session, region):
    case = open_case(session, region, complaint(category="electricity", place="Ballito", emergency=True), NOW)
    assert case.priority == "emergency"
    assert case.due_at == NOW + timedelta(hours=4)


def test_what_others_must_do_is_referred_at_once(session, region):
    case = open_case(
        session, region, complaint(category="roads", description="pothole on the N2", place="Ballito"), NOW
    )
    assert (case.stage, bool(case.referred_to)) == ("referred", True)
    assert case.reference.startswith(region.municipalities[case.municipality].letters)


def test_a_dispute_keeps_its_amount_and_links_the_account(session, region):
    accepted = writes(session)
    new = complaint(
        accepted,
        case_class="dispute",
        category="billing",
        account_number="41006273",
        disputed_amount="4560.00",
        period="2026-07",
    )
    case = open_case(session, region, new, NOW)
    assert (case.disputed_amount, case.period, case.priority) == (Decimal("4560.00"), "2026-07", "high")
    assert session.scalars(select(CitizenAccount.account_number)).all() == ["41006273"]


def test_a_detail_is_added_once_per_message(session, region):
    case = open_case(session, region, complaint(writes(session)), NOW)
    message = writes(session).message_id
    due = case.due_at
    assert add_detail(session, case.reference, "The meter was read twice", "citizen", message) is True
    assert add_detail(session, case.reference, "The meter was read twice", "citizen", message) is False
    assert add_detail(session, case.reference, "And the bill is old", "agent:nomsa") is True
    assert case.reason == "The meter was read twice\nAnd the bill is old"
    assert case.due_at == due
    assert [kind for kind, _ in events(session, case.id)] == ["opened", "detail_added", "detail_added"]


class TestStages:
    def test_a_case_is_resolved_reopened_and_closed(self, session, region):
        case = open_case(session, region, complaint(), NOW)
        for hours, stage in enumerate(("assigned", "in_progress", "resolved")):
            set_stage(session, region, case.reference, stage, "agent:nomsa", now=NOW + timedelta(hours=hours))
        assert case.resolved_at == NOW + timedelta(hours=2)
        set_stage(
            session,
            region,
            case.reference.lower().replace("-", " "),
            "reopened",
            "citizen",
            "still dry",
            now=NOW,
        )
        assert (case.stage, case.resolved_at) == ("reopened", None)
        set_stage(session, region, case.reference, "resolved", "agent:nomsa", now=NOW)
        set_stage(session, region, case.reference, "closed", "system", now=NOW)
        assert case.closed_at == NOW
        last = session.scalars(select(Event).order_by(Event.id.desc()).limit(1)).one()
        assert (last.before["stage"], last.after["stage"], last.actor) == ("resolved", "closed", "system")

    @pytest.mark.parametrize("stage", ["new", "nonsense"])
    def test_what_is_not_allowed_is_refused(self, session, region, stage):
        case = open_case(session, region, complaint(), NOW)
        set_stage(session, region, case.reference, "resolved", "agent:nomsa", now=NOW)
        with pytest.raises(MoveRefused, match=stage):
            set_stage(session, region, case.reference, stage, "agent:nomsa", now=NOW)

    def test_the_same_stage_again_is_no_event(self, session, region):
        case = open_case(session, region, complaint(), NOW)
        set_stage(session, region, case.reference, "new", "agent:nomsa", now=NOW)
        assert [kind for kind, _ in events(session, case.id)] == ["opened"]

    def test_there_is_no_such_case(self, session, region):
        with pytest.raises(CaseNotFound):
            set_stage(session, region, "KDM-0000-0000", "resolved", "agent:nomsa", now=NOW)

    def test_the_clock_stands_still_while_the_citizen_owes_an_answer(self, session, region):
        case = open_case(session, region, complaint(), NOW)
        due = case.due_at
        set_stage(session, region, case.reference, "waiting_for_citizen", "agent:nomsa", now=NOW)
        set_stage(session, region, case.reference, "in_progress", "agent:nomsa", now=NOW + timedelta(days=7))
        assert due + timedelta(days=6) < case.due_at < due + timedelta(days=9)


class TestReferring:
    def test_reference_and_clock_stay(self, session, region):
        case = open_case(session, region, complaint(category="refuse", place="Ballito"), NOW)
        before = (case.reference, case.due_at)
        refer_case(
            session, region, case.reference, "agent:nomsa", municipality="MLM", note="not ours", now=NOW
        )
        assert (case.reference, case.due_at) == before
        assert (case.municipality, case.stage) == ("MLM", "referred")
        assert case.department == region.municipalities["MLM"].handles["refuse"]
        assert events(session, case.id)[-1] == ("referred", "agent:nomsa")

    @pytest.mark.parametrize(
        "wrong", [{"municipality": "XXX"}, {"department": "moonshots"}, {"referred_to": "nasa"}]
    )
    def test_only_to_what_exists(self, session, region, wrong):
        case = open_case(session, region, complaint(category="refuse", place="Ballito"), NOW)
        with pytest.raises(ValueError, match=next(iter(wrong.values()))):
            refer_case(session, region, case.reference, "agent:nomsa", now=NOW, **wrong)


def test_history_cannot_be_rewritten(session, region):
    case = open_case(session, region, complaint(), datetime(2026, 7, 1, tzinfo=UTC))
    session.commit()
    event = session.scalars(select(Event).where(Event.subject_id == str(case.id))).one()
    event.actor = "nobody"
    with pytest.raises(Exception, match="append-only"):
        session.flush()
