"""Many readings of one phone, or for one account: taken, flagged, seen by a person, trusted."""

from datetime import date, timedelta

import pytest

from crm_store.queries.reading_review import readings_to_review
from crm_store.queries.reading_senders import many_readings
from crm_store.services.reading_senders import UnknownSender, trust_sender
from crm_store.services.readings import record_reading
from crm_store.tables import Account, Meter
from tests.store.people import NOW, SIPHO, THANDI, writes

SINCE = date(2026, 7, 1)
LIMIT = 10  # accounts of a phone, as iLembe ships


@pytest.fixture
def take(session, region):
    def one(number, digits="00100", address=THANDI, at=NOW):
        account = f"410000{number:02d}"
        if session.get(Account, account) is None:
            session.add(Account(account_number=account, municipality="KDM"))
            session.flush()
            session.add(Meter(account_number=account, service="water", meter_number=f"W{number}", dials=5))
            session.flush()
        accepted = writes(session, address=address)
        return record_reading(
            session, region, account_number=account, digits=digits, now=at,
            conversation_id=accepted.conversation_id, message_id=accepted.message_id,
        )  # fmt: skip

    return one


def test_many_accounts_of_one_phone_are_taken_and_flagged(session, take):
    outcomes = [take(number) for number in range(LIMIT + 2)]
    assert [outcome.kind for outcome in outcomes] == ["taken"] * (LIMIT + 2)
    assert [outcome.flagged for outcome in outcomes] == [False] * LIMIT + [True] * 2
    assert outcomes[-1].flags == ("many_accounts",)
    assert len(readings_to_review(session)) == 2
    (phone,) = many_readings(session, SINCE)
    assert (phone.kind, phone.subject, phone.readings, phone.others) == ("phone", f"sms {THANDI}", 2, 2)
    assert not take(50, address=SIPHO).flagged


def test_a_trusted_phone_is_flagged_no_more_until_trust_ends(session, take):
    for number in range(LIMIT + 1):
        take(number)
    for _ in range(2):
        trust_sender(session, "sms", THANDI, "agent:zodwa", NOW)
    assert not take(60).flagged
    assert many_readings(session, SINCE)[0].trusted
    trust_sender(session, "sms", THANDI, "agent:zodwa", NOW, trusted=False)
    assert take(61).flagged
    with pytest.raises(UnknownSender):
        trust_sender(session, "sms", "+27830000000", "agent:zodwa", NOW)


def test_many_readings_for_one_account_are_flagged(session, take):
    outcomes = [take(1, f"001{number:02d}") for number in range(8)]
    assert [outcome.flagged for outcome in outcomes] == [False] * 6 + [True] * 2
    (account,) = many_readings(session, SINCE)
    assert (account.kind, account.subject, account.others) == ("account", "41000001", 1)
    assert not take(1, "00150", at=NOW + timedelta(days=1)).flagged


def test_what_is_long_past_is_not_shown(session, take):
    for number in range(LIMIT + 1):
        take(number)
    assert many_readings(session, NOW.date() + timedelta(days=1)) == []
