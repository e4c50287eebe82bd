"""Readings to billing: each in one batch, a correction in a later one, a batch the same when read again."""

from datetime import date, timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from crm_store.database import sql_engine
from crm_store.services.reading_exports import (
    BatchNotFound,
    Wanted,
    WrongFigures,
    acknowledge_batch,
    all_rows,
    batch_of,
    batch_rows,
    make_batch,
)
from crm_store.services.readings import record_reading
from crm_store.tables import Account, Meter
from tests.store.people import NOW, events, writes

ALL = Wanted()


@pytest.fixture
def send(session, region):
    """A person sends the reading of an account, which is there with a water meter of five dials."""

    def send_one(account, digits, municipality="KDM", at=NOW, **more):
        if session.get(Account, account) is None:
            session.add(Account(account_number=account, municipality=municipality))
            session.flush()
            session.add(
                Meter(account_number=account, service="water", meter_number=f"W{account}", dials=5, **more)
            )
            session.flush()
        accepted = writes(session)
        return record_reading(
            session,
            region,
            account_number=account,
            digits=digits,
            conversation_id=accepted.conversation_id,
            message_id=accepted.message_id,
            now=at,
        )

    return send_one


def test_a_batch_has_each_reading_once(session, send):
    first = send("41000001", "02214")
    send("41000002", "00310", at=NOW + timedelta(minutes=1))
    batch = make_batch(session, ALL, NOW)
    assert (batch.count, batch.sum) == (2, 2524)
    rows = list(batch_rows(session, batch.number))
    assert [(row["account_number"], row["reading"], row["state"]) for row in rows] == [
        ("41000001", "02214", "accepted"),
        ("41000002", "00310", "accepted"),
    ]
    assert rows[0]["taken_on"] == date(2026, 7, 15)
    assert events(session, first.reading_id)[-1] == ("exported", "export")
    assert make_batch(session, ALL, NOW) is None
    send("41000003", "5")
    assert make_batch(session, ALL, NOW).count == 1


def test_a_correction_goes_out_later_and_names_what_it_replaces(session, send):
    wrong = send("41000001", "02241")
    make_batch(session, ALL, NOW)
    send("41000001", "02214", at=NOW + timedelta(hours=1))
    (row,) = batch_rows(session, make_batch(session, ALL, NOW).number)
    assert (row["reading"], row["replaces"]) == ("02214", str(wrong.reading_id))


def test_what_was_corrected_before_it_went_out_stays_at_home(session, send):
    send("41000001", "02241")
    send("41000001", "02214", at=NOW + timedelta(hours=1))
    (row,) = batch_rows(session, make_batch(session, ALL, NOW).number)
    assert (row["reading"], row["replaces"]) == ("02214", None)


def test_a_batch_is_the_same_when_it_is_read_again(session, send):
    send("41000001", "02241")
    batch = make_batch(session, ALL, NOW)
    before = list(batch_rows(session, batch.number))
    send("41000001", "02214", at=NOW + timedelta(hours=1))  # supersedes what was handed over
    assert list(batch_rows(session, batch.number)) == before


def test_only_what_is_wanted_goes_out(session, send):
    send("41000001", "100", municipality="KDM")
    send("41000002", "200", municipality="MLM")
    send("41000003", "300", municipality="KDM", at=NOW + timedelta(days=20))
    # far above the average: asked back, sent again, and so for review
    for _ in range(2):
        send("41000004", "9000", last_reading=100, last_reading_on=date(2026, 6, 15), average_per_month=10)

    def accounts(**wanted):
        return [row["account_number"][-1] for row in all_rows(session, Wanted(**wanted))]

    assert accounts(municipality="MLM") == ["2"]
    assert accounts(period="2026-08") == ["3"]
    assert accounts(state="flagged") == ["4"]
    assert sorted(accounts(state="accepted", days_until=date(2026, 7, 15))) == ["1", "2"]
    assert make_batch(session, Wanted(municipality="MLM"), NOW).count == 1
    assert make_batch(session, ALL, NOW).count == 3


def test_two_exports_at_once_share_the_readings_out(session, send):
    for n in range(6):
        send(f"4100001{n}", "100")
    session.commit()
    with Session(sql_engine()) as one, Session(sql_engine()) as other:
        first = make_batch(one, ALL, NOW)
        # The first is not committed: the second waits for nothing and finds nothing to take.
        assert make_batch(other, ALL, NOW) is None
        one.rollback()
        assert first is not None
        assert make_batch(other, ALL, NOW).count == 6
        other.commit()
    assert session.scalar(text("SELECT count(*) FROM batch_readings")) == 6


def test_a_batch_is_acknowledged_by_its_figures(session, send):
    send("41000001", "02214")
    number = make_batch(session, Wanted(municipality="KDM"), NOW).number
    with pytest.raises(WrongFigures, match="has 1 readings of the sum 2214; 0 of the sum 0"):
        acknowledge_batch(session, number, count=0, sum_of_readings=0, now=NOW, actor="api:x")
    with pytest.raises(BatchNotFound):
        batch_of(session, number, "MLM")
    with pytest.raises(BatchNotFound):
        batch_of(session, number + 1)
    for actor in ("api:first", "api:second"):
        done = acknowledge_batch(session, number, count=1, sum_of_readings=2214, now=NOW, actor=actor)
    assert done.acknowledged_by == "api:first"


def test_no_reading_fits_into_two_batches(session, send):
    send("41000001", "02214")
    make_batch(session, ALL, NOW)
    session.execute(text("UPDATE readings SET exported_at = NULL"))
    with pytest.raises(Exception, match="pk_batch_readings"):
        make_batch(session, ALL, NOW)
    session.rollback()
    assert session.scalars(select(Account)).all() == []
