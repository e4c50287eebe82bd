"""Early warning as a rule: which areas stand out, and which of an area and its surroundings is named."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.early_warning import Cell, Count, by_area, cells_of, rises, windows
from crm_store.domain.region import EarlyWarningRules

RULES = EarlyWarningRules(weeks=8, at_least=5, chance=0.0001)


def counts(place: str | None, *by_window: int, category: str = "water") -> list[Count]:
    return [Count(number, category, "IDM", place, people) for number, people in enumerate(by_window)]


def test_the_same_hours_of_the_same_weekday():
    begin, now = datetime(2026, 7, 14, 22, 0, tzinfo=UTC), datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
    spans = windows(begin, now, 8)
    assert len(spans) == 9
    assert spans[0] == (begin, now)
    assert {(until - since, until.weekday()) for since, until in spans} == {(timedelta(hours=10), 2)}


def test_a_place_counts_for_its_ward_and_municipality(example):
    cells = cells_of(example, Count(0, "water", "TH", "Mqondo", 3))
    assert [(cell.level, cell.area) for cell in cells] == [
        ("place", "Mqondo"),
        ("ward", "TH/3"),
        ("municipality", "TH"),
    ]
    unknown = cells_of(example, Count(0, "water", "TH", None, 3))
    assert [(cell.level, cell.area) for cell in unknown] == [("municipality", "TH")]


def test_a_districts_case_counts_where_it_happened(ilembe):
    (place, wider) = cells_of(ilembe, Count(0, "water", "IDM", "Sundumbili", 1))
    assert (place.area, wider.area) == ("Sundumbili", "MLM")


def test_what_stands_out_is_named_once_and_narrowly(ilembe):
    table = by_area(
        ilembe,
        [
            *counts("Sundumbili", 25, *[1] * 8),
            *counts("Mandeni", 1, *[1] * 8),
            *counts("Ballito", 2, *[2] * 8),
        ],
        8,
    )
    (rise,) = rises(ilembe, table, RULES)
    assert (rise.cell.level, rise.cell.area, rise.observed) == ("place", "Sundumbili", 25)
    assert 0.5 < rise.usual.mean < 2
    assert rise.chance < 0.0001


def test_a_rise_spread_over_many_places_is_the_municipalitys(ilembe):
    places = [place.name for place in ilembe.places if place.municipality == "NLM"][:12]
    assert len(places) == 12
    table = by_area(ilembe, [one for place in places for one in counts(place, 3, *[0] * 8)], 8)
    (rise,) = rises(ilembe, table, RULES)
    assert (rise.cell.level, rise.cell.area, rise.observed) == ("municipality", "NLM", 36)


def test_what_is_usual_is_no_warning(ilembe):
    assert (
        rises(ilembe, by_area(ilembe, counts("Sundumbili", 22, *[20, 25, 18, 22, 19, 21, 24, 20]), 8), RULES)
        == []
    )


def test_few_are_no_warning(ilembe):
    assert rises(ilembe, by_area(ilembe, counts("Sundumbili", 4, *[0] * 8), 8), RULES) == []


PAST = st.lists(st.integers(0, 30), min_size=8, max_size=8)


@given(st.integers(0, 200), PAST)
def test_more_today_never_takes_a_warning_away(example, today, past):
    before = rises(example, by_area(example, counts("Sihlahleni", today, *past), 8), RULES)
    after = rises(example, by_area(example, counts("Sihlahleni", today + 1, *past), 8), RULES)
    assert len(after) >= len(before)


@given(st.lists(st.tuples(st.sampled_from(["Mqondo", "Long Acre", "Ngwe", None]), st.integers(0, 60), PAST)))
def test_no_area_is_warned_of_beside_one_inside_it(example, given_counts):
    table = by_area(
        example, [c for place, today, past in given_counts for c in counts(place, today, *past)], 8
    )
    found = {(rise.cell.level, rise.cell.area) for rise in rises(example, table, RULES)}
    if ("place", "Mqondo") in found:
        assert ("ward", "TH/3") not in found
    if found & {("place", "Mqondo"), ("place", "Long Acre"), ("ward", "TH/3")}:
        assert ("municipality", "TH") not in found
    assert all(isinstance(cell, Cell) for cell in table)
