"""A message is stored once, in its order, with its turn, whatever it holds and however often it comes."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from sqlalchemy import func, select

from crm_store.database import transaction
from crm_store.services.conversations import take_over
from crm_store.services.inbox import LONGEST_BODY, InboundMessage, accept_message
from crm_store.tables import Address, Citizen, Conversation, Message
from tests.store.people import NOW, SIPHO, THANDI, jobs, writes


def test_a_message_is_stored_with_its_turn(session):
    accepted = writes(session, "Awekho amanzi eSundumbili")
    message = session.get_one(Message, accepted.message_id)
    assert (message.body, message.status, message.author) == (
        "Awekho amanzi eSundumbili",
        "received",
        "citizen",
    )
    assert session.get_one(Conversation, accepted.conversation_id).last_inbound_at == NOW
    (turn,) = jobs(session, "take_turn")
    assert turn["lock"] == f"conversation:{accepted.conversation_id}"
    assert turn["args"] == {"message_id": str(accepted.message_id)}


def test_a_word_for_the_agent_who_answers_needs_no_turn(session):
    chat = writes(session, "Ngicela usizo").conversation_id
    take_over(session, chat, "thoko")
    before = len(jobs(session, "take_turn"))
    kept = writes(session, "Ngisalindile")
    message = session.get_one(Message, kept.message_id)
    assert (message.status, message.handled_at) == ("handled", NOW)
    assert len(jobs(session, "take_turn")) == before
    assert session.get_one(Conversation, chat).citizen_waits_since == NOW


@pytest.mark.parametrize("said", ["STOP", "misa", "no updates"])
def test_what_steers_the_conversation_is_obeyed_while_an_agent_answers(session, said):
    take_over(session, writes(session, "Ngicela usizo").conversation_id, "thoko")
    before = len(jobs(session, "take_turn"))
    steering = writes(session, said)
    assert session.get_one(Message, steering.message_id).status == "received"
    assert len(jobs(session, "take_turn")) == before + 1


def test_nothing_is_left_when_the_transaction_fails(session):
    writes(session)
    session.rollback()
    assert session.scalar(select(func.count()).select_from(Message)) == 0
    assert jobs(session, "take_turn") == []


def test_the_same_message_again_does_nothing(session):
    first = writes(session, provider_id="SM_same")
    session.commit()
    again = writes(session, provider_id="SM_same")
    assert again.duplicate
    assert again.message_id == first.message_id
    assert len(jobs(session, "take_turn")) == 1


def test_the_same_id_on_another_channel_is_another_message(session):
    writes(session, provider_id="42")
    assert not writes(session, provider_id="42", channel="telegram", address="777").duplicate


def test_many_deliveries_of_one_message_at_one_moment_store_it_once(database_url):
    copies = 12
    start = Barrier(copies)

    def deliver(_):
        start.wait()
        with transaction() as session:
            return accept_message(
                session, InboundMessage(channel="sms", address=THANDI, provider_id="SM_once", body="water")
            )

    with ThreadPoolExecutor(copies) as threads:
        accepted = list(threads.map(deliver, range(copies)))
    assert len({one.message_id for one in accepted}) == 1
    assert [one.duplicate for one in accepted].count(False) == 1
    with transaction() as session:
        assert len(jobs(session, "take_turn")) == 1
        assert session.scalar(select(func.count()).select_from(Citizen)) == 1


def test_messages_of_one_person_keep_their_order_under_concurrency(database_url):
    def deliver(number):
        with transaction() as session:
            return accept_message(
                session,
                InboundMessage(channel="sms", address=THANDI, provider_id=f"SM{number}", body=str(number)),
            )

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(deliver, range(24)))
    with transaction() as session:
        by_sequence = list(session.scalars(select(Message.id).order_by(Message.sequence)))
        by_job = [job["args"]["message_id"] for job in jobs(session, "take_turn")]
        assert by_job == [str(one) for one in by_sequence]
        assert session.scalar(select(func.count()).select_from(Conversation)) == 1


def test_one_number_on_sms_and_whatsapp_is_one_person(session):
    writes(session, channel="sms")
    writes(session, channel="whatsapp")
    writes(session, channel="sms", address=SIPHO)
    assert session.scalar(select(func.count()).select_from(Address)) == 3
    assert session.scalar(select(func.count()).select_from(Citizen)) == 2


def test_a_telegram_chat_is_nobodys_number(session):
    writes(session, channel="sms", address="27821234567")
    writes(session, channel="telegram", address="27821234567")
    assert session.scalar(select(func.count()).select_from(Citizen)) == 2


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        pytest.param("a\x00b", "ab", id="NUL"),
        pytest.param("", "", id="empty"),
        pytest.param("💧🚰", "💧🚰", id="emoji"),
        pytest.param("مرحبا", "مرحبا", id="right-to-left"),
        pytest.param("\ud83d", "?", id="half a surrogate pair"),
    ],
)
def test_odd_bodies(session, sent, kept):
    assert session.get_one(Message, writes(session, sent).message_id).body == kept


def test_a_very_long_body_is_cut_and_marked(session):
    message = session.get_one(Message, writes(session, "x" * (LONGEST_BODY + 1)).message_id)
    assert (len(message.body), message.body_cut) == (LONGEST_BODY, True)
    whole = session.get_one(Message, writes(session, "x" * LONGEST_BODY).message_id)
    assert not whole.body_cut


def test_a_location_and_media_are_kept(session):
    pin = writes(session, "", kind="location", latitude=-29.33, longitude=31.29)
    assert session.get_one(Message, pin.message_id).latitude == -29.33
    picture = writes(session, "", kind="media", media=[{"url": "https://x/1\x00", "type": "image/jpeg"}])
    assert session.get_one(Message, picture.message_id).media == [
        {"url": "https://x/1", "type": "image/jpeg"}
    ]


def test_the_profile_name_becomes_the_citizens(session):
    accepted = writes(session, profile_name="Thandi")
    address = session.get_one(Address, session.get_one(Conversation, accepted.conversation_id).address_id)
    assert session.get_one(Citizen, address.citizen_id).name == "Thandi"


@examples(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.text(st.characters(), max_size=60), name=st.text(st.characters(), max_size=8))
def test_any_text_is_stored(session, body, name):
    accepted = writes(session, body, profile_name=name, button_payload=body)
    session.flush()
    assert session.get_one(Message, accepted.message_id) is not None
