"""The report as it is read: escaped, in both languages, and silent about few confidential cases."""

import csv
import io
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest

from crm_store.reports.calculation import make_report
from crm_store.reports.page import page
from crm_store.reports.periods import Period
from crm_store.reports.sheet import COLUMNS, sheet
from crm_store.reports.text import lines
from crm_store.services.cases import NewCase, open_case
from crm_store.services.stages import resolve_case
from tests.store.people import NOW

JULY = Period.containing("month", date(2026, 7, 1), ZoneInfo("Africa/Johannesburg"))
LATER = NOW + timedelta(days=60)


def opened(session, region, category="roads", **more):
    given = {"case_class": "complaint", "category": category, "description": "x", "place": "Ballito"}
    return open_case(session, region, NewCase(**given | more), NOW)


@pytest.fixture
def report(session, region):
    for _ in range(3):
        case = opened(session, region)
    resolve_case(session, region, case.reference, "Filled.", "agent:nomsa", NOW + timedelta(hours=1))
    opened(session, region, place="<b>Nowhere & else")
    for _ in range(2):
        opened(session, region, "corruption", place=None)
    for _ in range(6):
        opened(session, region, "staff", place=None)
    return make_report(session, region, JULY, LATER)


def figures(report, group, *key):
    return next(row.figures for row in report.of(group) if row.key == key)


def test_few_confidential_cases_are_not_told_apart(report):
    assert figures(report, "all")["received"].value == 4
    assert {row.key for row in report.of("category")} == {("roads",)}
    rows = {(row["group"], row["key"], row["measure"]): row for row in sheet(report)}
    few, more = (rows["confidential", name, "received"] for name in ("corruption", "staff"))
    assert (few["value"], few["before"], few["difference"]) == ("<5", "<5", "")
    # None are fewer than five, too.
    assert (more["value"], more["before"], more["difference"]) == ("6", "<5", "")
    assert "2" not in {row["value"] for key, row in rows.items() if key[1] == "corruption"}


def test_what_is_kept_and_open(report):
    everything = figures(report, "all")
    told = {name: everything[name].value for name in ("kept", "broken", "open_at_end", "overdue_at_end")}
    assert told == {"kept": 1, "broken": 3, "open_at_end": 3, "overdue_at_end": 3}
    assert str(everything["kept_share"].value) == "25.0"
    assert everything["rating_mean"].value is None


def test_the_page_escapes_and_speaks_both_languages(report):
    english, zulu = page(report, "en"), page(report, "zu")
    assert "<b>Nowhere" not in english
    assert "&lt;b&gt;Nowhere &amp; else" in english
    assert "<script" not in english
    assert '<html lang="zu">' in zulu
    assert "Izethembiso ezigciniwe" in zulu
    assert "Promises kept" not in zulu


def test_text_and_sheet_are_whole(report):
    told = "\n".join(lines(report, "en"))
    assert "2026-07-01 - 2026-07-31" in told
    assert "Escalation steps at 75 %" in told
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS)
    writer.writerows(sheet(report, "zu"))
    assert out.getvalue().count("\n") == len(report.rows) * len(report.measures)


def test_nothing_is_a_report_too(session, region):
    report = make_report(session, region, JULY, LATER)
    assert figures(report, "all")["received"].value == 0
    assert page(report)


def test_a_period_that_runs_says_so(session, region):
    opened(session, region)
    report = make_report(session, region, JULY, NOW + timedelta(hours=1))
    assert not report.whole
    assert "not over" in "\n".join(lines(report))
    assert figures(report, "all")["broken"].value == 0
