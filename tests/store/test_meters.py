"""Meters by the numbers people write; what of an account is private."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from crm_store.domain.reading_groups import KnownMeter
from crm_store.queries.meters import known_meters, meters_named
from crm_store.services.account_links import link_account
from crm_store.services.conversations import citizen_of
from crm_store.services.readings import local_day, record_reading
from crm_store.tables import Account, Meter
from tests.store.people import NOW, writes

ACCOUNT, OTHER = "41006273", "41006281"


@pytest.fixture
def meters(session):
    for account in (ACCOUNT, OTHER):
        session.add(Account(account_number=account, municipality="KDM", read_day=15))
    for account, service, number, last in [
        (ACCOUNT, "water", "W100", 2190),
        (OTHER, "water", "W200", 1870),
        (OTHER, "electricity", "E200", 45_000),
    ]:
        session.add(
            Meter(
                account_number=account,
                service=service,
                meter_number=number,
                dials=5,
                last_reading=last,
                last_reading_on=date(2026, 6, 15),
                average_per_month=Decimal(22 if service == "water" else 400),
            )
        )
    session.flush()


def names(found: list[Meter] | list[KnownMeter]) -> set[str]:
    return {meter.meter_number for meter in found}


def send(session, region, accepted, account, digits, **more):
    return record_reading(
        session,
        region,
        account_number=account,
        digits=digits,
        conversation_id=accepted.conversation_id,
        message_id=accepted.message_id,
        now=more.pop("at", NOW),
        **more,
    )


def test_a_meter_number_where_the_account_should_be_will_do(session, meters):
    assert names([meter for meter, _ in meters_named(session, "w-100", None)]) == {"W100"}
    assert names([meter for meter, _ in meters_named(session, None, OTHER)]) == {"W200", "E200"}
    assert names([meter for meter, _ in meters_named(session, "49999999", None)]) == set()


def test_a_number_of_two_accounts_meters_names_none(session, meters):
    session.add(Meter(account_number=OTHER, service="water", meter_number="W100", dials=5))
    session.flush()
    assert meters_named(session, None, "W100") == []
    assert names([meter for meter, _ in meters_named(session, OTHER, "W100")]) == {"W100", "W200", "E200"}


def test_the_senders_own_meters_are_known_without_a_number(session, region, meters):
    accepted = writes(session)
    citizen, today = citizen_of(session, accepted.conversation_id), local_day(region, NOW)
    assert known_meters(session, [], citizen, today) == []
    assert names(known_meters(session, [ACCOUNT], citizen, today)) == {"W100"}
    send(session, region, accepted, ACCOUNT, "02214")
    (own,) = known_meters(session, [], citizen, today)
    assert (own.own, own.sent_today, own.facts.last_reading) == (True, 1, 2190)


def test_use_and_cost_are_private_to_a_linked_phone(session, region, meters):
    accepted = writes(session)
    first = send(session, region, accepted, ACCOUNT, "02214")
    assert (first.linked, first.use) == (False, 24)
    citizen = citizen_of(session, accepted.conversation_id)
    link_account(session, citizen, ACCOUNT, "agent", "agent:zanele", NOW)
    again = send(
        session, region, writes(session, body="again"), ACCOUNT, "02215", at=NOW + timedelta(hours=1)
    )
    assert again.linked
    assert again.corrected
    assert again.cost is not None
    assert 600 < again.cost < 900  # 25 kl in July: 6 at 14.20, 14 at 27.90, 5 at 38.60, and VAT


def test_an_account_of_two_services_says_which_there_are(session, region, meters):
    found = send(session, region, writes(session), OTHER, "90000")
    assert (found.kind, found.services) == ("which_meter", ("electricity", "water"))
    assert send(session, region, writes(session, body="e"), OTHER, "45380").service == "electricity"
