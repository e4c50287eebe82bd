"""The desk's changes of the municipalities' data: kept, seen everywhere, undone, folded into the file."""

import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select

from crm_store import region as regions
from crm_store.approved_templates import approved_template
from crm_store.database import transaction
from crm_store.domain.region_file import read_region_file
from crm_store.domain.region_overlay import RegionRefused, value_at
from crm_store.queries.region_changes import changes_in_force, list_region_changes
from crm_store.region import left_out, look_again, of_region, region, region_file
from crm_store.services.region_changes import (
    CannotUndo,
    ChangedMeanwhile,
    change_region,
    fold_changes,
    preview_change,
    undo_change,
)
from crm_store.settings import settings
from crm_store.tables import RegionChange
from tests.store.test_overview import case
from tests.store_fixtures import ROOT

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
ROADS = "municipalities.KDM.departments.roads"
RENAMED = {"name": {"en": "Roads", "zu": "uMnyango Wemigwaqo"}}
SID = "HX" + "a" * 32


def change(way, value, actor="agent:nomsa", **more):
    with transaction() as session:
        row = change_region(session, region_file(), way, value, actor, NOW, **more)
    look_again()
    return row


def undo(number):
    with transaction() as session:
        row = undo_change(session, region_file(), number, "agent:sipho", NOW)
    look_again()
    return row


def roads():
    return region().department("KDM", "roads").name.en


def test_a_change_is_in_the_region_and_in_the_log(database_url):
    row = change(ROADS, RENAMED, why="  shorter \n name ")
    assert roads() == "Roads"
    with transaction() as session:
        [(logged, last)] = list_region_changes(session)
    assert (logged.number, logged.actor, logged.why, last) == (
        row.number,
        "agent:nomsa",
        "shorter name",
        True,
    )
    assert logged.before["name"]["en"] == "Roads and Stormwater"
    assert logged.after == RENAMED


def test_what_stands_there_already_is_no_change(database_url):
    assert change(ROADS, value_at(region_file().data, ROADS)) is None


def test_other_processes_see_it_after_a_moment_and_ask_the_database_rarely(database_url, monkeypatch):
    clock = [1000.0]
    monkeypatch.setattr(regions.time, "monotonic", lambda: clock[0])
    first = region()
    with transaction() as session:
        change_region(session, region_file(), ROADS, RENAMED, "agent:nomsa", NOW)
    assert region() is first  # within two seconds nobody asks
    clock[0] += 2.1
    assert roads() == "Roads"
    second = region()
    clock[0] += 2.1
    assert region() is second  # nothing new: the same object, so that what is made of it is kept


def test_what_is_made_of_the_region_is_made_again_only_when_it_changed(database_url):
    made = []
    names = of_region(lambda region: made.append(1) or region.department("KDM", "roads").name.en)
    assert (names(), names(), len(made)) == ("Roads and Stormwater", "Roads and Stormwater", 1)
    change(ROADS, RENAMED)
    assert (names(), len(made)) == ("Roads", 2)


def test_the_region_stays_known_while_the_database_is_away(database_url, monkeypatch):
    known = region()
    look_again()

    def away(_session):
        raise regions.SQLAlchemyError("gone")

    monkeypatch.setattr(regions, "newest_number", away)
    assert region() is known


def test_a_change_is_undone_and_done_again_by_changes_of_their_own(database_url):
    row = change(ROADS, RENAMED)
    back = undo(row.number)
    assert roads() == "Roads and Stormwater"
    assert (back.undoes, back.as_file) == (row.number, True)
    with transaction() as session:
        assert changes_in_force(session) == []
    undo(back.number)
    assert roads() == "Roads"


def test_only_the_last_change_of_a_part_is_undone(database_url):
    first = change(ROADS, RENAMED)
    change(ROADS, {"name": {"en": "Streets", "zu": "Imigwaqo"}})
    with pytest.raises(CannotUndo, match="changed again since"):
        undo(first.number)
    with pytest.raises(CannotUndo, match="no change 99999"):
        undo(99999)
    assert roads() == "Streets"


def test_undoing_a_department_that_has_work_by_now_is_refused(database_url):
    made = change("municipalities.KDM.departments.drains", RENAMED)
    handles = {**value_at(region_file().data, "municipalities.KDM.handles"), "roads": "drains"}
    change("municipalities.KDM.handles", handles)
    with pytest.raises(CannotUndo, match="does not fit"):
        undo(made.number)
    assert region().municipalities["KDM"].handles["roads"] == "drains"


