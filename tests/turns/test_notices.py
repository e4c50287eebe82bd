"""Notices on their way through the real store, queue and providers' stand-ins: told once, or not, and why."""

from __future__ import annotations

import json
from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, text

from bot.notices import tell_due_notices
from crm_store.database import transaction
from crm_store.region import region
from crm_store.services.cases import NewCase, open_case
from crm_store.services.conversations import opt_out, release, take_over
from crm_store.services.history import record_event
from crm_store.services.notices import plan_notice
from crm_store.settings import settings
from crm_store.tables import Case, Citizen, Conversation, Message, Notice
from tests.messaging import Messaging, new_number

#: Tomorrow at noon in South Africa: a decent hour, whatever the clock says now.
NOON = datetime.combine(
    datetime.now(ZoneInfo("Africa/Johannesburg")).date() + timedelta(days=1),
    time(12),
    ZoneInfo("Africa/Johannesburg"),
).astimezone(UTC)
TEMPLATE = "HX" + "0123456789abcdef" * 2


class Person:
    """Somebody who wrote, and whose case is open."""

    def __init__(self, messaging: Messaging, channel: str = "sms", wrote_at: datetime = NOON) -> None:
        self.messaging, self.channel, self.number = messaging, channel, new_number()
        prefix = "whatsapp:" if channel == "whatsapp" else ""
        messaging.sms(prefix + self.number, "hello")
        messaging.work()
        messaging.twilio.sent.clear()
        with transaction() as session:
            conversation = session.get_one(Conversation, self.conversation_id)
            conversation.language, conversation.last_inbound_at = "en", wrote_at
            new = NewCase(
                case_class="complaint",
                category="water",
                description="no water",
                place="Groutville",
                conversation_id=conversation.id,
            )
            self.case_id: UUID = open_case(session, region(), new, NOON - timedelta(hours=1)).id

    @property
    def conversation_id(self) -> UUID:
        return self.messaging.conversation(self.channel, self.number).id

    def case(self) -> Case:
        with transaction() as session:
            return session.get_one(Case, self.case_id)

    def plan(self, kind: str, stage: str | None = None, at: datetime = NOON, **said: object) -> None:
        """A move of the case, of which the person is to hear."""
        with transaction() as session:
            case = session.get_one(Case, self.case_id)
            case.stage = stage or case.stage
            record_event(session, "case", case.id, "stage_changed", actor="agent:x", at=at)
            plan_notice(session, region(), case, kind, at, **said)

    def tell(self, now: datetime = NOON + timedelta(minutes=5)) -> None:
        tell_due_notices(now, region())
        self.messaging.work()

    def notices(self) -> list[tuple[str, str]]:
        with transaction() as session:
            rows = session.scalars(
                select(Notice).where(Notice.case_id == self.case_id).order_by(Notice.sequence)
            ).all()
        return [(row.kind, row.state) for row in rows]

    def reasons(self) -> list[str | None]:
        with transaction() as session:
            return list(
                session.scalars(
                    select(Notice.reason).where(Notice.case_id == self.case_id).order_by(Notice.sequence)
                )
            )

    def heard(self, channel: str | None = None) -> list[Message]:
        """What was written to them unasked."""
        out = self.messaging.messages(channel or self.channel, self.number, "out")
        return [message for message in out if message.reply_to is None]


@pytest.fixture
def thandi(messaging) -> Person:
    return Person(messaging)


def test_a_notice_is_told_once_and_in_the_history(messaging, thandi):
    thandi.plan("started", "in_progress")
    for _ in range(3):
        thandi.tell()
    (message,) = thandi.heard()
    assert message.body.startswith(
        f"{thandi.case().reference}, water, Groutville: work has begun. Promised by "
    )
    assert (message.status, message.author, message.language) == ("sent", "system", "en")
    assert [sent["body"] for sent in messaging.twilio.sent] == [message.body]
    with transaction() as session:
        told = session.execute(
            text("SELECT after FROM events WHERE subject_id = :id AND kind = 'citizen_told'"),
            {"id": str(thandi.case_id)},
        ).scalar_one()
    assert told == {"notice": "started", "message_id": str(message.id)}


