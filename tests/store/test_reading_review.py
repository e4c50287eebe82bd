"""A person looks at what the checks flagged; billing and the sender get what comes of it."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_store.queries.reading_review import readings_to_review
from crm_store.services.reading_exports import Wanted, batch_rows, make_batch
from crm_store.services.reading_review import (
    ReadingNotFound,
    ReviewRefused,
    accept_reading,
    correct_reading,
    find_reading,
    reject_reading,
)
from crm_store.services.readings import record_reading
from crm_store.tables import Account, Meter, Notice, Reading
from tests.store.people import NOW, events, writes

ACCOUNT = "41006273"
ZODWA = "agent:zodwa"


@pytest.fixture
def meter(session):
    session.add(Account(account_number=ACCOUNT, municipality="KDM", read_day=15))
    session.flush()
    meter = Meter(
        account_number=ACCOUNT, service="water", meter_number="W1", dials=5, last_reading=2190,
        last_reading_on=date(2026, 6, 15), average_per_month=Decimal(22),
    )  # fmt: skip
    session.add(meter)
    session.flush()
    return meter


@pytest.fixture
def take(session, region, meter):
    def one(digits, at=NOW, insists=True):
        accepted = writes(session)
        outcome = record_reading(
            session, region, account_number=ACCOUNT, digits=digits, insists=insists, now=at,
            conversation_id=accepted.conversation_id, message_id=accepted.message_id,
        )  # fmt: skip
        return session.get_one(Reading, outcome.reading_id)

    return one


def notices(session):
    return [(n.kind, n.said.get("reading"), n.said.get("reason")) for n in session.scalars(select(Notice))]


def test_only_what_a_person_must_judge_waits(session, take):
    early = take("02195", at=NOW - timedelta(days=12))
    assert (early.state, early.flags) == ("flagged", ["early"])
    high = take("09999")
    (waiting,) = readings_to_review(session)
    assert waiting.reading_id == high.id
    assert (waiting.digits, waiting.last_reading, waiting.municipality) == ("09999", 2190, "KDM")
    assert readings_to_review(session, municipality="MLM") == []
    assert find_reading(session, str(high.id)[-8:]).id == high.id


def test_an_accepted_one_is_told_once(session, region, take):
    high = take("09999")
    for _ in range(2):
        accept_reading(session, region, high.id, ZODWA, NOW)
    assert high.state == "accepted"
    assert readings_to_review(session) == []
    assert notices(session) == [("reading_accepted", "09999", None)]
    assert events(session, high.id) == [("reading_taken", "citizen"), ("accepted", ZODWA)]


def test_a_corrected_one_is_replaced_and_billing_gets_the_right_one_too(session, region, take):
    high = take("09999")
    make_batch(session, Wanted(), NOW)
    right = correct_reading(session, region, high.id, "2219", ZODWA, NOW)
    session.refresh(high)
    assert (high.state, high.replaced_by) == ("superseded", right.id)
    assert (right.digits, right.state, right.taken_on) == ("02219", "accepted", high.taken_on)
    batch = make_batch(session, Wanted(), NOW)
    assert [(row["reading"], row["replaces"]) for row in batch_rows(session, batch.number)] == [
        ("02219", str(high.id))
    ]
    assert notices(session) == [("reading_corrected", "02219", None)]
    with pytest.raises(ReviewRefused, match="took the place"):
        accept_reading(session, region, high.id, ZODWA, NOW)


def test_a_rejected_one_counts_no_more_and_another_may_come(session, region, take, meter):
    high = take("09999")
    reject_reading(session, region, high.id, "The picture shows another meter.", ZODWA, NOW)
    assert readings_to_review(session) == []
    assert make_batch(session, Wanted(), NOW) is None
    assert notices(session) == [("reading_rejected", "09999", "The picture shows another meter.")]
    again = take("02219", insists=False)
    assert (again.state, again.flags) == ("accepted", [])
    later = take("02240", at=NOW + timedelta(days=30), insists=False)
    assert later.state == "accepted"
    with pytest.raises(ReviewRefused, match="rejected already"):
        correct_reading(session, region, high.id, "2219", ZODWA, NOW)


def test_what_billing_has_is_corrected_not_rejected(session, region, take):
    high = take("09999")
    batch = make_batch(session, Wanted(), NOW)
    with pytest.raises(ReviewRefused, match=f"batch {batch.number}.*correct it"):
        reject_reading(session, region, high.id, "Unlikely.", ZODWA, NOW)
    assert notices(session) == []


@pytest.mark.parametrize("digits", ["123456", "12a", "", "-1", "²"])
def test_a_correction_must_fit_the_dial(session, region, take, digits):
    with pytest.raises(ReviewRefused, match="5 black digits"):
        correct_reading(session, region, take("09999").id, digits, ZODWA, NOW)


@pytest.mark.parametrize("reason", ["", "  ", "x" * 61])
def test_a_rejection_says_why(session, region, take, reason):
    with pytest.raises(ReviewRefused, match="say why"):
        reject_reading(session, region, take("09999").id, reason, ZODWA, NOW)


@pytest.mark.parametrize("given", ["", "0", "ffffffff", "nonsense-" * 4])
def test_unknown_readings_are_named(session, take, given):
    take("09999")
    with pytest.raises(ReadingNotFound):
        find_reading(session, given)
