"""Administration: changes over the municipality file by its pages, their log and undo, and whose they are."""

import re

import pytest
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.region import look_again, region
from crm_store.tables import RegionChange
from tests.desk.conftest import post, signed_in
from tests.desk.page_forms import forms

HOME = "/desk/administration"
ROADS = f"{HOME}/departments/KDM/roads"


def fields_of(html, action=None):
    """What the page's first form (or the one that goes to `action`) would send."""
    return next(one.fields for one in forms(html) if action is None or one.action == action)


def change(client, path, action=None, **fields):
    """Open the page, change these fields and send its form."""
    return post(client, action or path, **{**fields_of(client.get(path).text, action), **fields})


def shown(client, answer):
    """The page that an answer leads to."""
    return client.get(answer.headers["location"]).text if answer.status_code == 303 else answer.text


@pytest.fixture
def admin(client):
    signed_in(client, "administrator", "nomsa")
    return client


def test_what_a_role_may_not_change_is_not_shown_and_not_opened(client):
    signed_in(client, "supervisor", "sipho")
    page = client.get(HOME).text
    assert "Ready answers" in page
    assert "Service levels" not in page
    assert client.get(f"{HOME}/service-levels").status_code == 403
    assert client.get(ROADS).status_code == 403
    signed_in(client, "agent", "thandi")
    assert client.get(HOME).status_code == 403


def test_a_department_is_renamed_logged_and_put_back(admin):
    answer = change(admin, ROADS, **{"name.en": "Roads", "why": "shorter"})
    assert answer.status_code == 303
    assert region().department("KDM", "roads").name.en == "Roads"
    page = shown(admin, answer)
    assert "Saved." in page
    undo = re.search(r'action="(/desk/administration/changes/\d+/undo)"', page).group(1)
    log = admin.get(f"{HOME}/changes").text
    for words in ("Nomsa", "shorter", "Roads and Stormwater", "name.en"):
        assert words in log
    assert "as it was before" in shown(admin, post(admin, undo))
    assert region().department("KDM", "roads").name.en == "Roads and Stormwater"
    assert post(admin, undo).status_code == 303  # not its part's last change any more: told, not done
    assert region().department("KDM", "roads").name.en == "Roads and Stormwater"


def test_faults_stand_beside_their_fields_and_what_was_typed_stays(admin):
    answer = change(admin, ROADS, **{"name.zu": "", "phone": "ring us", "email": "roads@example.org"})
    assert answer.status_code == 422
    assert "Fill this in." in answer.text
    assert "such as 032 437 5000" in answer.text
    assert "roads@example.org" in answer.text
    assert answer.text.count('aria-invalid="true"') == 2
    assert region().department("KDM", "roads").email is None


def test_two_who_change_the_same_are_told_apart(admin):
    old = fields_of(admin.get(ROADS).text)
    change(admin, ROADS, **{"name.en": "Roads"})
    answer = post(admin, ROADS, **{**old, "name.en": "Streets"})
    assert answer.status_code == 422
    assert "Somebody else changed this" in answer.text
    assert "Streets" in answer.text
    assert region().department("KDM", "roads").name.en == "Roads"


def test_a_new_department_gets_work(admin):
    answer = change(
        admin,
        f"{HOME}/departments/KDM/new",
        **{"name.en": "Storm Water", "name.zu": "uMnyango Wamanzi Emvula"},
    )
    assert answer.status_code == 303
    assert change(admin, f"{HOME}/departments/KDM/handles", roads="storm_water").status_code == 303
    assert region().municipalities["KDM"].handles["roads"] == "storm_water"
    assert "Storm Water" in admin.get(f"{HOME}/departments").text
    again = change(admin, f"{HOME}/departments/KDM/new", **{"name.en": "Storm water!", "name.zu": "x"})
    assert "There is a department of this name" in again.text


def test_an_administrator_of_one_municipality_changes_that_one_only(client):
    signed_in(client, "administrator", "zodwa", municipality="KDM")
    page = client.get(f"{HOME}/departments").text
    assert "KwaDukuza" in page
    assert "Mandeni" not in page
    assert change(client, ROADS, **{"name.en": "Roads"}).status_code == 303
    assert client.get(f"{HOME}/departments/MLM/roads").status_code == 404
    assert (
        post(client, f"{HOME}/departments/MLM/roads", **{"name.en": "x", "name.zu": "x"}).status_code == 404
    )
    assert post(client, f"{HOME}/contacts/MLM", phone="032 000 0000").status_code == 404
    assert post(client, f"{HOME}/contacts/pay-points", **{"0.name": "x"}).status_code == 404
    assert post(client, f"{HOME}/hours/holidays", do="add", date="2027-03-01", name="x").status_code == 404
    assert post(client, f"{HOME}/service-levels", of="", do="save").status_code == 404
    assert post(client, f"{HOME}/service-levels", of="MLM", do="save").status_code == 404
    assert post(client, f"{HOME}/templates/notice_resolved", en="HX" + "a" * 32).status_code == 404
    with transaction() as session:
        assert [row.way for row in session.scalars(select(RegionChange))] == [
            "municipalities.KDM.departments.roads"
        ]


