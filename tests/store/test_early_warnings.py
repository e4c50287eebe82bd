"""Early warnings on a real database: figures, once a day, quick with 100,000 cases."""

from datetime import timedelta
from time import perf_counter

from sqlalchemy import select, text

from crm_store.queries.report_counts import _COUNT
from crm_store.queries.warnings import area_figures, list_warnings, places_in, wards_of
from crm_store.services.early_warnings import sweep_warnings
from crm_store.services.incidents import NewIncident, open_incident
from crm_store.tables import AreaWarning, StaffNotice
from tests.store.people import NOW
from tests.store.reports import PHONES, minutes, report

#: Cases as a hundred days bring them, a thousand a day, evenly over the region's places; then a bad morning.
A_HUNDRED_DAYS = """
INSERT INTO cases (id, reference, digits, class, category, description, municipality, place, opened_at)
SELECT gen_random_uuid(), 'X-' || n, n::text, 'complaint',
       (ARRAY['water', 'electricity', 'refuse', 'roads'])[1 + n % 4], 'x', 'IDM',
       (CAST(:places AS text[]))[1 + (n * 7919 % 60)],
       CAST(:now AS timestamptz) - n * interval '86.4 seconds'
FROM generate_series(1, 100000) n
"""
A_BAD_MORNING = """
INSERT INTO cases (id, reference, digits, class, category, description, municipality, place, opened_at)
SELECT gen_random_uuid(), 'Y-' || n, 'Y' || n, 'complaint', 'water', 'no water', 'IDM', 'Sundumbili',
       CAST(:now AS timestamptz) - n * interval '1 minute'
FROM generate_series(1, 60) n
"""


def test_a_rise_is_stored_once_a_day_with_its_figures(session, region):
    for week in range(1, 9):
        report(session, region, PHONES[week], at=NOW - timedelta(weeks=week))
    for number in range(15):
        report(session, region, PHONES[number], at=minutes(-number))
    (rise,) = sweep_warnings(session, region, NOW + timedelta(minutes=1))
    assert (rise.cell.level, rise.cell.area, rise.observed) == ("place", "Sundumbili", 15)
    for number in range(15, 20):
        report(session, region, PHONES[number], at=minutes(number))
    assert sweep_warnings(session, region, NOW + timedelta(hours=1)) == []
    (warning,) = session.scalars(select(AreaWarning).execution_options(populate_existing=True))
    assert (warning.observed, warning.category, warning.municipality) == (20, "water", "MLM")
    assert 0.5 < warning.usual < 2
    assert warning.chance < 0.0001
    assert warning.weeks == 8
    (notice,) = session.scalars(select(StaffNotice).where(StaffNotice.kind == "early_warning"))
    assert (notice.to_role, notice.data["area"], notice.data["observed"]) == ("supervisor", "Sundumbili", 15)


def test_one_person_alone_is_no_rise(session, region):
    for number in range(30):
        report(session, region, PHONES[0], at=minutes(-number))
    assert sweep_warnings(session, region, NOW + timedelta(minutes=1)) == []


def test_a_hundred_thousand_cases_are_quick_and_by_index(session, region):
    places = [place.name for place in region.places][:60]
    session.execute(text(A_HUNDRED_DAYS), {"places": places, "now": NOW})
    session.execute(text(A_BAD_MORNING), {"now": NOW})
    session.execute(text("ANALYZE cases"))
    begun = perf_counter()
    found = sweep_warnings(session, region, NOW)
    taken = perf_counter() - begun
    assert [rise.cell.area for rise in found] == ["Sundumbili"]
    assert taken < 3, f"{taken:.2f} s"  # a tenth of a second on a quiet machine
    weeks = [(NOW - timedelta(weeks=n, hours=10), NOW - timedelta(weeks=n)) for n in range(9)]
    plan = "\n".join(
        session.scalars(
            text("EXPLAIN " + _COUNT.format(more="")),
            {"begins": [begins for begins, _ in weeks], "ends": [ends for _, ends in weeks]},
        )
    )
    assert "Index Cond: ((opened_at >= w.begins)" in plan
    assert "Seq Scan on cases" not in plan


def test_the_figures_of_a_ward(session, example_region):
    region = example_region
    assert wards_of(region) == ("TH/3",)
    assert places_in(region, "th/3") == ("Mqondo",)
    for week in range(1, 7):
        report(session, region, PHONES[week], at=NOW - timedelta(weeks=week, days=1), place="Mqondo")
    for number in range(8):
        report(session, region, PHONES[number], at=minutes(number - 8), place="Mqondo")
    sweep_warnings(session, region, NOW + timedelta(minutes=1))
    figures = area_figures(session, region, "TH/3", NOW + timedelta(minutes=1))
    (water,) = figures.categories
    assert (water.category, water.reported, water.usual, water.open, water.late) == ("water", 8, 1.0, 14, 6)
    assert [one.area for one in figures.warnings] == ["Mqondo"]
    assert len(figures.incidents) == 1
    assert area_figures(session, region, "TH/99", NOW) is None


def test_a_place_and_a_municipality_have_figures_too(session, region):
    report(session, region, PHONES[0])
    new = NewIncident(category="water", trouble="outage", place="Sundumbili", started_at=NOW)
    open_incident(session, region, new, "agent:nomsa", minutes(1))
    for area in ("sundumbili", "MLM"):
        figures = area_figures(session, region, area, minutes(2))
        assert [(one.category, one.reported, one.open) for one in figures.categories] == [("water", 1, 1)]
        assert len(figures.incidents) == 1


def test_warnings_are_listed_newest_first(session):
    for day, area in ((13, "Ballito"), (15, "Sundumbili")):
        session.add(
            AreaWarning(
                day=NOW.date().replace(day=day),
                level="place",
                area=area,
                category="water",
                municipality="MLM",
                observed=9,
                usual=1.0,
                chance=1e-6,
                weeks=8,
                window_from=NOW,
                window_until=NOW,
            )
        )
    assert [one.area for one in list_warnings(session, since=NOW.date().replace(day=1))] == [
        "Sundumbili",
        "Ballito",
    ]
    assert list_warnings(session, since=NOW.date(), municipality="KDM") == []
