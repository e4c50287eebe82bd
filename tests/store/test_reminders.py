"""Reminders: to whom they are due, at most twice, and not to who has sent."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select

from crm_store.services.readings import record_reading
from crm_store.services.reminders import plan_reminders, want_no_reminders, want_reminders
from crm_store.tables import Account, Meter, Notice, ReadingReminder
from tests.store.people import NOW, SIPHO, THANDI, writes

ACCOUNT = "41006273"
#: NOW is 15 July; the read day is the 20th.
READ_DAY = datetime(2026, 7, 20, 7, 0, tzinfo=UTC)


@pytest.fixture
def account(session):
    account = Account(account_number=ACCOUNT, municipality="KDM", phone=THANDI, read_day=20)
    session.add(account)
    session.flush()
    session.add(Meter(account_number=ACCOUNT, service="water", meter_number="W1", dials=5,
                      last_reading=2190, last_reading_on=date(2026, 6, 20)))  # fmt: skip
    session.flush()
    return account


@pytest.fixture
def thandi(session, region, account):
    conversation_id = writes(session, "remind me").conversation_id
    assert want_reminders(session, region, conversation_id, NOW) == [account]
    return conversation_id


def days_reminded(session, region, start, days=70):
    told = []
    for number in range(days):
        now = start + timedelta(days=number)
        before = len(session.scalars(select(Notice)).all())
        while plan_reminders(session, region, now):
            pass
        if len(session.scalars(select(Notice)).all()) > before:
            told.append(now.date())
    return told


def test_who_sends_none_is_reminded_on_the_read_day_and_once_more(session, region, thandi):
    assert days_reminded(session, region, NOW) == [
        date(2026, 7, 20), date(2026, 7, 22), date(2026, 8, 20), date(2026, 8, 22), date(2026, 9, 20),
        date(2026, 9, 22),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("sent_on", "reminded"),
    [
        (18, []),
        (20, [date(2026, 7, 20)]),
        (21, [date(2026, 7, 20)]),
        (15, [date(2026, 7, 20), date(2026, 7, 22)]),
    ],
)
def test_who_has_sent_is_left_in_peace(session, region, thandi, sent_on, reminded):
    told = []
    for number in range(12):
        now = NOW + timedelta(days=number)
        told += days_reminded(session, region, now, days=1)
        if now.day == sent_on:
            taken = record_reading(session, region, account_number=ACCOUNT, digits="02214", now=now)
            assert taken.kind == "taken"
    assert told == reminded


def test_twice_at_one_time_is_once(session, region, thandi):
    assert days_reminded(session, region, READ_DAY, days=1) == [date(2026, 7, 20)]
    assert days_reminded(session, region, READ_DAY, days=1) == []


def test_days_on_which_nothing_ran_are_made_up_for_while_there_is_time(session, region, thandi):
    assert days_reminded(session, region, READ_DAY + timedelta(days=1), days=3) == [
        date(2026, 7, 21),
        date(2026, 7, 22),
    ]


def test_after_the_window_it_is_too_late(session, region, thandi):
    assert days_reminded(session, region, READ_DAY + timedelta(days=5), days=10) == []


def test_no_more(session, region, thandi):
    for _ in range(2):
        want_no_reminders(session, thandi, NOW)
    assert days_reminded(session, region, NOW) == []


def test_a_closed_account_is_nobodys(session, region, thandi, account):
    account.closed_at = date(2026, 7, 16)
    assert days_reminded(session, region, NOW) == []
    assert session.scalars(select(ReadingReminder)).all() == []


def test_a_stranger_is_reminded_of_nothing_until_a_reading_was_sent(session, region, account):
    accepted = writes(session, "remind me", address=SIPHO)
    assert want_reminders(session, region, accepted.conversation_id, NOW) == []
    record_reading(session, region, account_number=ACCOUNT, digits="02214", now=NOW,
                   conversation_id=accepted.conversation_id, message_id=accepted.message_id)  # fmt: skip
    assert want_reminders(session, region, accepted.conversation_id, NOW) == [account]