def test_it_is_told_in_the_persons_language_else_in_isizulu(messaging, thandi):
    for language, expected in (
        (None, "umsebenzi usuqalile"),
        ("zu", "umsebenzi usuqalile"),
        ("en", "work has begun"),
    ):
        with transaction() as session:
            session.get_one(Conversation, thandi.conversation_id).language = language
        thandi.plan("started", "in_progress")
        thandi.tell()
        assert expected in thandi.heard()[-1].body
    with transaction() as session:
        session.get_one(Conversation, thandi.conversation_id).language = None
        session.get_one(Citizen, thandi.case().citizen_id).language = "en"
    thandi.plan("started", "in_progress")
    thandi.tell()
    assert "work has begun" in thandi.heard()[-1].body


def test_moves_within_minutes_are_told_as_one(thandi):
    thandi.plan("assigned", "assigned")
    thandi.tell(NOON + timedelta(seconds=30))
    thandi.plan("started", "in_progress", NOON + timedelta(seconds=40))
    thandi.tell()
    assert thandi.notices() == [("assigned", "suppressed"), ("started", "sent")]
    assert len(thandi.heard()) == 1


def test_after_stop_nothing_is_said(messaging, thandi):
    with transaction() as session:
        opt_out(session, session.get_one(Conversation, thandi.conversation_id).address_id)
    thandi.plan("resolved", "resolved", done="pipe repaired")
    thandi.tell()
    assert (thandi.notices(), thandi.reasons()) == ([("resolved", "suppressed")], ["the person opted out"])
    assert messaging.twilio.sent == []


def test_who_wants_no_updates_hears_only_questions_and_results(thandi):
    with transaction() as session:
        session.get_one(Citizen, thandi.case().citizen_id).no_updates_at = NOON
    thandi.plan("started", "in_progress")
    thandi.tell()
    thandi.plan("waiting", "waiting_for_citizen", question="Which house number?")
    thandi.tell()
    thandi.plan("resolved", "resolved", done="pipe repaired")
    thandi.tell()
    thandi.tell(NOON + timedelta(hours=6))
    assert thandi.notices() == [
        ("started", "suppressed"),
        ("waiting", "sent"),
        ("resolved", "sent"),
        ("follow_up", "suppressed"),
    ]


def test_while_a_member_of_staff_chats_notices_wait_and_the_last_is_told(thandi):
    with transaction() as session:
        take_over(session, thandi.conversation_id, "sipho")
    thandi.plan("started", "in_progress")
    thandi.tell()
    assert thandi.notices() == [("started", "planned")]
    thandi.plan("resolved", "resolved", done="pipe repaired")
    thandi.tell()
    with transaction() as session:
        release(session, thandi.conversation_id, "sipho")
    thandi.tell(NOON + timedelta(hours=1))
    assert thandi.notices()[:2] == [("started", "suppressed"), ("resolved", "sent")]
    assert [m.response_key for m in thandi.heard()] == ["utter_notice_resolved"]


def test_at_night_it_waits_for_the_morning(thandi):
    night = NOON + timedelta(hours=10)
    thandi.plan("resolved", "resolved", night, done="pipe repaired")
    thandi.tell(night + timedelta(hours=1))
    assert thandi.heard() == []
    thandi.tell(NOON + timedelta(hours=20))
    assert len(thandi.heard()) == 1


def test_nothing_is_called_done_that_is_not(thandi):
    thandi.plan("resolved", "resolved", NOON + timedelta(hours=10), done="pipe repaired")
    thandi.plan("reopened", "reopened", NOON + timedelta(hours=11))
    thandi.tell(NOON + timedelta(hours=22))
    assert [m.response_key for m in thandi.heard()] == ["utter_notice_reopened"]


