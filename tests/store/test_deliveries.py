"""Outbound messages: begun before the call, and moved forward only by what providers report."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import event, func, select

from crm_store.database import single_statements, transaction
from crm_store.services import deliveries
from crm_store.services.conversations import opt_in, opt_out, request_agent
from crm_store.services.deliveries import (
    forget_early_receipts,
    keep_receipt,
    mark_failed,
    mark_sent,
    record_receipt,
    start_delivery,
)
from crm_store.services.turns import ReplyToStore, finish_turn, load_turn
from crm_store.tables import EarlyReceipt, Message
from tests.store.people import THANDI, writes


@pytest.fixture
def reply(session):
    accepted = writes(session)
    ids = finish_turn(session, accepted.message_id, [ReplyToStore(body="Siyabonga")], asking=None, choices=[])
    return session.get_one(Message, ids[0])


def test_a_delivery_is_marked_before_the_call(session, reply):
    out = start_delivery(session, reply.id)
    assert (out.body, out.channel, out.address, out.attempt) == ("Siyabonga", "sms", THANDI, 1)
    assert (out.maybe_sent, out.template) == (False, None)
    assert reply.status == "sending"


def test_an_attempt_that_ended_without_a_word_may_have_sent(session, reply):
    start_delivery(session, reply.id)
    session.commit()
    again = start_delivery(session, reply.id)
    assert (again.attempt, again.maybe_sent) == (2, True)
    assert again.attempted_at <= datetime.now(UTC)


def test_a_refusal_that_may_pass_is_tried_again_without_doubt(session, reply):
    start_delivery(session, reply.id)
    mark_failed(session, reply.id, code="20429", text="too many requests", permanent=False)
    assert (reply.status, reply.error_code) == ("stored", "20429")
    assert start_delivery(session, reply.id).maybe_sent is False
    mark_sent(session, reply.id, "SMout", segments=1)
    assert (reply.status, reply.error_code, reply.segments) == ("sent", None, 1)
    assert reply.sent_at is not None


def test_a_refusal_for_good_ends_it(session, reply):
    start_delivery(session, reply.id)
    mark_failed(session, reply.id, code="21614", text="not a mobile number", permanent=True)
    assert reply.status == "failed"
    assert start_delivery(session, reply.id) is None


def test_what_is_sent_is_not_sent_again(session, reply):
    start_delivery(session, reply.id)
    mark_sent(session, reply.id, "SMout")
    assert start_delivery(session, reply.id) is None


def test_who_opts_out_before_the_delivery_gets_nothing(session, reply):
    address_id = load_turn(session, writes(session).message_id).address_id
    opt_out(session, address_id)
    assert start_delivery(session, reply.id) is None
    assert reply.status == "suppressed"
    opt_in(session, address_id)
    assert start_delivery(session, reply.id) is None


@pytest.mark.parametrize(
    ("reports", "ends"),
    [
        (["queued", "sent", "delivered"], "delivered"),
        (["delivered", "sent"], "delivered"),
        (["read", "delivered"], "read"),
        (["undelivered", "sent"], "undelivered"),
        (["failed", "delivered"], "delivered"),
        (["nonsense"], "sent"),
    ],
)
def test_reports_move_forward_only(session, reply, reports, ends):
    start_delivery(session, reply.id)
    mark_sent(session, reply.id, "SMout")
    for report in reports:
        record_receipt(session, "sms", "SMout", report)
    session.refresh(reply)
    assert reply.status == ends


def kept(session):
    return session.scalar(select(func.count()).select_from(EarlyReceipt))


def test_a_report_that_overtakes_us_is_kept_until_its_id_is_stored(session, reply):
    start_delivery(session, reply.id)
    assert record_receipt(session, "sms", "SMout", "undelivered", "30003") is None
    assert keep_receipt(session, "sms", "SMout", "undelivered", "30003") is False
    assert record_receipt(session, "sms", "SMout", "sent") is False  # storing the id says that
    assert kept(session) == 1
    mark_sent(session, reply.id, "SMout")
    assert (reply.status, reply.error_code) == ("undelivered", "30003")
    assert kept(session) == 0


@pytest.mark.parametrize("reports", [["read", "delivered", "read"], ["failed", "read"]])
def test_of_several_that_overtake_us_the_furthest_stays(session, reply, reports):
    start_delivery(session, reply.id)
    for report in reports:
        keep_receipt(session, "sms", "SMout", report)
    assert kept(session) == 1
    mark_sent(session, reply.id, "SMout")
    assert (reply.status, kept(session)) == ("read", 0)


def test_a_report_whose_id_was_stored_meanwhile_is_not_kept(session, reply):
    start_delivery(session, reply.id)
    assert record_receipt(session, "sms", "SMout", "delivered") is None
    mark_sent(session, reply.id, "SMout")
    for moved in (True, False):  # a provider repeats itself
        assert keep_receipt(session, "sms", "SMout", "delivered") is moved
    session.refresh(reply)
    assert (reply.status, kept(session)) == ("delivered", 0)


def test_reports_of_strangers_are_forgotten(session):
    keep_receipt(session, "sms", "SMstranger", "delivered")
    assert forget_early_receipts(session, datetime.now(UTC)) == 0
    assert forget_early_receipts(session, datetime.now(UTC) + timedelta(days=3)) == 1


def test_a_report_never_touches_an_inbound_message(session):
    accepted = writes(session, provider_id="SMin")
    record_receipt(session, "sms", "SMin", "failed")
    assert session.get_one(Message, accepted.message_id).status == "received"


def test_the_sandbox_delivers_at_once(session, reply):
    start_delivery(session, reply.id)
    mark_sent(session, reply.id, None, status="delivered")
    assert reply.status == "delivered"


def test_a_receipt_in_the_moment_of_storing_the_id_is_not_lost(session, reply):
    start_delivery(session, reply.id)
    session.commit()
    mark_sent(session, reply.id, "SM-moment")  # not committed yet

    def report():
        with transaction() as other:
            return keep_receipt(other, "sms", "SM-moment", "delivered")

    with ThreadPoolExecutor(1) as threads:
        reported = threads.submit(report)
        with pytest.raises(TimeoutError):
            reported.result(0.3)  # it waits for the id
        session.commit()
        assert reported.result(10) is True
    session.refresh(reply)
    assert (reply.status, kept(session)) == ("delivered", 0)


def test_an_id_that_is_stored_while_we_look_for_it_does_not_lose_the_receipt(session, reply):
    start_delivery(session, reply.id)
    session.commit()

    def store(*_):
        with transaction() as other:
            mark_sent(other, reply.id, "SM-moment")

    with single_statements() as looking:
        event.listen(looking.get_bind(), "after_cursor_execute", store, once=True)
        assert record_receipt(looking, "sms", "SM-moment", "delivered") is None
    with transaction() as other:
        assert keep_receipt(other, "sms", "SM-moment", "delivered") is True
    session.refresh(reply)
    assert (reply.status, kept(session)) == ("delivered", 0)


def test_an_id_in_the_moment_of_keeping_its_receipt_waits_for_it(session, reply):
    start_delivery(session, reply.id)
    session.commit()

    def store():
        with transaction() as other:
            mark_sent(other, reply.id, "SM-moment")

    with transaction() as early, ThreadPoolExecutor(1) as threads:
        assert keep_receipt(early, "sms", "SM-moment", "delivered") is False
        stored = threads.submit(store)
        with pytest.raises(TimeoutError):
            stored.result(0.3)
        early.commit()
        stored.result(10)
    session.refresh(reply)
    assert (reply.status, kept(session)) == ("delivered", 0)


@pytest.mark.parametrize(("waits", "told"), [(True, 3), (False, 0)])
def test_the_ticks_of_the_assistants_words_are_told_to_a_chat_that_staff_have(
    session, reply, waits, told, monkeypatch
):
    topics = []
    monkeypatch.setattr(deliveries, "publish", lambda _session, topic: topics.append(topic))
    if waits:
        request_agent(session, reply.conversation_id, "asked")
    start_delivery(session, reply.id)
    mark_sent(session, reply.id, "SM77")
    for status in ("delivered", "read", "sent"):  # the last one is late, and changes nothing
        record_receipt(session, reply.channel, "SM77", status)
    assert topics == [f"words:{reply.conversation_id}"] * told
