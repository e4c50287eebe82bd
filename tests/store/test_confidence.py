"""Confidential cases are seen by named roles only; of an anonymous one nothing leads to its writer."""

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from crm_store.queries.case_filter import CaseFilter
from crm_store.queries.cases import (
    Confidential,
    case_json,
    export_cases,
    find_own_case,
    list_cases,
)
from crm_store.queries.citizens import citizen_json
from crm_store.queries.conversations import conversation_view
from crm_store.services.cases import NewCase, open_case
from crm_store.services.confidence import HIDDEN, NotForThem, make_anonymous, note_viewed, seal_anonymous
from crm_store.services.conversations import citizen_of
from crm_store.services.stages import add_note, ask_citizen, assign_case, take_answer
from crm_store.services.turns import ReplyToStore, finish_turn
from crm_store.tables import Case, Message, Notice, User
from tests.store.people import NOW, THANDI, events, writes

WORDS = "The clerk wants R500, ring me on 0821234567"


@pytest.fixture
def report(session, region) -> Case:
    session.add(User(username="zanele", role="municipal_manager"))
    session.add(User(username="bheki", role="supervisor"))
    accepted = writes(session, WORDS)
    new = NewCase(
        case_class="complaint",
        category="corruption",
        description=WORDS,
        place="Ballito",
        account_number="41006273",
        conversation_id=accepted.conversation_id,
        source_message_id=accepted.message_id,
    )
    return open_case(session, region, new, NOW)


def test_corruption_and_conduct_are_confidential_and_praise_is_not(session, region, report):
    assert report.confidential
    for case_class, category, confidential in (
        ("complaint", "staff", True),
        ("compliment", "staff", False),
        ("complaint", "roads", False),
    ):
        new = NewCase(case_class=case_class, category=category, description="x", place="Ballito")
        assert open_case(session, region, new, NOW).confidential is confidential


def test_it_is_hidden_unless_asked_for(session, region, report):
    with pytest.raises(Confidential):
        case_json(session, report.reference)
    assert case_json(session, report.reference, confidential=True)["confidential"] is True
    assert list_cases(session) == list(export_cases(session)) == []
    assert list_cases(session, CaseFilter(confidential=True)) == [report]


def test_who_looks_is_written_down_and_who_may_not_is_refused(session, region, report):
    note_viewed(session, region, [report], "agent:zanele", NOW)
    with pytest.raises(NotForThem, match="administrator, municipal_manager"):
        note_viewed(session, region, [report], "agent:bheki", NOW)
    assert events(session, report.id)[-1] == ("viewed", "agent:zanele")


def test_only_they_and_the_owner_work_on_it(session, region, report):
    with pytest.raises(NotForThem):
        add_note(session, region, report.reference, "who is it?", "agent:bheki", NOW)
    assign_case(session, region, report.reference, "bheki", "agent:zanele", NOW)
    add_note(session, region, report.reference, "asked around", "agent:bheki", NOW)


def everything(session, case) -> str:
    """All that staff can read of the case and of the person."""
    citizen = citizen_of(session, case.conversation_id)
    session.flush()
    person = json.dumps(citizen_json(session, citizen))
    return json.dumps(
        [
            case_json(session, case.reference, confidential=True),
            person if case.reference in person else None,
            list(export_cases(session, CaseFilter(confidential=True))),
        ]
    )


class TestAnonymous:
    def test_nothing_leads_to_the_writer(self, session, region, report):
        assert THANDI in str(case_json(session, report.reference, confidential=True))
        make_anonymous(session, report, NOW)
        told = everything(session, report)
        citizen = str(citizen_of(session, report.conversation_id))
        for trace in (THANDI, "0821234567", citizen, str(report.conversation_id), "41006273"):
            assert trace not in told
        assert report.description.endswith(HIDDEN)
        assert case_json(session, report.reference, confidential=True)["reporter"] == "anonymous"

    def test_nor_does_the_number_lead_to_the_report(self, session, region, report):
        make_anonymous(session, report, NOW)
        session.flush()
        view = conversation_view(session, "sms", THANDI)
        assert (view["messages"], view["last_case_id"]) == ([], None)
        mine = CaseFilter(citizen_id=citizen_of(session, report.conversation_id), confidential=True)
        assert list_cases(session, mine) == []
        assert report.reference not in json.dumps(citizen_json(session, mine.citizen_id))

    def test_what_is_answered_to_a_sealed_message_is_sealed(self, session, region, report):
        make_anonymous(session, report, NOW)
        status = writes(session, "STATUS")
        seal_anonymous(session, [report], status.message_id)
        finish_turn(session, status.message_id, [reply(report.reference)], asking=None, choices=[])
        other = writes(session, "hello")
        finish_turn(session, other.message_id, [reply("Hello")], asking=None, choices=[])
        bodies = [message["body"] for message in conversation_view(session, "sms", THANDI)["messages"]]
        assert bodies == ["hello", "Hello"]

    def test_reference_and_chat_work_all_the_same(self, session, region, report):
        make_anonymous(session, report, NOW)
        citizen = citizen_of(session, report.conversation_id)
        assert find_own_case(session, region, citizen, report.reference).case is report
        ask_citizen(session, region, report.reference, "At which office?", "agent:zanele", NOW)
        assert session.scalars(select(Notice.kind)).all() == ["waiting"]
        answer = writes(session, "At the hall")
        take_answer(
            session, region, report.reference, "At the hall", answer.message_id, NOW + timedelta(hours=1)
        )
        assert (report.stage, report.reason) == ("in_progress", "At the hall")
        assert session.get_one(Message, answer.message_id, populate_existing=True).sealed

    def test_twice_is_once(self, session, region, report):
        make_anonymous(session, report, NOW)
        make_anonymous(session, report, NOW)
        assert [kind for kind, _ in events(session, report.id)] == ["opened", "made_anonymous"]


def reply(body: str) -> ReplyToStore:
    return ReplyToStore(body=body, language="en")
