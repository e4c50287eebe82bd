"""A turn is begun as often as need be and finished once."""

import pytest

from crm_store.services.accounts import use_account
from crm_store.services.conversations import opt_out, set_language, take_over
from crm_store.services.turns import (
    ReplyToStore,
    finish_turn,
    load_turn,
    messages_waiting,
    note_delayed,
)
from crm_store.tables import Account, Conversation, Message
from tests.store.people import NOW, THANDI, jobs, writes

YES_NO = [{"number": 1, "title": "Yebo", "payload": "yes"}, {"number": 2, "title": "Cha", "payload": "no"}]


def replies(*bodies: str, **more) -> list[ReplyToStore]:
    return [ReplyToStore(body=body, response_key="utter_x", **more) for body in bodies]


def test_what_a_turn_finds(session):
    accepted = writes(session, "hello")
    turn = load_turn(session, accepted.message_id)
    assert (turn.body, turn.channel, turn.address, turn.attempt) == ("hello", "sms", THANDI, 1)
    assert (turn.state, turn.language, turn.asking, turn.choices) == ("bot", None, None, [])
    assert (turn.opted_out, turn.notice_sent, turn.known_accounts) == (False, False, [])


def test_a_turn_that_is_begun_again_knows_it(session):
    accepted = writes(session)
    load_turn(session, accepted.message_id)
    assert load_turn(session, accepted.message_id).attempt == 2


def test_finishing_stores_replies_in_order_and_asks_for_their_delivery(session):
    accepted = writes(session)
    ids = finish_turn(
        session,
        accepted.message_id,
        replies("one", "two"),
        asking="location",
        choices=YES_NO,
        language="zu",
        understanding={"class": "complaint"},
        notice_sent=True,
    )
    stored = [session.get_one(Message, one) for one in ids]
    assert [(row.body, row.position, row.status, row.language) for row in stored] == [
        ("one", 0, "stored", "zu"),
        ("two", 1, "stored", "zu"),
    ]
    assert stored[0].sequence < stored[1].sequence
    deliveries = jobs(session, "deliver")
    # One job delivers them all, in their order.
    assert [job["args"]["message_id"] for job in deliveries] == [str(ids[0])]
    assert {job["lock"] for job in deliveries} == {f"out:{accepted.conversation_id}"}
    turn = load_turn(session, writes(session).message_id)
    assert (turn.asking, turn.choices, turn.language, turn.notice_sent) == ("location", YES_NO, "zu", True)
    message = session.get_one(Message, accepted.message_id)
    assert (message.status, message.understanding) == ("handled", {"class": "complaint"})


def test_a_turn_is_finished_once(session):
    accepted = writes(session)
    first = finish_turn(session, accepted.message_id, replies("one"), asking="location", choices=[])
    session.commit()
    again = finish_turn(session, accepted.message_id, replies("other", "more"), asking=None, choices=[])
    assert again == first
    assert len(jobs(session, "deliver")) == 1
    assert session.get_one(Conversation, accepted.conversation_id).asking == "location"
    assert load_turn(session, accepted.message_id) is None


def test_without_a_language_the_conversation_keeps_its_own(session):
    accepted = writes(session)
    set_language(session, accepted.conversation_id, "en", asked=True)
    finish_turn(session, accepted.message_id, [], asking=None, choices=[])
    assert session.get_one(Conversation, accepted.conversation_id).language == "en"


def test_a_person_who_opted_out_hears_only_the_confirmation(session):
    accepted = writes(session, "STOP")
    turn = load_turn(session, accepted.message_id)
    opt_out(session, turn.address_id)
    ids = finish_turn(
        session,
        accepted.message_id,
        [*replies("confirmed", always=True), *replies("a reminder")],
        asking=None,
        choices=[],
    )
    assert [session.get_one(Message, one).status for one in ids] == ["stored", "suppressed"]
    assert [job["args"]["message_id"] for job in jobs(session, "deliver")] == [str(ids[0])]


def test_the_bot_is_silent_when_a_person_took_over_while_it_thought(session):
    accepted = writes(session)
    load_turn(session, accepted.message_id)
    take_over(session, accepted.conversation_id, "nomsa")
    ids = finish_turn(session, accepted.message_id, replies("late"), asking=None, choices=[])
    assert [session.get_one(Message, one).status for one in ids] == ["suppressed"]
    assert jobs(session, "deliver") == []


def test_known_accounts_are_those_used_and_those_of_this_number(session):
    accepted = writes(session)
    turn = load_turn(session, accepted.message_id)
    session.add(Account(account_number="41000001", municipality="KDM", phone=THANDI))
    session.add(Account(account_number="41000002", municipality="KDM", phone="+27110000000"))
    use_account(session, turn.citizen_id, "41006273", NOW)
    assert load_turn(session, accepted.message_id).known_accounts == ["41006273", "41000001"]


def test_a_delay_is_noted_once_however_many_messages_wait(session):
    first, second = writes(session), writes(session)
    waiting = messages_waiting(session, before=NOW.replace(hour=9))
    assert [one.message_id for one in waiting] == [first.message_id, second.message_id]
    assert note_delayed(session, first.message_id, "We have your message.", "en") is True
    assert note_delayed(session, first.message_id, "We have your message.", "en") is False
    assert note_delayed(session, second.message_id, "We have your message.", "en") is False
    assert len(jobs(session, "deliver")) == 1
    assert messages_waiting(session, before=NOW.replace(hour=9)) == []


def test_the_replies_follow_the_note(session):
    accepted = writes(session)
    note_delayed(session, accepted.message_id, "We have your message.", "en")
    (reply,) = finish_turn(session, accepted.message_id, replies("Done."), asking=None, choices=[])
    assert session.get_one(Message, reply).position == 0
    assert len(jobs(session, "deliver")) == 2


@pytest.mark.parametrize("reason", ["handled", "opted out", "taken over"])
def test_no_delay_is_noted_to(session, reason):
    accepted = writes(session)
    if reason == "handled":
        finish_turn(session, accepted.message_id, [], asking=None, choices=[])
    elif reason == "opted out":
        opt_out(session, load_turn(session, accepted.message_id).address_id)
    else:
        take_over(session, accepted.conversation_id, "nomsa")
    assert note_delayed(session, accepted.message_id, "We have your message.", "en") is False
    assert jobs(session, "deliver") == []


def test_nobody_waits_for_a_recent_message(session):
    writes(session)
    assert messages_waiting(session, before=NOW) == []
