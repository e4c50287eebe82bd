"""Meters with several registers: from billing's file through the checks to billing again."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import func, select

from crm_store.queries.meters import known_meters
from crm_store.queries.own_accounts import last_readings, meters_of
from crm_store.queries.reading_report import reading_report
from crm_store.queries.reading_review import readings_to_review
from crm_store.services.accounts import import_accounts
from crm_store.services.reading_exports import Wanted, batch_rows, make_batch
from crm_store.services.reading_review import correct_reading
from crm_store.services.readings import record_reading
from crm_store.services.typed_readings import record_typed
from crm_store.tables import Account, Meter, Notice, Reading
from tests.store.people import NOW, events, writes

CODES = {"KDM", "MLM"}
ACCOUNT = "41006273"
OLD_HEADER = (
    "account_number,municipality,service,meter_number,dials,last_reading,last_reading_date,average_per_month"
)
T1 = f"{ACCOUNT},KDM,electricity,E100,5,2000,2026-06-15,200,T1"
T2 = f"{ACCOUNT},KDM,electricity,E100,5,1000,2026-06-15,100,T2"
WATER = f"{ACCOUNT},KDM,water,W100,5,300,2026-06-15,20,"


@pytest.fixture
def take_over(session, tmp_path):
    def take(*rows, header=f"{OLD_HEADER},register"):
        path = tmp_path / "accounts.csv"
        path.write_text("\n".join([header, *rows]) + "\n")
        return import_accounts(session, path, CODES, today=date(2026, 7, 1))

    return take


@pytest.fixture
def send(session, region):
    def send_one(digits, register=None, at=NOW, accepted=None, **more):
        accepted = accepted or writes(session)
        given = {"account_number": ACCOUNT, "register": register, **more}
        return record_reading(
            session, region, digits=digits, conversation_id=accepted.conversation_id,
            message_id=accepted.message_id, now=at, **given,
        )  # fmt: skip

    return send_one


def in_use(session):
    query = select(Meter.meter_number, Meter.register, Meter.last_reading).where(Meter.removed_at.is_(None))
    return sorted(map(tuple, session.execute(query)))


def test_each_register_is_taken_over_with_its_own_facts(session, take_over):
    result = take_over(T1, T2, WATER)
    assert (result.added, result.rejected) == (3, [])
    assert in_use(session) == [("E100", "T1", 2000), ("E100", "T2", 1000), ("W100", "", 300)]


def test_the_same_file_again_changes_nothing(session, take_over):
    take_over(T1, T2)
    session.commit()
    result = take_over(T1.replace("T1", "t1"), T2)
    assert (result.added, result.changed, result.unchanged, result.removed_meters) == (0, 0, 2, 0)


def test_a_register_that_goes_away_and_one_that_changes(session, take_over):
    take_over(T1, T2)
    result = take_over(T1.replace("2000", "2100"))
    assert (result.changed, result.removed_meters) == (1, 1)
    assert in_use(session) == [("E100", "T1", 2100)]
    assert ("meter_removed", "import") in events(session, ACCOUNT)
    again = take_over(T1.replace("2000", "2100"), T2)
    assert (again.changed, again.unchanged) == (1, 1)


def test_a_meter_that_has_one_register_now(session, take_over):
    take_over(T1, T2)
    take_over(T1.replace("T1", ""))
    assert in_use(session) == [("E100", "", 2000)]


def test_a_changed_meter_takes_its_registers_along(session, take_over):
    take_over(T1, T2)
    take_over(T1.replace("E100", "E200"), T2.replace("E100", "E200"))
    assert [meter[:2] for meter in in_use(session)] == [("E200", "T1"), ("E200", "T2")]


def test_an_old_file_loads_and_does_not_take_registers_away(session, take_over):
    take_over(T1, T2)
    result = take_over(
        T1.removesuffix(",T1"), WATER.replace(ACCOUNT, "41006281").removesuffix(","), header=OLD_HEADER
    )
    assert [(line, field) for line, field, _ in result.rejected] == [(2, "register")]
    assert in_use(session) == [("E100", "T1", 2000), ("E100", "T2", 1000), ("W100", "", 300)]


@pytest.mark.parametrize(
    ("rows", "faults"),
    [
        pytest.param([T1, T2.replace("T2", "T9")], [(3, "register")], id="a register nobody could name"),
        pytest.param([T1, T2.replace("T2", "1.8.0")], [(3, "register")], id="the total"),
        pytest.param([T1, T2.replace(",T2", ",")], [(3, "register")], id="one without its name"),
        pytest.param([T1, T2.replace("T2", "T1")], [(3, "meter_number")], id="one twice"),
    ],
)
def test_a_bad_row_is_told_and_removes_nothing(session, take_over, rows, faults):
    take_over(T1, T2)
    result = take_over(*rows)
    assert [(line, field) for line, field, _ in result.rejected] == faults
    assert ("E100", "T1", 2000) in in_use(session)


def test_both_are_read_checked_and_corrected_on_their_own(session, take_over, send):
    take_over(T1, T2)
    one, two = send("02200", "peak"), send("01090", "T2")
    assert (one.kind, one.register, one.use) == ("taken", "T1", 200)  # only T1's last reading fits
    assert (two.register, two.use, two.registers) == ("T2", 90, ())
    assert one.registers == ("T2",)
    assert one.cost is None  # our tariffs know no hours
    again = send("02210", "T1", at=NOW + timedelta(hours=1))
    assert (again.corrected, again.register) == (True, "T1")
    current = session.scalars(select(Reading.digits).where(Reading.state == "accepted")).all()
    assert sorted(current) == ["01090", "02210"]


def test_a_bare_number_is_of_the_register_that_it_fits(session, take_over, send):
    take_over(T1, T2, WATER)
    assert send("01090").register == "T2"
    assert send("02200", service="electricity").register == "T1"
    assert send("00320").service == "water"


def test_what_fits_both_is_asked(session, take_over, send):
    take_over(T1, T2.replace(",1000,", ",2010,"))
    outcome = send("02150")
    assert (outcome.kind, outcome.registers, outcome.meter_number) == ("which_register", ("T1", "T2"), "E100")
    assert send("02150", "T2").register == "T2"


def test_two_of_one_message_are_two_registers(session, take_over, send):
    """The first was named in the answer; the second can be the other one only."""
    take_over(T1, T2.replace(",1000,", ",2010,"))
    accepted = writes(session)
    first = send("02150", "T1", accepted=accepted)
    second = send("02155", accepted=accepted, source_ordinal=1)
    assert (first.register, second.register) == ("T1", "T2")
    assert send("02155", accepted=accepted, source_ordinal=1) == second  # a turn that is retried


def test_a_doubt_is_of_one_register(session, take_over, send):
    take_over(T1, T2)
    assert send("09000", "T1").kind == "implausible"
    assert send("09000", "T2").kind == "implausible"
    taken = send("09000", "T2")
    assert (taken.kind, taken.flagged, taken.register) == ("taken", True, "T2")


def test_review_and_billing_name_the_register_once(session, take_over, send):
    take_over(T1, T2, WATER)
    send("02200", "T1")
    send("09000", "T2", insists=True)
    send("00320", service="water")
    (waiting,) = readings_to_review(session)
    assert (waiting.register, waiting.last_reading) == ("T2", 1000)
    batch = make_batch(session, Wanted(municipality="KDM"), NOW)
    rows = list(batch_rows(session, batch.number))
    assert [(row["meter_number"], row["register"], row["reading"]) for row in rows] == [
        ("E100", "T1", "02200"), ("E100", "T2", "09000"), ("W100", "", "00320"),
    ]  # fmt: skip
    assert make_batch(session, Wanted(municipality="KDM"), NOW) is None


def test_an_account_half_read_counts_as_left_to_an_estimate(session, take_over, send):
    def estimated():
        return [line.received for line in reading_report(session, "2026-07") if line.group == "estimated"]

    take_over(T1, T2, WATER)
    send("02200", "T1")
    assert estimated() == [1]
    send("01090", "T2")
    assert estimated() == []


def test_known_meters_tell_their_registers(session, take_over):
    take_over(T1, T2, WATER)
    found = known_meters(session, [ACCOUNT], None, date(2026, 7, 15))
    assert [(one.meter_number, one.register) for one in found] == [
        ("E100", "T1"),
        ("E100", "T2"),
        ("W100", ""),
    ]


def typed(session, region, digits, **more):
    given = {"account_number": ACCOUNT, "now": NOW, "actor": "agent:zodwa", **more}
    return [(one.kind, one.register) for one in record_typed(session, region, digits, **given)]


def test_staff_type_both_registers_at_once(session, region, take_over):
    take_over(T1, T2, WATER)
    assert typed(session, region, "T1 02200 T2 1090") == [("taken", "T1"), ("taken", "T2")]
    assert typed(session, region, "00 320", service="water") == [("taken", "")]
    assert session.scalar(select(func.count()).select_from(Reading)) == 3


def test_two_numbers_for_one_register_are_refused(session, region, take_over):
    take_over(T1, T2, WATER)
    for digits in ("T1 02200 T1 02201", "T1 02200 T2 01090 T1 02201", "T1 02200 T1 02200"):
        assert typed(session, region, digits, service="electricity") == [("which_register", "T1")]
    assert typed(session, region, "T1 00310 T2 00320", service="water") == [("wrong_digits", "")]
    assert session.scalar(select(func.count()).select_from(Reading)) == 0


def test_what_staff_typed_is_taken_whole_or_not_at_all(session, region, take_over):
    take_over(T1, T2)
    assert typed(session, region, "T1 02200 T2 09000") == [("implausible", "T2")]
    assert session.scalars(select(Reading)).all() == []
    assert typed(session, region, "T1 02200 T2 09000", insists=True) == [("taken", "T1"), ("taken", "T2")]
    assert typed(session, region, "T1 02200 T2 01090") == [("taken", "T2")]
    assert typed(session, region, "02200") == [("repeated", "T1")]


def test_a_correction_by_staff_names_the_register_to_its_sender(session, region, take_over, send):
    take_over(T1, T2)
    taken = send("09000", "T2", insists=True)
    new = correct_reading(session, region, taken.reading_id, "01090", "agent:zodwa", NOW)
    assert session.get_one(Meter, new.meter_id).register == "T2"
    (notice,) = session.scalars(select(Notice).where(Notice.kind == "reading_corrected"))
    assert (notice.said["sent"], notice.said["reading"]) == ("09000", "01090#T2")


def test_a_meter_of_several_registers_is_one_meter_of_its_holder(session, take_over):
    take_over(T1, T2, WATER)
    accounts = [session.get_one(Account, ACCOUNT)]
    assert [line["values"]["meter_number"] for line in meters_of(session, accounts)] == ["E100", "W100"]
    told = {line["values"]["reading"] for line in last_readings(session, accounts)}
    assert told == {"02000#T1", "01000#T2", "00300"}
