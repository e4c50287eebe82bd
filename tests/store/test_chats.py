"""Chats with staff: asked for, kept as a case, taken, passed on, handed back, and returning by themselves."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from crm_store.database import transaction
from crm_store.domain.scope import EVERYWHERE, Scope
from crm_store.queries.chats import chats_in_hand, count_waiting, find_chat, thread, waiting_chats
from crm_store.queries.duty import colleagues, somebody_is_there
from crm_store.services.cases import NewCase, open_case
from crm_store.services.chats import (
    ChatRefused,
    add_chat_note,
    give_to_colleague,
    give_to_team,
    hand_back,
    send_again,
    when_answered,
)
from crm_store.services.citizens import erase_citizen
from crm_store.services.confidence import make_anonymous
from crm_store.services.conversations import (
    TakenByAnother,
    WindowIsClosed,
    citizen_of,
    request_agent,
    say,
    take_over,
)
from crm_store.services.deliveries import mark_failed, start_delivery
from crm_store.services.duty import note_seen, set_available
from crm_store.services.idle_chats import sweep_chats
from crm_store.services.turns import ReplyToStore, finish_turn
from crm_store.tables import Case, ChatNote, Conversation, EngineMemory, Message, StaffNotice, User
from tests.store.people import SIPHO, events, jobs, writes

#: A Monday in office hours, a Monday night.
OPEN = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 19, 0, tzinfo=UTC)


@pytest.fixture
def chat(session):
    return session.get_one(Conversation, writes(session, received_at=OPEN).conversation_id)


def agent(session, username="nomsa", **more):
    user = User(username=username, name=username.title(), role="agent", **more)
    session.add(user)
    session.flush()
    return user


def said(session, chat):
    """Keys of what the assistant said by itself, in their order."""
    session.flush()
    rows = (
        session.query(Message).filter_by(conversation_id=chat.id, author="system").order_by(Message.sequence)
    )
    return [row.response_key for row in rows]


# --- asked for ---


def test_with_somebody_there_the_person_is_told_to_wait(session, region, chat):
    agent(session)
    set_available(session, "nomsa", True, OPEN)
    request_agent(session, chat.id, "asked")
    answered = when_answered(session, region, chat.id, OPEN)
    assert (answered.key, answered.kept) == ("utter_agent_requested", False)
    assert session.query(Case).count() == 0


def test_with_nobody_there_the_matter_becomes_one_case(session, region, chat):
    request_agent(session, chat.id, "asked")
    first = when_answered(session, region, chat.id, OPEN)
    again = when_answered(session, region, chat.id, OPEN + timedelta(minutes=5))
    case = session.query(Case).one()
    assert first.key == again.key == "utter_agent_requested_busy"
    assert first.values["reference"] == case.reference
    assert (case.case_class, case.description, case.citizen_id) == (
        "query",
        "Awekho amanzi",
        citizen_of(session, chat.id),
    )


def test_out_of_hours_the_opening_time_is_told(session, region, chat):
    request_agent(session, chat.id, "asked")
    answered = when_answered(session, region, chat.id, NIGHT)
    assert answered.key == "utter_agent_requested_closed"
    assert answered.values["opens_at"] == "2026-11-24T05:30:00+00:00"
    assert session.query(Case).one().reference == answered.values["reference"]


def test_an_open_case_keeps_the_matter_and_no_second_one_is_made(session, region, chat):
    case = _case(session, region, chat)
    request_agent(session, chat.id, "asked")
    assert when_answered(session, region, chat.id, OPEN).values["reference"] == case.reference
    assert session.query(Case).count() == 1
    assert chat.municipality == case.municipality


def test_an_anonymous_report_shows_neither_in_the_chat_nor_in_the_answer(session, region, chat):
    message = session.query(Message).filter_by(conversation_id=chat.id).one()
    report = _case(session, region, chat, category="corruption", source_message_id=message.id)
    make_anonymous(session, report, OPEN)
    request_agent(session, chat.id, "asked")
    answered = when_answered(session, region, chat.id, OPEN)
    assert answered.values["reference"] != report.reference
    found = find_chat(session, EVERYWHERE, chat.id, confidential=True)
    assert found.reference != report.reference
    assert "Awekho amanzi" not in str(found)
    assert [item.body for item in thread(session, chat.id) if item.kind == "message"] == []


def test_who_is_away_or_elsewhere_or_not_seen_is_not_there(session, region):
    agent(session, "nomsa", municipality="KDM")
    agent(session, "bheki", municipality="MLM")
    set_available(session, "nomsa", True, OPEN)
    assert somebody_is_there(session, region, "KDM", None, OPEN)
    assert somebody_is_there(session, region, None, None, OPEN)
    assert not somebody_is_there(session, region, "MLM", None, OPEN)
    later = OPEN + timedelta(minutes=region.chats.seen_minutes)
    assert not somebody_is_there(session, region, "KDM", None, later)
    note_seen(session, "nomsa", later)
    assert somebody_is_there(session, region, "KDM", None, later)
    set_available(session, "nomsa", False, later)
    note_seen(session, "nomsa", later)
    assert not somebody_is_there(session, region, "KDM", None, later)
    assert [one.username for one in colleagues(session, region, OPEN, "MLM")] == ["bheki"]


# --- the waiting list ---


def test_the_list_is_in_the_order_of_waiting_and_of_the_scope(session, region, chat):
    other = session.get_one(Conversation, writes(session, "Umgwaqo", SIPHO, received_at=OPEN).conversation_id)
    request_agent(session, chat.id, "asked")
    request_agent(session, other.id, "not understood")
    chat.waiting_since, other.waiting_since = OPEN, OPEN + timedelta(minutes=1)
    other.municipality = "MLM"
    session.flush()
    assert [one.conversation_id for one in waiting_chats(session, EVERYWHERE)] == [chat.id, other.id]
    assert [one.conversation_id for one in waiting_chats(session, Scope("KDM"))] == [chat.id]
    assert count_waiting(session, Scope("KDM")) == (1, OPEN)
    other.waiting_first = True
    assert waiting_chats(session, EVERYWHERE)[0].last_words == "Umgwaqo"
    assert find_chat(session, Scope("KDM"), other.id) is None
    take_over(session, other.id, "nomsa")
    assert [one.agent for one in chats_in_hand(session, EVERYWHERE, "nomsa")] == ["nomsa"]
    assert chats_in_hand(session, EVERYWHERE, "bheki") == []


def test_a_chat_that_waits_for_nobody_is_in_the_scope_of_its_case(session, region, chat):
    _case(session, region, chat)
    assert find_chat(session, Scope("KDM"), chat.id) is not None
    assert find_chat(session, Scope("MLM"), chat.id) is None


# --- answering ---


def test_a_form_sent_twice_says_it_once(session, chat):
    take_over(session, chat.id, "nomsa")
    once = uuid4()
    first = say(session, chat.id, "Sawubona", "nomsa", once=once, now=OPEN)
    again = say(session, chat.id, "Sawubona", "nomsa", once=once, now=OPEN)
    assert first == again
    assert len(jobs(session, "deliver")) == 1


def test_on_sms_the_text_is_one_that_a_basic_phone_shows(session, chat):
    take_over(session, chat.id, "nomsa")
    message_id = say(
        session, chat.id, "It\u2019s done \u2013 thank you \U0001f600", "nomsa", now=OPEN
    ).message_id
    message = session.get_one(Message, message_id)
    assert (message.body, message.segments) == ("It's done - thank you", 1)


def test_whatsapp_takes_a_template_only_once_its_window_is_closed(session):
    accepted = writes(session, channel="whatsapp", received_at=OPEN)
    later = OPEN + timedelta(hours=25)
    take_over(session, accepted.conversation_id, "nomsa")
    with pytest.raises(WindowIsClosed):
        say(session, accepted.conversation_id, "Hello", "nomsa", now=later)
    template = {"sid": "HX1", "variables": {}}
    told = say(session, accepted.conversation_id, "Hello", "nomsa", template=template, now=later)
    assert session.get_one(Message, told.message_id).template == template


def test_a_failed_message_is_sent_again_as_a_new_one(session, chat):
    take_over(session, chat.id, "nomsa")
    message_id = say(session, chat.id, "Hello", "nomsa", now=OPEN).message_id
    send_again(session, chat.id, message_id, "nomsa")
    assert len(jobs(session, "deliver")) == 1
    start_delivery(session, message_id)
    mark_failed(session, message_id, code="30003", text="off", permanent=True, provider_id="SM1")
    send_again(session, chat.id, message_id, "nomsa")
    message = session.get_one(Message, message_id)
    assert (message.status, message.provider_id, message.error_code) == ("stored", None, None)
    assert len(jobs(session, "deliver")) == 2
    with pytest.raises(TakenByAnother):
        send_again(session, chat.id, message_id, "bheki")


# --- from hand to hand ---


def test_given_to_a_colleague_with_a_note_that_the_person_never_gets(session, region, chat):
    agent(session, "bheki")
    take_over(session, chat.id, "nomsa")
    give_to_colleague(session, region, chat.id, "nomsa", "bheki", "She speaks of the meter", OPEN)
    assert (chat.state, chat.agent) == ("agent", "bheki")
    assert session.query(ChatNote).one().body == "She speaks of the meter"
    assert session.query(StaffNotice).one().to_user == "bheki"
    assert jobs(session, "deliver") == []
    with pytest.raises(TakenByAnother):
        say(session, chat.id, "one more thing", "nomsa", now=OPEN)
    with pytest.raises(ChatRefused):
        give_to_colleague(session, region, chat.id, "bheki", "nobody", "", OPEN)
    kinds = [item.kind for item in thread(session, chat.id)]
    assert kinds.count("note") == 1


def test_passed_to_another_team_the_person_is_told_whose(session, region, chat):
    agent(session, "bheki", municipality="MLM")
    set_available(session, "bheki", True, OPEN)
    take_over(session, chat.id, "nomsa")
    department = next(iter(region.municipalities["MLM"].departments))
    give_to_team(session, region, chat.id, "nomsa", "MLM", department, "Theirs", OPEN)
    assert (chat.state, chat.agent, chat.municipality) == ("waiting", None, "MLM")
    assert chat.waiting_first
    assert said(session, chat) == ["utter_agent_moved"]
    with pytest.raises(ChatRefused):
        give_to_team(session, region, chat.id, "nomsa", "XXX", None, "", OPEN)


def test_passed_to_a_team_with_nobody_there_the_person_gets_a_case(session, region, chat):
    take_over(session, chat.id, "nomsa")
    give_to_team(session, region, chat.id, "nomsa", "MLM", None, "", NIGHT)
    assert said(session, chat) == ["utter_agent_requested_closed"]
    assert session.query(Case).count() == 1


def test_handed_back_the_bot_says_so_and_begins_afresh(session, region, chat):
    session.add(EngineMemory(conversation_id=str(chat.id), state={"slots": {}}))
    chat.asking = "location"
    take_over(session, chat.id, "nomsa")
    hand_back(session, region, chat.id, "nomsa", OPEN)
    assert (chat.state, chat.agent, chat.asking) == ("bot", None, None)
    assert said(session, chat) == ["utter_agent_left"]
    assert session.query(EngineMemory).count() == 0
    with pytest.raises(ChatRefused):
        hand_back(session, region, chat.id, "nomsa", OPEN)


def test_handed_back_with_a_case_the_person_hears_its_reference(session, region, chat):
    take_over(session, chat.id, "nomsa")
    case = _case(session, region, chat)
    hand_back(session, region, chat.id, "nomsa", OPEN, "case", case)
    assert said(session, chat) == ["utter_agent_left_case"]
    last = session.query(Message).order_by(Message.sequence.desc()).first()
    assert case.reference in last.body


def test_the_bot_goes_on_with_its_question(session, region):
    accepted = writes(session, received_at=OPEN)
    question = ReplyToStore(
        body="Kuphi?", response_key="utter_ask_location", values={"category": "water"}, language="zu"
    )
    finish_turn(session, accepted.message_id, [question], asking="location", choices=[], language="zu")
    chat = session.get_one(Conversation, accepted.conversation_id)
    take_over(session, chat.id, "nomsa")
    hand_back(session, region, chat.id, "nomsa", OPEN, "question")
    assert chat.asking == "location"
    assert said(session, chat) == ["utter_agent_left", "utter_ask_location"]


# --- by themselves ---


def test_a_chat_that_its_agent_left_returns_to_the_top_of_the_list(session, region, chat):
    agent(session, "bheki")
    set_available(session, "bheki", True, OPEN)
    take_over(session, chat.id, "nomsa")
    say(session, chat.id, "One moment", "nomsa", now=OPEN)
    writes(session, "are you there?", received_at=OPEN)
    session.commit()
    almost = OPEN + timedelta(minutes=region.chats.agent_idle_minutes)
    sweep_chats(transaction, region, almost)
    assert session.get_one(Conversation, chat.id, populate_existing=True).state == "agent"
    with transaction() as other:
        set_available(other, "bheki", True, almost)
    sweep_chats(transaction, region, almost + timedelta(seconds=1))
    sweep_chats(transaction, region, almost + timedelta(seconds=2))
    session.refresh(chat)
    assert (chat.state, chat.agent, chat.waiting_first) == ("waiting", None, True)
    assert chat.waiting_since == OPEN
    assert said(session, chat) == ["utter_agent_returned"]
    assert session.query(StaffNotice).one().kind == "chat_returned"
    assert ("returned", "system") in events(session, chat.id)


def test_a_silent_person_is_given_back_to_the_bot_at_a_decent_hour(session, region, chat):
    take_over(session, chat.id, "nomsa")
    say(session, chat.id, "Which house is it?", "nomsa", now=OPEN)
    session.commit()
    at_night = OPEN + timedelta(hours=region.chats.citizen_silent_hours + 2)
    sweep_chats(transaction, region, at_night)
    session.refresh(chat)
    assert chat.state == "agent"
    sweep_chats(transaction, region, OPEN + timedelta(hours=23))
    session.refresh(chat)
    assert chat.state == "bot"
    assert said(session, chat) == ["utter_agent_gone"]


def test_a_chat_that_nobody_takes_becomes_a_case_once(session, region, chat):
    request_agent(session, chat.id, "asked")
    chat.waiting_since = OPEN
    session.commit()
    late = OPEN + timedelta(minutes=region.chats.unclaimed_minutes + 1)
    sweep_chats(transaction, region, late)
    sweep_chats(transaction, region, late + timedelta(minutes=1))
    session.refresh(chat)
    assert chat.state == "waiting"
    assert said(session, chat) == ["utter_agent_requested_busy"]
    assert session.query(Case).count() == 1
    assert [notice.kind for notice in session.query(StaffNotice)] == ["chat_unclaimed"]


def test_notes_are_forgotten_with_the_person(session, chat):
    add_chat_note(session, chat.id, "nomsa", "Lives at number 7", OPEN)
    erase_citizen(session, citizen_of(session, chat.id), "agent:console")
    assert session.query(ChatNote).count() == 0


def _case(session, region, chat, category="roads", **more):
    new = NewCase(
        case_class="complaint",
        category=category,
        description="Pothole",
        place="Ballito",
        conversation_id=chat.id,
        **more,
    )
    return open_case(session, region, new, OPEN)
