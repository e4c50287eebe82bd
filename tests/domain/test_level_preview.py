"""The preview of other service levels: what new cases would be promised, how many keep the old."""

from datetime import UTC, datetime

from crm_store.domain.level_preview import changed_levels
from crm_store.domain.region_file import read_region_file
from crm_store.domain.region_overlay import Change, value_at, with_change
from tests.store_fixtures import ROOT

FILE = read_region_file(ROOT / "municipalities/ilembe.yml")
BEFORE = FILE.region()
MONDAY = datetime(2026, 11, 23, 8, 0, tzinfo=UTC)


def levels(*rules):
    return with_change(FILE.data, (), Change("service_levels", list(rules)))


def test_the_same_levels_change_nothing():
    assert changed_levels(BEFORE, BEFORE, MONDAY, {}) == []


def test_one_rule_changes_its_cells_and_open_cases_are_counted_beside_it():
    rules = [dict(rule) for rule in value_at(FILE.data, "service_levels")]
    roads = next(rule for rule in rules if rule.get("categories") == ["roads"])
    roads["working_days"] = 5
    given = {
        ("KDM", "complaint", "roads", "normal"): 7,
        ("MLM", "complaint", "roads", "high"): 2,
        ("KDM", "complaint", "water", "normal"): 100,
        ("KDM", "complaint", "roads", "emergency"): 3,
    }
    changes = changed_levels(BEFORE, levels(*rules), MONDAY, given)
    assert {(one.case_class, one.categories, one.priority, one.keeping) for one in changes} == {
        ("complaint", ("roads",), "normal", 7),
        ("complaint", ("roads",), "high", 2),
    }
    one = changes[0]
    assert one.municipalities == ("IDM", "KDM", "MLM", "NLM", "MALM")
    assert (one.before.level, one.after.level) == (("working_days", 10), ("working_days", 5))
    assert one.after.due_at == datetime(2026, 11, 30, 14, 0, tzinfo=UTC) < one.before.due_at


def test_a_municipalitys_own_rules_change_its_cases_only():
    own = Change("municipalities.KDM.service_levels", [{"class": "query", "working_days": 1}])
    [normal, high] = changed_levels(BEFORE, with_change(FILE.data, (), own), MONDAY, {})
    assert normal.municipalities == high.municipalities == ("KDM",)
    assert {normal.priority, high.priority} == {"normal", "high"}
    assert normal.categories == tuple(BEFORE.categories)


def test_a_sooner_first_answer_is_a_change():
    rules = [dict(rule) for rule in value_at(FILE.data, "service_levels")]
    rules[-1]["first_response"] = {"hours": 2}
    changes = changed_levels(BEFORE, levels(*rules), MONDAY, {})
    assert {one.case_class for one in changes} == {"compliment"}
    assert {one.after.first_answer for one in changes} == {("hours", 2)}