def test_somebody_elses_change_is_not_undone(client, another):
    signed_in(client, "administrator", "nomsa")
    change(client, f"{HOME}/contacts", f"{HOME}/contacts/KDM", phone="032 437 5001")
    with transaction() as session:
        number = session.scalar(select(RegionChange.number))
    other = another()
    signed_in(other, "administrator", "zodwa", municipality="MALM")
    assert post(other, f"{HOME}/changes/{number}/undo").status_code == 404
    signed_in(other, "supervisor", "sipho")
    assert post(other, f"{HOME}/changes/{number}/undo").status_code == 403
    assert post(client, f"{HOME}/changes/99999/undo").status_code == 404


ANSWER = {
    "category": "general",
    "answer.en": "The pool is open from 09:00 to 17:00.",
    "answer.zu": "Idamu lokubhukuda livulwa ngo-09:00 livalwe ngo-17:00.",
    "questions.en": "when is the pool open\npool hours\nis the swimming pool open today",
    "questions.zu": "idamu lokubhukuda livulwa nini\nlivalwa nini idamu lokubhukuda\nngingabhukuda nini",
}


def test_an_answer_is_written_tried_changed_and_removed(client):
    signed_in(client, "administrator", "sipho", municipality="KDM")
    knowledge = f"{HOME}/knowledge"
    assert "would open a case" in client.get(f"{knowledge}?question=when+is+the+pool+open").text
    assert post(client, f"{knowledge}/new", **ANSWER).status_code == 303
    page = client.get(f"{knowledge}?question=when+is+the+pool+open").text
    assert "The pool is open from 09:00" in page
    entry = f"{knowledge}/when_is_the_pool_open"
    assert "1 SMS" in client.get(entry).text
    answer = change(client, entry, **{"answer.en": "See www.example.org for our hours."})
    assert answer.status_code == 422
    assert "Leave the link out" in answer.text
    assert change(client, entry, **{"answer.en": "Closed for winter."}).status_code == 303
    assert region().knowledge_entry("when_is_the_pool_open").answer.en == "Closed for winter."
    gone = post(client, f"{entry}/remove")
    assert "gets a case" in shown(client, gone)
    assert region().knowledge_entry("when_is_the_pool_open") is None
    assert client.get(entry).status_code == 404


def test_a_long_answer_and_too_few_questions_are_refused_in_words(client):
    signed_in(client, "trainer", "lindiwe")
    answer = post(
        client, f"{HOME}/knowledge/new", **{**ANSWER, "answer.zu": "a" * 300, "questions.en": "one"}
    )
    assert answer.status_code == 422
    assert "Too long: 300 characters, at most 270." in answer.text
    assert "At least 3 are needed." in answer.text


def test_service_levels_are_previewed_before_they_are_kept(admin, session):
    from tests.store.test_overview import case

    case(session, 1)
    session.commit()
    path = f"{HOME}/service-levels"
    fields = fields_of(admin.get(path).text)
    roads = next(n for n in range(9) if fields.get(f"{n}.number") == "10")
    given = {**fields, f"{roads}.number": "5"}
    page = post(admin, path, **given, do="preview").text
    assert "What would change" in page
    assert re.search(r"10 working days.*5 working days", page, re.S)
    assert '<td class="num">1</td>' in page
    assert region().service_levels[3].working_days == 10
    answer = post(admin, path, **given, do="save", why="budget")
    assert answer.status_code == 303
    assert next(r for r in region().service_levels if r.categories == ("roads",)).working_days == 5
    with transaction() as session:
        [row] = session.scalars(select(RegionChange))
    assert (row.way, row.why) == ("service_levels", "budget")


def test_rules_are_added_moved_and_removed_without_a_script_and_nothing_is_kept(admin):
    path = f"{HOME}/service-levels"
    given = fields_of(admin.get(path).text)
    more = post(admin, path, **given, do="add").text
    assert "9. Kind of case" in more
    less = post(admin, path, **given, do="remove:0").text
    assert "8. Kind of case" not in less
    moved = fields_of(post(admin, path, **given, do="up:6").text)
    assert (moved["5.class"], moved["6.class"]) == ("dispute", "query")
    wrong = post(admin, path, **given | {"0.number": "soon"}, do="preview")
    assert wrong.status_code == 422
    assert "whole number" in wrong.text
    with transaction() as session:
        assert session.scalars(select(RegionChange)).all() == []


