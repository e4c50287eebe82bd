"""Changes over a region's file: where they may lie, what they make of it, and what they may not break."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from crm_store.domain.region_export import ToFold, as_yaml
from crm_store.domain.region_file import read_region_file
from crm_store.domain.region_overlay import (
    Change,
    RegionRefused,
    laid_over,
    municipality_of,
    overlaid,
    topic_of,
    value_at,
    with_change,
)
from tests.store_fixtures import ROOT

FILE = read_region_file(ROOT / "municipalities/ilembe.yml")
ROADS = "municipalities.KDM.departments.roads"
RENAMED = {"name": {"en": "Roads", "zu": "uMnyango Wemigwaqo"}, "phone": "032 437 5999"}


@pytest.mark.parametrize(
    ("way", "topic"),
    [
        (ROADS, "departments"),
        ("municipalities.KDM.handles", "departments"),
        ("municipalities.KDM.contacts", "contacts"),
        ("service_levels", "service_levels"),
        ("municipalities.MLM.service_levels", "service_levels"),
        ("holidays", "holidays"),
        ("knowledge.office_hours", "knowledge"),
        ("whatsapp_templates.notice_resolved", "templates"),
        ("categories.water", None),
        ("municipalities.KDM", None),
        (f"{ROADS}.name", None),
        ("municipalities.KDM.letters", None),
        ("knowledge.", None),
        ("knowledge.*", None),
        ("", None),
    ],
)
def test_only_some_parts_can_be_changed(way, topic):
    assert topic_of(way) == topic


def test_a_way_knows_its_municipality():
    assert municipality_of(ROADS) == "KDM"
    assert municipality_of("service_levels") is None


def test_a_changed_department_is_in_the_region():
    region = with_change(FILE.data, (), Change(ROADS, RENAMED))
    assert region.department("KDM", "roads").name.en == "Roads"
    assert FILE.region().department("KDM", "roads").name.en == "Roads and Stormwater"


def test_an_answer_is_replaced_added_and_taken_away_by_its_id():
    entry = {**value_at(FILE.data, "knowledge.office_hours"), "answer": {"en": "Open.", "zu": "Kuvuliwe."}}
    new = {**entry, "id": "pool_hours"}
    changes = [
        Change("knowledge.office_hours", entry),
        Change("knowledge.pool_hours", new),
        Change("knowledge.contact_numbers", None),
    ]
    region = overlaid(FILE.data, changes).region
    assert region.knowledge_entry("office_hours").answer.en == "Open."
    assert region.knowledge_entry("pool_hours") is not None
    assert region.knowledge_entry("contact_numbers") is None
    assert region.knowledge[0].id == "office_hours"


@pytest.mark.parametrize(
    ("way", "value", "field"),
    [
        (ROADS, {"name": {"en": "Roads"}}, "name.zu"),
        (ROADS, {**RENAMED, "phone": "ring us"}, "phone"),
        (ROADS, None, "municipalities.KDM.handles.roads"),
        ("service_levels", [{"class": "complaint", "working_days": 2}], ""),
        ("service_levels", [{"class": "complaint", "working_days": 0}], "0.working_days"),
        ("municipalities.KDM.handles", {"general": "nobody"}, "general"),
        ("holidays", {"country": "ZA", "add": [{"date": "soon", "name": "x"}]}, "add.0.date"),
        ("knowledge.office_hours", {"id": "office_hours", "category": "general"}, "questions"),
        ("whatsapp_templates.notice_resolved", {"en": "HX1"}, "en"),
        ("pay_points", [{"name": ""}], "0.name"),
    ],
)
def test_what_would_make_the_data_wrong_is_refused_with_its_field(way, value, field):
    with pytest.raises(RegionRefused) as refused:
        with_change(FILE.data, (), Change(way, value))
    assert field in [name for name, _ in refused.value.faults]


def test_a_link_or_a_long_answer_is_refused_as_in_the_file():
    entry = {**value_at(FILE.data, "knowledge.office_hours")}
    entry["answer"] = {"en": "See https://x.org", "zu": "a" * 300}
    with pytest.raises(RegionRefused) as refused:
        with_change(FILE.data, (), Change("knowledge.office_hours", entry))
    assert {name for name, _ in refused.value.faults} == {"answer.en", "answer.zu"}


def test_a_change_that_fits_the_file_no_more_is_left_out_and_named():
    data = laid_over(FILE.data, [])
    stale = Change("municipalities.KDM.handles", {"general": "a_department_of_the_past"})
    result = overlaid(data, [stale, Change(ROADS, RENAMED)])
    assert result.left_out == ("municipalities.KDM.handles",)
    assert result.region.department("KDM", "roads").name.en == "Roads"


def test_a_new_department_and_its_work_fit_together_in_any_order():
    handles = {**value_at(FILE.data, "municipalities.KDM.handles"), "roads": "drains"}
    changes = [
        Change("municipalities.KDM.handles", handles),
        Change("municipalities.KDM.departments.drains", RENAMED),
    ]
    assert overlaid(FILE.data, changes).region.municipalities["KDM"].handles["roads"] == "drains"


WAYS = st.sampled_from([ROADS, "municipalities.KDM.contacts", "knowledge.office_hours", "pay_points"])


@given(st.lists(st.tuples(WAYS, st.one_of(st.none(), st.dictionaries(st.just("x"), st.integers())))))
def test_the_last_change_of_a_way_holds_and_the_file_stays_as_it_is(made):
    before = repr(FILE.data)
    changed = laid_over(FILE.data, [Change(way, value) for way, value in made])
    for way, value in dict(made).items():
        if way.startswith("knowledge") and value is not None:
            continue  # an entry without its id is found again by nobody
        assert value_at(changed, way) == value
    assert repr(FILE.data) == before


def test_the_export_is_yaml_that_gives_the_same_values():
    entry = value_at(FILE.data, "knowledge.office_hours")
    parts = [
        ToFold(ROADS, RENAMED, "nomsa, today: new number"),
        ToFold("service_levels", [{"class": "query", "working_days": 2}], "nomsa, today"),
        ToFold("knowledge.office_hours", entry, "sipho, today"),
        ToFold("knowledge.contact_numbers", None, "sipho, today"),
    ]
    text = as_yaml(parts, "ilembe.yml", "knowledge/ilembe.yml")
    region, knowledge = text.split("# --- knowledge/ilembe.yml")
    assert value_at(yaml.safe_load(region), ROADS) == RENAMED
    assert yaml.safe_load(knowledge) == [entry]
    assert "take away knowledge.contact_numbers" in text
    assert "nomsa, today: new number" in text