def test_the_follow_up_is_asked_at_a_decent_hour_and_leaves_a_question_open(thandi):
    thandi.plan("resolved", "resolved", done="pipe repaired")
    thandi.tell()
    thandi.tell(NOON + timedelta(hours=3))
    assert len(thandi.heard()) == 1
    thandi.tell(NOON + timedelta(hours=5))
    question = thandi.heard()[-1]
    assert question.response_key == "utter_ask_fixed"
    assert question.body.endswith("Is it fixed now?\n1 Yes 2 No")
    conversation = thandi.messaging.conversation("sms", thandi.number)
    assert (conversation.asking, [choice["payload"] for choice in conversation.choices]) == (
        "fixed",
        ["yes", "no"],
    )


def test_a_question_waits_for_a_form_that_is_open(thandi):
    with transaction() as session:
        session.get_one(Conversation, thandi.conversation_id).asking = "location"
    thandi.plan("waiting", "waiting_for_citizen", question="Which house number?")
    thandi.tell()
    assert thandi.heard() == []
    thandi.tell(NOON + timedelta(hours=2))
    assert "Which house number?" in thandi.heard()[-1].body
    assert thandi.messaging.conversation("sms", thandi.number).asking == "case_answer"


# --- WhatsApp's 24 hours ---


def test_inside_the_window_whatsapp_takes_free_text(messaging):
    person = Person(messaging, "whatsapp", NOON - timedelta(hours=23))
    person.plan("started", "in_progress")
    person.tell()
    assert messaging.twilio.sent[0]["form"]["Body"].startswith(person.case().reference)


def test_outside_the_window_an_approved_template_is_sent(messaging, monkeypatch):
    monkeypatch.setenv("TWILIO_WHATSAPP_TEMPLATES", f"notice_started.en={TEMPLATE}")
    settings.cache_clear()
    person = Person(messaging, "whatsapp", NOON - timedelta(hours=24))
    person.plan("started", "in_progress")
    person.tell()
    form = messaging.twilio.sent[0]["form"]
    assert (form["ContentSid"], "Body" in form) == (TEMPLATE, False)
    variables = json.loads(form["ContentVariables"])
    assert list(variables) == ["1", "2", "3"]
    assert variables["1"] == person.case().reference
    assert all(variables.values())
    assert "work has begun" in person.heard()[0].body


def test_outside_the_window_without_a_template_it_goes_by_sms(messaging):
    person = Person(messaging, "whatsapp", NOON - timedelta(hours=30))
    person.plan("started", "in_progress")
    person.tell()
    assert person.heard() == []
    (message,) = person.heard("sms")
    assert (message.status, message.language, message.segments) == ("sent", "en", 1)
    assert messaging.twilio.sent[0]["to"] == person.number


def test_who_opted_out_of_sms_is_not_written_to_by_sms(messaging):
    person = Person(messaging, "whatsapp", NOON - timedelta(hours=30))
    messaging.sms(person.number, "STOP")
    messaging.work()
    messaging.twilio.sent.clear()
    person.plan("started", "in_progress")
    person.tell()
    assert person.notices() == [("started", "suppressed")]
    assert messaging.twilio.sent == []


def test_without_any_way_staff_see_why(messaging, monkeypatch):
    person = Person(messaging, "whatsapp", NOON - timedelta(hours=30))
    monkeypatch.setenv("TWILIO_SMS_FROM", "")
    settings.cache_clear()
    person.plan("started", "in_progress")
    person.tell()
    assert person.notices() == [("started", "failed")]
    assert "24 hours" in (person.reasons()[0] or "")


def test_one_that_cannot_be_written_does_not_keep_the_others(messaging, thandi):
    other = Person(messaging)
    thandi.plan("decided", "resolved", outcome="no such outcome")
    other.plan("started", "in_progress")
    other.tell()
    assert thandi.notices() == [("decided", "failed")]
    assert other.notices() == [("started", "sent")]


def test_a_person_who_can_only_be_reached_by_nobody_is_a_failure_staff_see(thandi):
    with transaction() as session:
        session.get_one(Case, thandi.case_id).conversation_id = None
    thandi.plan("started", "in_progress")
    thandi.tell()
    assert thandi.notices() == [("started", "failed")]