def test_a_day_is_added_to_the_holidays_and_another_worked(admin):
    path = f"{HOME}/hours"
    seen = fields_of(admin.get(path).text, f"{path}/holidays")["seen"]
    answer = post(admin, f"{path}/holidays", do="add", date="2027-03-01", name="Election day", seen=seen)
    assert answer.status_code == 303
    assert "Election day" in shown(admin, answer)
    assert region().holidays.add[0].name == "Election day"
    post(admin, f"{path}/holidays", do="work", date="2026-12-26")
    assert [day.isoformat() for day in region().holidays.remove] == ["2026-12-26"]
    wrong = post(admin, f"{path}/holidays", do="add", date="soon", name="")
    assert wrong.status_code == 422
    assert wrong.text.count('aria-invalid="true"') == 2


def test_a_municipality_has_hours_of_its_own(admin):
    given = {"of": "KDM", "0.days": "mon-fri", "0.opens": "08:00", "0.closes": "12:30"}
    assert post(admin, f"{HOME}/hours/office", **given).status_code == 303
    assert region().municipalities["KDM"].office_hours[0].closes == "12:30"
    wrong = post(admin, f"{HOME}/hours/office", **{**given, "0.opens": "13:00"})
    assert "before it opens" in wrong.text


def test_contacts_pay_points_and_templates_are_kept(admin):
    assert change(admin, f"{HOME}/contacts", form=1).status_code in (303, 404, 405)
    assert (
        post(admin, f"{HOME}/contacts/KDM", phone="032 437 5001", website="kwadukuza.gov.za").status_code
        == 303
    )
    assert region().municipalities["KDM"].contacts.phone == "032 437 5001"
    points = {
        "0.name": "Spar, Ballito",
        "0.municipality": "KDM",
        "0.where.en": "Main Rd",
        "0.where.zu": "eMain Rd",
    }
    assert post(admin, f"{HOME}/contacts/pay-points", **points, **{"1.name": ""}).status_code == 303
    assert [one.name for one in region().pay_points] == ["Spar, Ballito"]
    wrong = post(admin, f"{HOME}/templates/notice_resolved", en="HX12")
    assert wrong.status_code == 422
    assert "HX12" in wrong.text
    assert "32 letters" in wrong.text
    assert post(admin, f"{HOME}/templates/notice_resolved", en="HX" + "a" * 32).status_code == 303
    assert region().whatsapp_templates["notice_resolved"].en == "HX" + "a" * 32
    assert post(admin, f"{HOME}/templates/no_such_text", en="HX" + "a" * 32).status_code == 404


READY = {"title": "Our hello", "text_en": "Good day {name}", "text_zu": "Sawubona {name}", "position": "1"}


def test_ready_answers_are_written_retired_and_offered_again(client, another):
    signed_in(client, "supervisor", "sipho", municipality="KDM")
    path = f"{HOME}/answers"
    assert post(client, f"{path}/new", **READY).status_code == 303
    page = client.get(path).text
    assert "Good day {name}" in page
    link = re.search(rf'href="({path}/[0-9a-f-]+)"', page).group(1)
    assert post(client, f"{path}/new", **READY).status_code == 422
    assert post(client, link, **{**READY, "text_zu": "Sawubona"}).status_code == 303
    other = another()
    signed_in(other, "supervisor", "thoko", municipality="MLM")
    assert other.get(link).status_code == 404
    assert post(other, f"{link}/retire").status_code == 404
    assert "Our hello" not in other.get(path).text
    assert "not offered" in shown(client, post(client, f"{link}/retire"))
    assert "No longer offered" in client.get(path).text
    assert post(client, f"{link}/restore").status_code == 303
    log = client.get(f"{HOME}/changes?topic=answers").text
    for words in ("Our hello", "no longer offered", "offered again", "Sawubona {name}"):
        assert words in log


def test_the_pages_speak_isizulu(client):
    signed_in(client, "administrator", "nomsa", language="zu")
    for path in ("", "/departments", "/service-levels", "/hours", "/contacts", "/knowledge", "/answers",
                 "/templates", "/changes"):  # fmt: skip
        page = client.get(HOME + path)
        assert page.status_code == 200
        assert '<html lang="zu">' in page.text
        assert "Save" not in re.sub(r"<script.*?</script>", "", page.text)


def teardown_module():
    look_again()
