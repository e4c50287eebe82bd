"""Incidents as pure rules: which reports belong together, and when that is more than a suggestion."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.baseline import usual
from crm_store.domain.incidents import (
    UNTOLD,
    Area,
    Report,
    area_of,
    citizens_of,
    current,
    gather,
    near,
    rule_for,
    verdict,
    ward_of,
)
from crm_store.domain.places import kilometres_between
from crm_store.domain.region import GatherRule

NOW = datetime(2026, 7, 15, 8, 0, tzinfo=UTC)
KM = 3.0
RULE = GatherRule(categories=("water",), hours=6, suggest_at=3, open_at=6, kilometres=KM)
QUIET = usual([0, 0, 1, 0, 0, 0, 0, 1])

SUNDUMBILI = Area("Sundumbili")
NEAR_MANDENI = Area(latitude=-29.157, longitude=31.406)


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Area("Sundumbili"), Area("Sundumbili"), True),
        (Area("Sundumbili"), Area("Ballito"), False),
        (Area("Mqondo", "TH/3"), Area("Long Acre", "TH/3"), True),
        (Area("Mqondo", "TH/3"), Area("Long Acre", "TH/4"), False),
        (Area("Mqondo"), Area("Long Acre"), False),
        (Area(latitude=-29.157, longitude=31.406), Area(latitude=-29.170, longitude=31.410), True),
        (Area(latitude=-29.157, longitude=31.406), Area(latitude=-29.257, longitude=31.406), False),
        # Two pins say more than the name of the place that both were put down to.
        (Area("Mandeni", None, -29.157, 31.406), Area("Mandeni", None, -29.257, 31.406), False),
        (Area("Mandeni", None, -29.157, 31.406), Area("Mandeni"), True),
        (Area(), Area(), False),
    ],
)
def test_near(one, other, expected):
    assert near(one, other, KM) is expected
    assert near(other, one, KM) is expected


def test_a_far_pin_does_not_speak_for_its_place(ilembe):
    place = ilembe.place_named("Sundumbili")
    assert area_of(ilembe, "Sundumbili", place.latitude, place.longitude, KM).place == "Sundumbili"
    assert area_of(ilembe, "Sundumbili", place.latitude + 0.1, place.longitude, KM).place is None
    assert area_of(ilembe, "Sundumbili", None, None, KM) == Area("Sundumbili")


def test_a_ward_carries_its_municipality(example):
    assert ward_of(example.place_named("Mqondo")) == "TH/3"
    assert ward_of(example.place_named("Long Acre")) is None
    assert ward_of(None) is None


def reports(*citizens: str | None, area: Area = SUNDUMBILI) -> list[Report]:
    return [
        Report(f"{area.place}{number}", citizen, NOW + timedelta(minutes=number), area)
        for number, citizen in enumerate(citizens)
    ]


@pytest.mark.parametrize(
    ("citizens", "gathers"),
    [
        (("a", "b"), 0),
        (("a", "b", "c"), 3),
        (("a", "a", "a", "a", "a"), 0),
        (("a", "a", "b", "b", "c"), 3),
        ((None, None, None, None), 0),
        (("a", "b", None, None), 3),
    ],
)
def test_so_many_people_gather(citizens, gathers):
    found = gather(reports(*citizens), KM, 3)
    assert [one.citizens for one in found] == ([gathers] if gathers else [])
    if found:
        assert len(found[0].reports) == len(citizens)
        assert found[0].started_at == NOW


def test_a_chain_of_neighbours_does_not_join_what_is_far_apart():
    step = 2.5 / 111.2  # degrees of latitude: each is near the next, the ends are 10 km apart
    chain = [
        Report(str(n), f"p{n}", NOW + timedelta(minutes=n), Area(latitude=-29 - n * step, longitude=31.4))
        for n in range(5)
    ]
    for gathering in gather(chain, KM, 2):
        for one in gathering.reports:
            assert near(one.area, gathering.centre.area, KM)
    assert max(len(gathering.reports) for gathering in gather(chain, KM, 2)) == 3


AREAS = st.one_of(
    st.sampled_from([SUNDUMBILI, Area("Ballito"), Area("Mqondo", "TH/3"), Area("Other", "TH/3"), Area()]),
    st.builds(
        Area,
        latitude=st.floats(-29.20, -29.10),
        longitude=st.floats(31.35, 31.45),
    ),
)
CITIZENS = st.one_of(st.none(), st.sampled_from("abcdefgh"))
REPORTS = st.lists(st.tuples(CITIZENS, AREAS, st.integers(0, 300)), max_size=14).map(
    lambda given: [
        Report(str(number), citizen, NOW + timedelta(minutes=minutes), area)
        for number, (citizen, area, minutes) in enumerate(given)
    ]
)


@given(REPORTS, st.randoms())
def test_the_order_of_arrival_does_not_matter(given_reports, random):
    shuffled = list(given_reports)
    random.shuffle(shuffled)
    assert gather(shuffled, KM, 3) == gather(given_reports, KM, 3)


@given(REPORTS)
def test_what_gathers_is_near_and_from_enough_people_and_nowhere_twice(given_reports):
    found = gather(given_reports, KM, 3)
    ids = [report.id for gathering in found for report in gathering.reports]
    assert len(ids) == len(set(ids))
    for gathering in found:
        assert gathering.citizens == citizens_of(gathering.reports) >= 3
        for one in gathering.reports:
            assert near(one.area, gathering.centre.area, KM)
            for other in gathering.reports:
                if one.area.pin and other.area.pin and gathering.centre.area.pin:
                    assert kilometres_between(*one.area.pin, *other.area.pin) <= 2 * KM + 0.001


@given(REPORTS, st.integers(1, 5))
def test_one_persons_repeats_change_nothing(given_reports, times):
    repeated = [
        Report(f"{report.id}-{number}", report.citizen, report.at, report.area)
        for report in given_reports
        for number in range(times)
    ]
    before, after = gather(given_reports, KM, 3), gather(repeated, KM, 3)
    assert [one.citizens for one in after] == [one.citizens for one in before]


@pytest.mark.parametrize(
    ("citizens", "trouble", "normal", "expected"),
    [
        (2, "outage", QUIET, "nothing"),
        (3, "outage", QUIET, "suggested"),
        (5, "outage", QUIET, "suggested"),
        (6, "outage", QUIET, "open"),
        (60, UNTOLD, QUIET, "suggested"),
        # Where eight people a day is ordinary, six are no incident yet.
        (6, "outage", usual([8, 7, 9, 8, 6, 8, 10, 8]), "suggested"),
        (30, "outage", usual([8, 7, 9, 8, 6, 8, 10, 8]), "open"),
    ],
)
def test_verdict(citizens, trouble, normal, expected):
    assert verdict(citizens, normal, RULE, 0.999, trouble) == expected


@pytest.mark.parametrize(
    ("state", "starts", "ends", "kind", "expected"),
    [
        ("open", -1, None, "outage", True),
        ("open", -1, 2, "outage", True),
        ("open", -2, -1, "outage", True),  # later than hoped, but not over
        ("open", -1, 2, "planned", True),
        ("open", -2, -1, "planned", False),
        ("open", 1, 2, "planned", False),
        ("suggested", -1, None, "outage", False),
        ("over", -1, None, "outage", False),
        ("dismissed", -1, None, "outage", False),
    ],
)
def test_what_people_may_be_told(state, starts, ends, kind, expected):
    end = None if ends is None else NOW + timedelta(hours=ends)
    assert current(state, NOW + timedelta(hours=starts), end, kind, NOW) is expected


def test_what_is_private_or_single_never_gathers(ilembe):
    for category in ("billing", "staff", "corruption", "housing", "indigent"):
        assert rule_for(ilembe, category) is None
    assert rule_for(ilembe, "water").suggest_at == 3
