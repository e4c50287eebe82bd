"""Takeover, opt-out, language: who answers, how, and whether at all."""

import pytest

from crm_store.queries.conversations import conversation_view, find_conversation, messages_of
from crm_store.services.cases import NewCase, open_case
from crm_store.services.conversations import (
    TakenByAnother,
    citizen_of,
    count_not_understood,
    opt_in,
    opt_out,
    release,
    request_agent,
    say,
    set_language,
    take_over,
    understood,
)
from crm_store.services.turns import ReplyToStore, finish_turn
from crm_store.tables import Citizen, Conversation, Message
from tests.store.people import NOW, THANDI, events, jobs, writes


@pytest.fixture
def conversation(session):
    return session.get_one(Conversation, writes(session).conversation_id)


def test_waiting_for_a_person_until_one_takes_over_and_releases(session, conversation):
    assert request_agent(session, conversation.id, "asked") is True
    assert request_agent(session, conversation.id, "asked again") is False
    assert (conversation.state, conversation.waiting_reason) == ("waiting", "asked")
    waiting_since = conversation.waiting_since
    take_over(session, conversation.id, "nomsa")
    assert (conversation.state, conversation.agent) == ("agent", "nomsa")
    assert conversation.waiting_since == waiting_since
    release(session, conversation.id, "nomsa")
    assert (conversation.state, conversation.agent, conversation.waiting_since) == ("bot", None, None)
    assert events(session, conversation.id) == [
        ("agent_requested", "citizen"),
        ("taken_over", "agent:nomsa"),
        ("released", "agent:nomsa"),
    ]


def test_two_people_do_not_answer_at_once(session, conversation):
    take_over(session, conversation.id, "nomsa")
    take_over(session, conversation.id, "nomsa")
    for deed in (take_over, release, lambda *of: say(of[0], of[1], "hello", of[2])):
        with pytest.raises(TakenByAnother, match="nomsa"):
            deed(session, conversation.id, "bheki")


def test_a_release_forgets_the_stale_question(session, conversation):
    conversation.asking, conversation.choices = "location", [{"number": 1, "title": "x", "payload": "y"}]
    take_over(session, conversation.id, "nomsa")
    release(session, conversation.id, "nomsa")
    assert (conversation.asking, conversation.choices) == (None, [])


def test_what_a_person_says_is_delivered(session, conversation):
    said = say(session, conversation.id, "Sawubona\x00", "nomsa")
    message = session.get_one(Message, said.message_id)
    assert (message.body, message.author, message.status) == ("Sawubona", "agent:nomsa", "stored")
    assert jobs(session, "deliver")[0]["args"] == {"message_id": str(said.message_id)}


def test_nobody_writes_to_who_opted_out(session, conversation):
    assert opt_out(session, conversation.address_id) is True
    assert opt_out(session, conversation.address_id) is False
    said = say(session, conversation.id, "Please reconsider", "nomsa")
    assert said.suppressed
    assert jobs(session, "deliver") == []
    assert opt_in(session, conversation.address_id) is True
    assert opt_in(session, conversation.address_id) is False
    assert [kind for kind, _ in events(session, conversation.address_id)] == ["opted_out", "opted_in"]


def test_the_language_is_the_citizens_too(session, conversation):
    set_language(session, conversation.id, "en", asked=True)
    set_language(session, conversation.id, "en", asked=True)
    assert (conversation.language, conversation.language_asked) == ("en", True)
    assert session.get_one(Citizen, citizen_of(session, conversation.id)).language == "en"
    assert events(session, conversation.id) == [("language_changed", "citizen")]


def test_not_understood_counts_in_a_row(session, conversation):
    assert [count_not_understood(session, conversation.id) for _ in range(3)] == [1, 2, 3]
    understood(session, conversation.id)
    assert count_not_understood(session, conversation.id) == 1


def test_the_view_tells_all(session):
    accepted = writes(session, "Sawubona")
    finish_turn(
        session,
        accepted.message_id,
        [ReplyToStore(body="Kuphi?", response_key="utter_ask_location")],
        asking="location",
        choices=[],
        language="zu",
        notice_sent=True,
    )
    view = conversation_view(session, "sms", THANDI)
    assert {key: view[key] for key in ("state", "language", "asking", "consent", "opted_out", "choices")} == {
        "state": "bot",
        "language": "zu",
        "asking": "location",
        "consent": True,
        "opted_out": False,
        "choices": [],
    }
    assert [(one["direction"], one["body"]) for one in view["messages"]] == [
        ("in", "Sawubona"),
        ("out", "Kuphi?"),
    ]
    assert conversation_view(session, "whatsapp", THANDI) is None


def test_messages_after_a_point(session, conversation):
    second = writes(session, "second")
    everything = messages_of(session, conversation.id)
    assert [one.id for one in messages_of(session, conversation.id, after=everything[0].sequence)] == [
        second.message_id
    ]
    assert [one.id for one in messages_of(session, conversation.id, limit=1)] == [second.message_id]
    assert find_conversation(session, "sms", THANDI).id == conversation.id


def test_the_first_word_of_a_person_is_the_first_response_of_the_open_cases(session, region):
    accepted = writes(session)
    new = NewCase(
        case_class="complaint",
        category="roads",
        description="Pothole",
        place="Ballito",
        conversation_id=accepted.conversation_id,
    )
    case = open_case(session, region, new, NOW)
    say(session, accepted.conversation_id, "We are on our way", "thandi")
    first = case.first_responded_at
    assert first is not None
    say(session, accepted.conversation_id, "Nearly there", "thandi")
    assert case.first_responded_at == first
    assert [kind for kind, _ in events(session, case.id)] == ["opened", "first_response"]
