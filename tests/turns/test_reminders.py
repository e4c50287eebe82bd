"""Reminders on the phone: asked for, given in one segment in the person's language, ended."""

from datetime import UTC, datetime, timedelta

import pytest

from bot.notices import tell_due_notices
from bot.sweeps import remind_of_readings
from crm_store.database import transaction
from crm_store.region import region
from crm_store.services.conversations import opt_out
from crm_store.tables import Conversation
from tests.messaging import Messaging, new_number
from tests.turns.test_own_accounts import an_account, says


@pytest.fixture
def number() -> str:
    return new_number()


def reminded(messaging: Messaging, number: str) -> list[str]:
    """What the phone hears of it in the five weeks to come."""
    noon = datetime.now(UTC).replace(hour=10, minute=0, second=0, microsecond=0)
    for day in range(1, 36):
        remind_of_readings(region(), noon + timedelta(days=day))
        tell_due_notices(noon + timedelta(days=day), region())
    out = messaging.messages("sms", number, "out")
    told = [message for message in out if message.response_key == "utter_notice_reminder"]
    assert all(message.segments == 1 for message in told)
    return [message.body for message in told]


@pytest.mark.parametrize(
    ("words", "on", "heard"),
    [
        ("remind me", "we remind you on the read day each month: account ..", "Time to read your meter"),
        ("ngikhumbuze", "sizokukhumbuza", "Sekuyisikhathi sokufunda imitha"),
    ],
)
def test_asked_for_and_given(messaging, number, words, on, heard):
    account = an_account(number, read_day=14)
    assert on in says(messaging, number, words)
    told = reminded(messaging, number)
    assert 1 <= len(told) <= 4  # once or twice for each read day of five weeks
    assert all(heard in text and f"..{account[-4:]}" in text for text in told)


@pytest.mark.parametrize("words", ["no reminders", "angifuni izikhumbuzo", "STOP"])
def test_ended(messaging, number, words):
    an_account(number, read_day=14)
    says(messaging, number, "remind me", words)
    assert reminded(messaging, number) == []


def test_who_opted_out_meanwhile_hears_nothing(messaging, number):
    an_account(number, read_day=14)
    says(messaging, number, "remind me")
    with transaction() as session:
        opt_out(session, session.get_one(Conversation, messaging.conversation("sms", number).id).address_id)
    assert reminded(messaging, number) == []


def test_a_stranger_is_told_what_to_do(messaging, number):
    says(messaging, number, "remind me")
    assert messaging.keys("sms", number) == ["utter_reminders_none"]
