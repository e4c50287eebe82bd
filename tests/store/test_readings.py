"""Readings: taken in one message, asked back once when they look wrong, corrected until midnight."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from crm_store.services.readings import record_reading
from crm_store.tables import Account, CitizenAccount, Meter, Notice, Reading
from tests.store.people import NOW, events, writes

ACCOUNT = "41006273"


@pytest.fixture
def meter(session):
    session.add(Account(account_number=ACCOUNT, municipality="KDM", read_day=15))
    meter = Meter(
        account_number=ACCOUNT,
        service="water",
        meter_number="W100",
        dials=5,
        last_reading=2190,
        last_reading_on=date(2026, 6, 15),
        average_per_month=Decimal(22),
    )
    session.add(meter)
    session.flush()
    return meter


@pytest.fixture
def send(session, region):
    def send_one(digits, at=NOW, accepted=None, **more):
        accepted = accepted or writes(session)
        given = {"account_number": ACCOUNT, **more}
        return record_reading(
            session,
            region,
            digits=digits,
            conversation_id=accepted.conversation_id,
            message_id=accepted.message_id,
            now=at,
            **given,
        )

    return send_one


def current(session):
    return session.scalars(
        select(Reading).where(Reading.state != "superseded").order_by(Reading.taken_at)
    ).all()


def test_a_reading_is_taken(session, meter, send):
    taken = send("02214")
    assert (taken.kind, taken.digits, taken.use, taken.unit) == ("taken", "02214", 24, "kl")
    assert (taken.service, taken.meter_number, taken.taken_on) == ("water", "W100", date(2026, 7, 15))
    assert (taken.flagged, taken.corrected, taken.usual) == (False, False, 20)  # winter
    (row,) = current(session)
    assert (row.value, row.digits, row.state, row.channel) == (2214, "02214", "accepted", "sms")
    assert events(session, row.id) == [("reading_taken", "citizen")]
    assert session.scalars(select(CitizenAccount.account_number)).all() == [ACCOUNT]


def test_a_message_worked_on_twice_takes_it_once(session, meter, send):
    accepted = writes(session)
    first = send("02214", accepted=accepted)
    session.commit()
    assert send("02214", accepted=accepted) == first
    assert len(session.scalars(select(Reading)).all()) == 1


def test_a_second_one_of_the_day_corrects_the_first(session, meter, send):
    first = send("02241")
    second = send("02214", at=NOW + timedelta(hours=3))
    assert (second.kind, second.corrected, second.use) == ("taken", True, 24)
    (row,) = current(session)
    assert row.value == 2214
    old = session.get_one(Reading, first.reading_id)
    assert (old.state, old.replaced_by) == ("superseded", row.id)


def test_midnight_is_midnight_in_south_africa(session, meter, send):
    send("02214", at=NOW.replace(hour=21, minute=30))
    later = send("02225", at=NOW.replace(hour=22, minute=30))
    assert later.corrected is False
    assert [row.taken_on for row in current(session)] == [date(2026, 7, 15), date(2026, 7, 16)]


def test_the_same_value_again_is_had_already(session, meter, send):
    send("02214")
    again = send("2214", at=NOW + timedelta(hours=1))
    assert (again.kind, again.taken_on) == ("repeated", date(2026, 7, 15))
    assert len(current(session)) == 1


@pytest.mark.parametrize(
    ("digits", "kind", "direction"),
    [("09999", "implausible", "high"), ("02191", "implausible", "low"), ("01000", "below_last", None)],
)
def test_what_looks_wrong_is_asked_back_once(session, meter, send, digits, kind, direction):
    first = send(digits)
    assert (first.kind, first.direction, first.last_reading) == (kind, direction, "02190")
    assert current(session) == []
    second = send(digits, at=NOW + timedelta(minutes=2))
    assert (second.kind, second.flagged) == ("taken", True)
    assert "customer_insists" in second.flags
    (row,) = current(session)
    assert row.state == "flagged"


def test_a_turn_that_is_retried_does_not_insist(session, meter, send):
    accepted = writes(session)
    assert send("09999", accepted=accepted).kind == "implausible"
    session.commit()
    assert send("09999", accepted=accepted).kind == "implausible"


def test_another_value_after_a_doubt_is_no_insisting(session, meter, send):
    assert send("09999").kind == "implausible"
    assert send("08888").kind == "implausible"
    assert send("09999").kind == "implausible"


def test_a_doubt_is_not_remembered_for_ever(session, meter, send):
    send("09999")
    assert send("09999", at=NOW + timedelta(days=20)).kind == "implausible"


def test_too_many_digits_for_the_dial(session, meter, send):
    outcome = send("022140")
    assert (outcome.kind, outcome.dials, outcome.sent_digits) == ("wrong_digits", 5, "022140")


@pytest.mark.parametrize("digits", ["22.14", "²²", "", "12a", "٣٤٥"])
def test_what_is_no_number_is_no_reading(session, meter, send, digits):
    assert send(digits).kind == "wrong_digits"


def test_accounts_that_are_not_there(session, meter, send):
    assert send("02214", account_number="99999999").kind == "unknown_account"
    session.get_one(Account, ACCOUNT).closed_at = date(2026, 1, 1)
    assert send("02214").kind == "unknown_account"


def test_early_is_flagged_but_nobodys_work(session, meter, send):
    outcome = send("02200", at=NOW - timedelta(days=10))
    assert (outcome.kind, outcome.flags, outcome.flagged) == ("taken", ("early",), False)
    assert current(session)[0].state == "flagged"


def test_use_counts_from_the_last_reading_taken(session, meter, send):
    send("02214")
    assert send("02240", at=NOW + timedelta(days=31)).use == 26


class TestWithTwoMeters:
    @pytest.fixture
    def electricity(self, session, meter):
        other = Meter(
            account_number=ACCOUNT,
            service="electricity",
            meter_number="E-200",
            dials=6,
            last_reading=50_000,
            last_reading_on=date(2026, 6, 15),
            average_per_month=Decimal(400),
        )
        other.meter_number = "E200"
        session.add(other)
        session.flush()
        return other

    def test_the_only_one_that_fits_is_meant(self, session, electricity, send):
        assert send("02214").service == "water"
        assert send("050410").service == "electricity"

    def test_the_service_tells(self, session, electricity, send):
        assert send("09999", service="water").kind == "implausible"

    def test_the_meter_number_tells(self, session, electricity, send):
        assert send("050410", meter_number="e 200").service == "electricity"
        assert send("050411", account_number=None, meter_number="E-200").account_number == ACCOUNT

    def test_else_it_is_asked(self, session, electricity, send):
        outcome = send("90000")
        assert (outcome.kind, outcome.account_number) == ("which_meter", ACCOUNT)
        assert send("02214", meter_number="X999").kind == "which_meter"

    def test_a_removed_meter_is_not_asked_about(self, session, electricity, send):
        electricity.removed_at = date(2026, 5, 1)
        assert send("09999").service == "water"


def told_of_readings(session):
    return session.execute(select(Notice.kind, Notice.said["reading"].astext)).all()


def test_another_phones_reading_of_the_day_is_compared_and_the_first_sender_is_told(session, meter, send):
    first = send("02241", accepted=writes(session, address="+27821110001"))
    second = send("02214", at=NOW + timedelta(hours=1), accepted=writes(session, address="+27821110002"))
    assert (first.flagged, second.flagged, second.flags) == (False, True, ("other_phone",))
    assert not second.corrected  # its sender corrected nothing
    assert [(row.digits, row.state) for row in current(session)] == [("02214", "flagged")]
    assert told_of_readings(session) == [("reading_replaced", "02241")]


def test_the_phone_on_file_replaces_a_strangers_reading_without_a_doubt(session, meter, send):
    session.get_one(Account, ACCOUNT).phone = "+27821110002"
    send("02241", accepted=writes(session, address="+27821110001"))
    second = send("02214", at=NOW + timedelta(hours=1), accepted=writes(session, address="+27821110002"))
    assert (second.flagged, second.corrected) == (False, False)
    assert told_of_readings(session) == [("reading_replaced", "02241")]


def test_who_corrects_their_own_reading_hears_of_no_other_phone(session, meter, send):
    for hours, digits in enumerate(("02241", "02214")):
        taken = send(
            digits, at=NOW + timedelta(hours=hours), accepted=writes(session, address="+27821110001")
        )
    assert (taken.corrected, taken.flagged, told_of_readings(session)) == (True, False, [])
