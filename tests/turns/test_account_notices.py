"""What is told of a reading without any case: in the person's language, in one segment, once."""

from datetime import date

import pytest
from sqlalchemy import select

from bot.notices import tell_due_notices
from crm_store.database import transaction
from crm_store.region import region
from crm_store.services.conversations import opt_out
from crm_store.services.notices import plan_account_notice
from crm_store.tables import Conversation, Notice
from tests.messaging import Messaging, new_number
from tests.turns.test_notices import NOON

VALUES = {"account_number": "41006273", "reading": "02214", "taken_on": date(2026, 11, 20).isoformat()}


@pytest.fixture
def person(messaging: Messaging) -> tuple[Messaging, str]:
    number = new_number()
    messaging.sms(number, "hello")
    messaging.work()
    return messaging, number


def plan(messaging: Messaging, number: str, kind: str, language: str = "en", **more: str) -> None:
    with transaction() as session:
        conversation = session.get_one(Conversation, messaging.conversation("sms", number).id)
        conversation.language = language
        once = f"{kind}:{number}"
        plan_account_notice(session, region(), conversation.id, kind, once, NOON, **VALUES, **more)


@pytest.mark.parametrize("language", ["en", "zu"])
@pytest.mark.parametrize(
    ("kind", "more", "heard"),
    [
        ("reading_accepted", {}, "02214"),
        ("reading_corrected", {"sent": "09999"}, "09999"),
        ("reading_rejected", {"reason": "the picture is too dark " * 3}, "too dark"),
        ("reading_replaced", {}, "02214"),
    ],
)
def test_what_came_of_a_reading_is_told_in_one_segment(person, kind, more, heard, language):
    messaging, number = person
    for _ in range(2):
        plan(messaging, number, kind, language, **more)
    assert tell_due_notices(NOON, region()) >= 1
    told = [m for m in messaging.messages("sms", number, "out") if m.response_key == f"utter_notice_{kind}"]
    assert [(m.segments, m.language) for m in told] == [(1, language)]
    assert heard in told[0].body
    assert "..6273" in told[0].body


def test_who_opted_out_is_not_told(person):
    messaging, number = person
    plan(messaging, number, "reading_accepted")
    with transaction() as session:
        opt_out(session, session.get_one(Conversation, messaging.conversation("sms", number).id).address_id)
    tell_due_notices(NOON, region())
    with transaction() as session:
        notice = session.scalar(
            select(Notice).where(Notice.conversation_id == messaging.conversation("sms", number).id)
        )
        assert (notice.state, notice.reason) == ("suppressed", "the person opted out")