def test_undoing_a_department_in_which_cases_are_is_refused(database_url):
    made = change("municipalities.KDM.departments.drains", RENAMED)
    with transaction() as session:
        case(session, 1, department="drains")
    with pytest.raises(CannotUndo, match="cases or people"):
        undo(made.number)
    assert "drains" in region().municipalities["KDM"].departments


def test_what_is_wrong_is_refused_and_not_kept(database_url):
    with pytest.raises(RegionRefused, match=r"name\.zu"):
        change(ROADS, {"name": {"en": "Roads"}})
    with pytest.raises(RegionRefused, match="cannot be changed"):
        change("categories.water", {"name": {"en": "w", "zu": "a"}})
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(RegionChange)) == 0


def test_two_editors_of_one_part_are_noticed_of_two_parts_not(database_url):
    seen = change(ROADS, RENAMED).number
    change(ROADS, {"name": {"en": "Streets", "zu": "Imigwaqo"}}, seen=seen)
    with pytest.raises(ChangedMeanwhile, match="nomsa"):
        change(ROADS, RENAMED, actor="agent:sipho", seen=seen)
    change("municipalities.KDM.contacts", {"phone": "032 437 5001"}, seen=0)
    assert roads() == "Streets"


def test_many_editors_at_once_lose_nothing(database_url):
    ways = [f"municipalities.{code}.contacts" for code in ("IDM", "KDM", "MLM", "NLM", "MALM")]
    with ThreadPoolExecutor(5) as threads:
        list(threads.map(lambda way: change(way, {"phone": "032 000 0000"}), ways))
    assert {m.contacts.phone for m in region().municipalities.values()} == {"032 000 0000"}


def test_a_preview_changes_nothing(database_url):
    with transaction() as session:
        before, after = preview_change(session, region_file(), ROADS, RENAMED)
    assert (before.department("KDM", "roads").name.en, after.department("KDM", "roads").name.en) == (
        "Roads and Stormwater",
        "Roads",
    )
    assert roads() == "Roads and Stormwater"


@pytest.fixture
def own_file(database_url, tmp_path, monkeypatch):
    shutil.copytree(ROOT / "municipalities", tmp_path / "m")
    monkeypatch.setenv("PHENDULA_MUNICIPALITIES", str(tmp_path / "m/ilembe.yml"))
    settings.cache_clear()
    yield tmp_path / "m/ilembe.yml"
    settings.cache_clear()


def test_what_the_file_says_by_now_is_folded_and_the_file_counts_again(own_file):
    change(ROADS, {**value_at(region_file().data, ROADS), "phone": "032 437 5999"})
    change("municipalities.KDM.contacts", {"phone": "032 437 5001"})
    text = own_file.read_text()
    name = "name: {en: Roads and Stormwater, zu: uMnyango Wemigwaqo, locative: eMnyangweni Wemigwaqo}"
    roads_line = f"{name}\n        phone: "
    assert roads_line + '"032 437 5000"' in text
    own_file.write_text(text.replace(roads_line + '"032 437 5000"', roads_line + '"032 437 5999"', 1))
    with transaction() as session:
        assert fold_changes(session, read_region_file(own_file), "agent:it", NOW) == [ROADS]
        assert [row.way for row in changes_in_force(session)] == ["municipalities.KDM.contacts"]


def test_a_change_whose_ground_left_the_file_does_not_stop_the_product(own_file):
    change("municipalities.KDM.departments.drains", RENAMED)
    handles = {**value_at(region_file().data, "municipalities.KDM.handles"), "roads": "drains"}
    change("municipalities.KDM.handles", handles)
    with transaction() as session:  # as if the file had lost what the other change stands on
        session.add(
            RegionChange(
                way="municipalities.KDM.departments.drains",
                before=RENAMED, after=None, as_file=True, actor="agent:it", at=NOW,
            )
        )  # fmt: skip
    look_again()
    assert region().municipalities["KDM"].handles["roads"] == "roads"
    assert left_out() == ("municipalities.KDM.handles",)


def test_a_template_of_the_desk_goes_before_the_settings(database_url, monkeypatch):
    monkeypatch.setenv("TWILIO_WHATSAPP_TEMPLATES", "notice_resolved.en=HX" + "b" * 32)
    settings.cache_clear()
    assert approved_template(region(), "utter_notice_resolved", "en") == "HX" + "b" * 32
    change("whatsapp_templates.notice_resolved", {"en": SID})
    assert approved_template(region(), "utter_notice_resolved", "en") == SID
    assert approved_template(region(), "utter_notice_resolved", "zu") is None
