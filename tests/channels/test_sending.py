"""The door out: what a provider's failure becomes, and that a message goes out once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from procrastinate.jobs import Job
from sqlalchemy import text

from bot.channels import twilio_wire as wire
from bot.channels.errors import NoAnswer, RateLimited, Rejected, SendError, WindowClosed
from bot.channels.twilio_wire import TWILIO_ERRORS
from bot.sending import deliver
from bot.tasks import BackOff
from crm_store.database import transaction
from crm_store.services.deliveries import start_delivery
from tests.messaging import Messaging, new_number
from tests.stand_ins.failures import Failure


def greeted(messaging: Messaging, sender: str | None = None) -> str:
    """A person to whom the first reply and the notice have been sent."""
    number = new_number()
    messaging.sms((sender or "") + number, "hello")
    messaging.work()
    messaging.twilio.sent.clear()
    return number


def statuses(messaging: Messaging, number: str, channel: str = "sms") -> list[str]:
    return [message.status for message in messaging.messages(channel, number, "out")]


def test_a_failure_of_the_provider_is_tried_again_and_keeps_the_order(messaging):
    number = greeted(messaging)
    messaging.twilio.failures.add(Failure(status=500, times=2))
    messaging.sms(number, "one")
    messaging.sms(number, "two")
    messaging.work()
    assert messaging.twilio.sent == []
    for _ in range(3):
        messaging.hurry()
        messaging.work()
    assert len(messaging.twilio.sent) == 2
    assert statuses(messaging, number)[2:] == ["sent", "sent"]
    assert [m.provider_id for m in messaging.messages("sms", number, "out")][2:] == [
        m["sid"] for m in messaging.twilio.sent
    ]


def test_the_provider_is_obeyed_when_it_says_how_long_to_wait(messaging):
    number = greeted(messaging)
    messaging.twilio.failures.add(Failure(status=429, code=20429, retry_after=42))
    messaging.sms(number, "one")
    before = datetime.now(UTC)
    messaging.work()
    after = datetime.now(UTC)
    with transaction() as session:
        due = session.execute(
            text("SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'deliver'")
        ).scalar_one()
    assert before <= due - timedelta(seconds=42) <= after
    assert statuses(messaging, number)[-1] == "stored"


def test_an_opt_out_told_by_a_refusal_is_recorded(messaging):
    number = greeted(messaging)
    messaging.twilio.opted_out.add(number)
    messaging.sms(number, "one")
    messaging.work()
    assert messaging.opted_out("sms", number)
    last = messaging.messages("sms", number, "out")[-1]
    assert (last.status, last.error_code) == ("failed", "21610")
    messaging.sms(number, "two")
    messaging.work()
    assert statuses(messaging, number)[-1] == "suppressed"


def test_a_closed_window_is_final(messaging):
    number = greeted(messaging, "whatsapp:")
    messaging.twilio.failures.add(Failure(status=400, code=63016))
    messaging.sms(f"whatsapp:{number}", "one")
    messaging.work()
    assert statuses(messaging, number, "whatsapp")[-1] == "failed"
    assert messaging.due() == 0


@pytest.mark.parametrize("channel", ["sms", "whatsapp"])
def test_a_message_whose_answer_was_lost_is_not_sent_twice(messaging, monkeypatch, channel):
    prefix = "whatsapp:" if channel == "whatsapp" else ""
    number = greeted(messaging, prefix)
    monkeypatch.setattr(wire, "TIME_OUT_SECONDS", 0.3)
    messaging.twilio.failures.add(Failure(delay_seconds=1.0, take_it=True))
    messaging.sms(prefix + number, "one")
    messaging.work()
    assert statuses(messaging, number, channel)[-1] == "sending"
    messaging.hurry()
    messaging.work()
    assert len(messaging.twilio.sent) == 1
    last = messaging.messages(channel, number, "out")[-1]
    assert (last.status, last.provider_id) == ("sent", messaging.twilio.sent[0]["sid"])


def test_a_message_that_never_arrived_is_sent_again_though_the_same_words_went_out_before(
    messaging, monkeypatch
):
    number = greeted(messaging)
    messaging.sms(number, "one")
    messaging.work()
    monkeypatch.setattr(wire, "TIME_OUT_SECONDS", 0.3)
    messaging.twilio.failures.add(Failure(delay_seconds=1.0))
    messaging.sms(number, "two")  # answered with the very same words
    messaging.work()
    messaging.hurry()
    messaging.work()
    first, second = messaging.twilio.sent
    assert first["body"] == second["body"]
    assert statuses(messaging, number)[-2:] == ["sent", "sent"]


def test_a_worker_killed_in_the_moment_of_the_call_asks_first(messaging):
    number = greeted(messaging)
    messaging.sms(number, "one")
    messaging.work()
    (sent,) = messaging.twilio.sent
    message = messaging.messages("sms", number, "out")[-1]
    with transaction() as session:  # what a SIGKILL between the call and its record leaves behind
        session.execute(
            text("UPDATE messages SET status = 'sending', provider_id = NULL WHERE id = :id"),
            {"id": message.id},
        )
    assert deliver(message.id) == "found_sent"
    assert len(messaging.twilio.sent) == 1
    assert messaging.messages("sms", number, "out")[-1].provider_id == sent["sid"]


def test_a_message_is_delivered_once_however_often_it_is_asked_for(messaging):
    number = greeted(messaging)
    message: UUID = messaging.messages("sms", number, "out")[0].id
    assert deliver(message) == "nothing_to_send"
    with transaction() as session:
        assert start_delivery(session, message) is None


def test_the_last_attempt_is_final(messaging):
    number = greeted(messaging)
    messaging.twilio.failures.add(Failure(status=503, times=50))
    messaging.sms(number, "one")
    messaging.work()
    assert deliver(messaging.messages("sms", number, "out")[-1].id, last_attempt=True) == "failed"
    assert statuses(messaging, number)[-1] == "failed"


def chatting(messaging: Messaging) -> str:
    chat = new_number()[1:]
    messaging.update(update(chat))
    return chat


def update(chat: str) -> dict:
    home = {"id": int(chat), "type": "private"}
    return {"update_id": int(chat), "message": {"message_id": 1, "date": 0, "chat": home, "text": "hello"}}


def test_telegram_is_obeyed_when_it_says_how_long_to_wait(messaging):
    messaging.telegram.failures.add(Failure(status=429, retry_after=37))
    chatting(messaging)
    before = datetime.now(UTC)
    messaging.work()
    after = datetime.now(UTC)
    with transaction() as session:
        due = session.execute(
            text("SELECT min(scheduled_at) FROM procrastinate_jobs WHERE task_name = 'deliver'")
        ).scalar_one()
    assert before <= due - timedelta(seconds=37) <= after
    assert messaging.telegram.sent == []
    messaging.hurry()
    messaging.work()
    assert len(messaging.telegram.sent) == 2


def test_who_blocked_the_bot_on_telegram_has_opted_out(messaging):
    chat = new_number()[1:]
    messaging.telegram.blocked.add(int(chat))
    messaging.update(update(chat))
    messaging.work()
    assert messaging.opted_out("telegram", chat)
    assert statuses(messaging, chat, "telegram") == ["failed", "suppressed"]


def test_in_the_sandbox_nothing_leaves(sandbox):
    from bot.receiving import accept
    from crm_store.services.inbox import InboundMessage

    number = new_number()
    accept(InboundMessage(channel="sms", address=number, body="hello"))
    sandbox.work()
    assert statuses(sandbox, number) == ["delivered", "delivered"]
    assert sandbox.twilio.sent == []


@pytest.mark.parametrize(("code", "kind"), TWILIO_ERRORS.items(), ids=lambda value: str(value))
def test_every_known_code_is_a_send_error(code, kind):
    assert issubclass(kind, SendError)


def job(attempts: int) -> Job:
    return Job(id=1, queue="default", lock=None, queueing_lock=None, task_name="x", attempts=attempts)


@pytest.mark.parametrize(
    ("attempts", "error", "seconds"),
    [
        (0, NoAnswer("x", "timeout"), 1),
        (3, NoAnswer("x", "timeout"), 10),
        (50, ValueError("ours"), 30),
        (0, RateLimited("x", "429", 90), 90),
        (0, Rejected("x", "21620"), None),
        (0, WindowClosed("x", "63016"), None),
        (99, ValueError("ours"), None),
    ],
)
def test_waits_between_attempts(attempts, error, seconds):
    before = datetime.now(UTC)
    decision = BackOff(100).get_retry_decision(exception=error, job=job(attempts))
    if seconds is None:
        assert decision is None
        return
    assert decision is not None
    assert decision.retry_at is not None
    assert before <= decision.retry_at - timedelta(seconds=seconds) <= datetime.now(UTC)
