"""A month of readings in figures."""

from datetime import date, timedelta
from decimal import Decimal

from crm_store.queries.reading_report import reading_report
from crm_store.services.reading_review import correct_reading, reject_reading
from crm_store.services.readings import record_reading
from crm_store.tables import Account, Meter
from tests.store.people import NOW, THANDI, writes


def an_account(session, number, municipality="KDM", phone=None):
    session.add(Account(account_number=number, municipality=municipality, phone=phone))
    session.flush()
    session.add(Meter(account_number=number, service="water", meter_number=f"W{number}", dials=5,
                      last_reading=2190, last_reading_on=date(2026, 6, 15),
                      average_per_month=Decimal(22)))  # fmt: skip
    session.flush()


def test_the_month_in_figures(session, region):
    for number, municipality, phone in (
        ("41000001", "KDM", None), ("41000002", "KDM", THANDI), ("41000003", "MLM", None),
        ("41000004", "KDM", THANDI), ("41000005", "KDM", None), ("41000006", "MLM", "+27731112222"),
    ):  # fmt: skip
        an_account(session, number, municipality, phone)

    def take(number, digits, channel="sms", days=0):
        accepted = writes(session, channel=channel)
        return record_reading(session, region, account_number=number, digits=digits, insists=True,
                              now=NOW + timedelta(days=days), conversation_id=accepted.conversation_id,
                              message_id=accepted.message_id).reading_id  # fmt: skip

    take("41000001", "02214")
    take("41000002", "02214", "whatsapp")
    wrong = take("41000003", "09999", days=1)
    reject_reading(session, region, wrong, "Too dark.", "agent:zodwa", NOW)
    high = take("41000001", "09999", days=2)
    correct_reading(session, region, high, "02216", "agent:zodwa", NOW)
    take("41000002", "02236", days=30)

    lines = {(line.group, line.name): line for line in reading_report(session, "2026-07")}
    assert {name: line.received for (group, name), line in lines.items() if group == "day"} == {
        "2026-07-15": 2, "2026-07-16": 1, "2026-07-17": 1,
    }  # fmt: skip
    assert lines["channel", "sms"].received == 3
    assert lines["channel", "whatsapp"].share_at_once == 1
    assert (lines["area", "KDM"].received, lines["area", "KDM"].at_once) == (3, 2)
    assert (lines["area", "MLM"].received, lines["area", "MLM"].rejected) == (1, 1)
    assert lines["reason", "high_use"].received == 2
    assert {name: line.received for (group, name), line in lines.items() if group == "estimated"} == {
        "KDM": 1, "MLM": 2,
    }  # fmt: skip
    assert {line.name for line in reading_report(session, "2026-07", "MLM") if line.group == "area"} == {
        "MLM"
    }


def test_an_empty_month(session):
    assert reading_report(session, "2031-02") == []
