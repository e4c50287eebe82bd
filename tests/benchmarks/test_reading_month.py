"""The replayed month: the same each time, people's own numbers, and only sound accounts."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from stdnum import damm

from benchmarks.reading_month import AGAIN, WEEK, Month, Person, arrivals

TODAY = dt.date(2026, 11, 22)


@pytest.fixture(scope="module")
def month() -> Month:
    return Month(days=9, per_day=60, seed=7, today=TODAY)


def test_the_same_seed_gives_the_same_month(month: Month) -> None:
    again = Month(days=9, per_day=60, seed=7, today=TODAY)
    assert [list(month.sendings(day)) for day in range(9)] == [list(again.sendings(day)) for day in range(9)]


def test_nobody_writes_a_number_of_the_table_or_of_somebody_else(month: Month) -> None:
    accounts = {line.split(",")[0] for line in month.accounts(range(month.days))}
    for sending in (one for day in range(9) for one in month.sendings(day)):
        own = {sending.person.account(letter) for letter in "ABC"}
        assert set(re.findall(r"\b\d{8}\b", sending.text)) & accounts <= own
        assert not re.search("41006273|41006281|41006299|AVK014522|SZ410882", sending.text)


def test_the_accounts_of_all_who_write_are_there_once(month: Month) -> None:
    lines = [line.split(",") for line in month.accounts(range(month.days))]
    assert len({(line[0], line[3]) for line in lines}) == len(lines)
    assert all(damm.is_valid(line[0]) and len(line[0]) == 8 for line in lines)
    accounts = {line[0] for line in lines}
    for sending in month.sendings(3):
        assert {sending.person.account(letter) for letter in sending.letters} <= accounts


def test_some_write_again_a_week_later(month: Month) -> None:
    first = {sending.person for sending in month.sendings(1)}
    again = [one for one in month.sendings(1 + WEEK) if one.person in first]
    assert len(again) == int(60 * AGAIN)


def test_new_phones_do_not_speak_as_if_they_were_known() -> None:
    month = Month(days=1, per_day=2000, seed=1, today=TODAY)
    new = [one for one in month.sendings(0) if not one.person.known]
    assert 0.06 < len(new) / 2000 < 0.1
    assert all(re.search(r"\d", one.text) or "zero" in one.text or "qanda" in one.text for one in new)


def test_messages_come_over_the_day_most_in_its_busy_hours() -> None:
    times = arrivals(1000, 86_400)
    assert times == sorted(times)
    assert 0 < times[0] < times[-1] < 86_400
    by_hour = [sum(int(time // 3600) == hour for time in times) for hour in range(24)]
    assert by_hour[17] == max(by_hour) > 90
    assert by_hour[3] < 5


def test_meters_keep_their_form() -> None:
    person = Person(1_049_999)
    assert re.fullmatch(r"AV[A-Z]\d{6}", person.meter("AVK014522"))
    assert re.fullmatch(r"S[A-Z]\d{6}", person.meter("SZ410882"))
    assert re.fullmatch(r"04\d{9}", person.meter("04123456789"))
