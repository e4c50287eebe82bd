"""Cases at the desk, through its doors: lists, deeds, two editors, and what nobody else sees."""

import csv
import io
import re
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.media_files import keep_file
from crm_store.services.confidence import make_anonymous
from crm_store.services.stages import assign_case, change_priority
from crm_store.settings import settings
from crm_store.tables import Case, Citizen, Event, Media, Notice
from desk.words import speaking
from tests.desk.conftest import csrf, new_user, post, signed_in
from tests.store.people import SIPHO
from tests.store.test_case_lists import opened

NOW = datetime.now(UTC)


@pytest.fixture
def case(database_url, region) -> Case:
    with transaction() as session:
        made = opened(session, region, "A deep pothole", at=NOW)
        session.get_one(Citizen, made.citizen_id).name = "Thandi Dlamini"
    return made


def again(case: Case) -> Case:
    with transaction() as session:
        return session.get_one(Case, case.id)


def version(page) -> str:
    return re.search(r'name="version" value="(\d+)"', page.text).group(1)


def deed(client, case, name, **fields):
    page = client.get(f"/desk/cases/{case.reference}")
    given = {"version": version(page), "previewed": "yes", **fields}
    return post(client, f"/desk/cases/{case.reference}/{name}", **given)


def flash(client, answer) -> str:
    return client.get(answer.headers["location"]).text


class TestTheList:
    def test_shows_what_is_open_and_counts(self, client, case):
        signed_in(client)
        page = client.get("/desk/cases")
        assert page.status_code == 200
        assert case.reference in page.text
        assert "A deep pothole" in page.text
        assert len(page.content) < 100_000

    def test_each_view_and_filter_opens(self, client, case):
        signed_in(client, "supervisor")
        for view in ("open", "mine", "unassigned", "today", "overdue", "hold", "done", "all", "nonsense"):
            assert client.get("/desk/cases", params={"view": view}).status_code == 200
        fits = {"category": "roads", "class": "complaint", "area": "eBallito", "municipality": "KDM"}
        assert case.reference in client.get("/desk/cases", params=fits).text
        for name, other in (
            ("category", "water"),
            ("area", "Mandeni"),
            ("area", "Atlantis"),
            ("stage", "closed"),
        ):
            assert case.reference not in client.get("/desk/cases", params={name: other}).text

    def test_search_finds_by_what_people_know(self, client, case):
        signed_in(client)
        for typed in ("pothole", "thandi", "0821234567", case.reference[:8]):
            assert case.reference in client.get("/desk/cases", params={"q": typed}).text, typed
        answer = client.get("/desk/cases", params={"q": case.reference.lower()})
        assert answer.headers["location"] == f"/desk/cases/{case.reference}"
        assert "No case fits" in client.get("/desk/cases", params={"q": "xylophone"}).text

    def test_filters_are_kept_by_name_and_removed(self, client, case, another):
        signed_in(client)
        post(client, "/desk/cases/filters", view="mine", category="roads", name="My roads")
        page = client.get("/desk/cases").text
        assert "My roads" in page
        assert "view=mine&amp;category=roads" in page
        removed = re.search(r"/desk/cases/filters/[0-9a-f-]+/remove", page).group(0)
        someone = another()
        signed_in(someone)
        assert "My roads" not in someone.get("/desk/cases").text
        post(someone, removed)
        assert "My roads" in client.get("/desk/cases").text
        post(client, removed)
        assert (
            "My roads"
            not in client.get("/desk/cases", params={"view": "all"})
            .text.split("flash")[-1]
            .split("</div>", 1)[1]
        )

    def test_the_file_has_a_row_a_case_and_is_written_down(self, client, case):
        user = signed_in(client)
        answer = client.get("/desk/cases/export.csv", params={"q": "pothole"})
        (row,) = csv.DictReader(io.StringIO(answer.text))
        assert row["reference"] == case.reference
        with transaction() as session:
            kinds = session.scalars(select(Event.kind).where(Event.subject_id == str(user.id))).all()
        assert "cases_exported" in kinds

    def test_is_not_for_councillors(self, client, case):
        signed_in(client, "councillor")
        assert client.get("/desk/cases").status_code == 403
        assert client.get(f"/desk/cases/{case.reference}").status_code == 403


class TestOneCase:
    def test_shows_all_and_writes_down_who_looked(self, client, case):
        user = signed_in(client)
        page = client.get(f"/desk/cases/{case.reference}")
        for word in ("A deep pothole", "Thandi Dlamini", "+27821234567", "Ballito", "Opened"):
            assert word in page.text
        client.get(f"/desk/cases/{case.reference}")
        with transaction() as session:
            by_them = Event.actor == f"agent:{user.username}"
            of_case = select(Event.kind).where(Event.subject_id == str(case.id), by_them)
            looked = session.scalars(of_case).all()
        assert looked == ["viewed"]

    def test_opens_in_isizulu_and_on_paper(self, client, case):
        signed_in(client, language="zu")
        page = client.get(f"/desk/cases/{case.reference}").text
        assert '<html lang="zu">' in page
        with speaking("zu"):
            from desk.words import _

            assert _("History") in page
            assert _("History") != "History"
        assert case.reference in client.get(f"/desk/cases/{case.reference}/print").text

    def test_is_not_there_for_another_municipality(self, client, case):
        signed_in(client, "administrator", municipality="MLM")
        address = f"/desk/cases/{case.reference}"
        for path in ("", "/print", "/_changes", f"/files/{case.id}"):
            assert client.get(address + path).status_code == 404, path
        for name in ("claim", "resolve", "note", "resolve/preview", "merge"):
            assert post(client, f"{address}/{name}", text="x", previewed="yes").status_code == 404, name
        assert case.reference not in client.get("/desk/cases", params={"view": "all"}).text
        assert client.get("/desk/cases", params={"q": case.reference}).status_code == 200
        assert case.reference not in client.get("/desk/cases/export.csv").text
        assert again(case).stage == "new"


class TestDeeds:
    def test_what_is_said_is_shown_before_it_is_sent(self, client, case):
        signed_in(client)
        shown = deed(client, case, "resolve", text="The hole was filled", previewed="")
        assert shown.status_code == 200
        assert "The hole was filled." in shown.text
        assert 'name="previewed" value="yes"' in shown.text
        assert again(case).stage == "new"
        with transaction() as session:
            assert session.scalars(select(Notice)).all() == []
        done = deed(client, case, "resolve", text="The hole was filled")
        assert done.headers["location"] == f"/desk/cases/{case.reference}"
        assert again(case).resolution == "The hole was filled"

    def test_the_fragment_shows_the_same_and_keeps_nothing(self, client, case):
        signed_in(client)
        answer = post(client, f"/desk/cases/{case.reference}/close/preview", text="The same as another")
        assert "The same as another." in answer.text
        assert "1 SMS" in answer.text
        assert again(case).stage == "new"
        assert post(client, f"/desk/cases/{case.reference}/close/preview", text="").text.strip() == ""

    def test_taken_back_it_was_not(self, client, case):
        signed_in(client)
        page = flash(client, deed(client, case, "resolve", text="Filled"))
        undo = re.search(r"/desk/cases/undo/\d+", page).group(0)
        answer = post(client, undo)
        assert answer.headers["location"] == f"/desk/cases/{case.reference}"
        assert again(case).stage == "new"
        assert "not been" in flash(client, answer)
        assert "was taken back already" in flash(client, post(client, undo))

    def test_numbers_that_no_row_can_have_find_nothing(self, client, case):
        signed_in(client, "supervisor")
        number, at = "9" * 25, f"/desk/cases/{case.reference}"
        for path in (f"{at}/_changes?since={number}", f"/desk/incidents/{number}", f"{at}/photos/{number}"):
            assert client.get(path).status_code == 404, path
        answer = post(client, f"{at}/resolve", text="Filled", version=number)
        assert "The person hears" in answer.text
        assert post(client, f"/desk/cases/undo/{number}").status_code == 404
        for amount in ("1e999", "NaN", "-5", "0", "1.234.5"):
            with transaction() as session:
                session.get_one(Case, case.id).case_class = "dispute"
            answer = deed(client, case, "decide", outcome="partly", text="Read twice", amount=amount)
            assert (answer.status_code, "like 1240.55" in answer.text) == (422, True), amount

    def test_an_essay_is_cut_to_one_sms_at_once(self, client, case):
        signed_in(client)
        answer = deed(client, case, "resolve", text="filled " * 500, previewed="")
        assert "1 SMS" in answer.text
        assert deed(client, case, "note", text="x" * 4001).status_code == 422

    def test_an_error_stands_beside_its_field_and_the_words_stay(self, client, case):
        signed_in(client)
        answer = deed(client, case, "refer", text="their side of the bridge", to="")
        assert answer.status_code == 422
        assert "Choose where it goes." in answer.text
        assert "their side of the bridge" in answer.text
        answer = deed(client, case, "wait", text="x" * 91)
        assert "At most 90" in answer.text

    def test_every_deed_in_turn(self, client, case):
        user = signed_in(client, "supervisor")
        new_user("sipho", municipality="KDM")
        ahead = (NOW + timedelta(days=30)).date().isoformat()
        for name, fields, stage in (
            ("claim", {}, "assigned"),
            ("start", {}, "in_progress"),
            ("note", {"text": "rang the contractor"}, "in_progress"),
            ("wait", {"text": "Which side of the road?"}, "waiting_for_citizen"),
            ("start", {}, "in_progress"),
            ("priority", {"priority": "high", "text": "school"}, "in_progress"),
            ("category", {"category": "refuse", "text": "it is rubble"}, "in_progress"),
            (
                "delay",
                {"text": "rain", "until": ahead},
                "in_progress",
            ),
            ("assign", {"to": "sipho"}, "in_progress"),
            ("refer", {"to": "MLM/roads", "text": "theirs"}, "referred"),
            ("decline", {"text": "yours"}, "assigned"),
            ("refer", {"to": "sanral", "text": "N2"}, "referred"),
            ("resolve", {"text": "Filled"}, "resolved"),
            ("reopen", {"text": "not level"}, "reopened"),
            ("close", {"text": "withdrawn"}, "closed"),
            ("reopen", {"text": "not withdrawn"}, "reopened"),
        ):
            answer = deed(client, case, name, **fields)
            assert answer.status_code == 303, (name, re.findall(r'class="fault".*', answer.text))
            assert again(case).stage == stage, name
        page = client.get(f"/desk/cases/{case.reference}").text
        for words in ("rang the contractor", "Which side of the road?", "Sipho", "not withdrawn", user.name):
            assert words in page

    def test_a_dispute_is_decided_not_resolved(self, client, region):
        with transaction() as session:
            dispute = opened(
                session, region, "Too much", category="billing", case_class="dispute", place=None,
                account_number="41006273", disputed_amount="4560.00", at=NOW,
            )  # fmt: skip
        signed_in(client, "billing")
        page = client.get(f"/desk/cases/{dispute.reference}").text
        assert "deed-decide" in page
        assert "deed-resolve" not in page
        assert (
            deed(client, dispute, "decide", outcome="partly", text="Read twice", amount="abc").status_code
            == 422
        )
        deed(client, dispute, "decide", outcome="partly", text="Read twice", amount="R1 240,55")
        assert (again(dispute).outcome, str(again(dispute).outcome_amount)) == ("partly", "1240.55")

    def test_what_the_role_may_not_is_not_done(self, client, case):
        signed_in(client)
        new_user("sipho")
        assert deed(client, case, "assign", to="sipho").status_code == 422
        assert again(case).assignee is None
        assert post(client, f"/desk/cases/{case.reference}/explode").status_code == 404

    def test_without_the_token_nothing_is_done(self, client, case):
        signed_in(client)
        answer = client.post(f"/desk/cases/{case.reference}/claim", data={"csrf": "wrong"})
        assert answer.status_code == 403
        assert again(case).assignee is None


def test_the_second_editor_is_told_what_changed_and_may_repeat(client, case, region):
    signed_in(client)
    page = client.get(f"/desk/cases/{case.reference}")
    with transaction() as session:
        change_priority(session, region, case.reference, "high", "agent:bheki", "school nearby", NOW)
    fields = {"text": "Filled", "previewed": "yes"}
    answer = post(client, f"/desk/cases/{case.reference}/resolve", version=version(page), **fields)
    assert answer.status_code == 409
    assert "somebody changed the case" in answer.text
    assert "school nearby" in answer.text
    assert ">Filled</textarea>" in answer.text
    assert again(case).stage == "new"
    changes = client.get(f"/desk/cases/{case.reference}/_changes", params={"since": version(page)}).text
    assert "school nearby" in changes
    again_sent = post(client, f"/desk/cases/{case.reference}/resolve", version=version(answer), **fields)
    assert again_sent.status_code == 303
    assert again(case).stage == "resolved"


class TestMany:
    def test_are_given_and_taken_back(self, client, case, region):
        with transaction() as session:
            other = opened(session, region, address=SIPHO, at=NOW)
        signed_in(client, "supervisor")
        new_user("nomsa", municipality="KDM")
        answer = post(
            client, "/desk/cases/many", case=[case.reference, other.reference], deed="assign", to="nomsa"
        )
        page = flash(client, answer)
        assert "2 cases are given on." in page
        assert {again(case).assignee, again(other).assignee} == {"nomsa"}
        post(client, re.search(r"/desk/cases/undo/[\d-]+", page).group(0))
        assert {again(case).assignee, again(other).assignee} == {None}

    def test_are_closed_after_a_look_at_the_words(self, client, case):
        signed_in(client, "supervisor")
        given = {"case": case.reference, "deed": "close", "text": "The storm is over"}
        shown = post(client, "/desk/cases/many", **given)
        assert "The storm is over." in shown.text
        assert again(case).stage == "new"
        answer = post(client, "/desk/cases/many", **given, previewed="yes")
        assert "1 case is closed." in flash(client, answer)
        assert again(case).stage == "closed"

    @pytest.mark.parametrize(
        "given",
        [{}, {"deed": "assign"}, {"deed": "close"}, {"deed": "assign", "to": "nobody"}, {"deed": "burn"}],
    )
    def test_what_is_missing_is_said(self, client, case, given):
        signed_in(client, "supervisor")
        answer = post(client, "/desk/cases/many", case=case.reference, **given)
        assert 'class="flash bad"' in flash(client, answer)
        assert 'class="flash bad"' in flash(client, post(client, "/desk/cases/many", deed="close", text="x"))

    def test_are_not_an_agents(self, client, case):
        signed_in(client)
        assert "many-to" not in client.get("/desk/cases").text
        assert (
            post(client, "/desk/cases/many", case=case.reference, deed="close", text="x").status_code == 403
        )


class TestSecrets:
    @pytest.fixture
    def report(self, database_url, region) -> Case:
        with transaction() as session:
            report = opened(session, region, "He took a bribe", category="corruption", at=NOW)
            session.get_one(Citizen, report.citizen_id).name = "Thandi Dlamini"
            make_anonymous(session, report, NOW)
        return report

    def test_a_confidential_case_is_not_there_for_others(self, client, report):
        signed_in(client, "supervisor")
        assert client.get(f"/desk/cases/{report.reference}").status_code == 404
        for params in ({"view": "all"}, {"q": "bribe"}, {"q": report.reference}):
            page = client.get("/desk/cases", params=params).text
            assert f'/desk/cases/{report.reference}"' not in page
            assert "a bribe" not in page
        assert post(client, f"/desk/cases/{report.reference}/claim").status_code == 404

    def test_nothing_on_any_page_leads_to_who_reported_it(self, client, report, region):
        signed_in(client, "municipal_manager")
        with transaction() as session:
            assign_case(session, region, report.reference, "bheki", "agent:console", NOW)
        address = f"/desk/cases/{report.reference}"
        pages = [client.get(address).text, client.get(f"{address}/print").text]
        pages += [client.get("/desk/cases").text, client.get("/desk/cases/export.csv?view=all").text]
        pages.append(post(client, f"{address}/resolve/preview", text="Looked into").text)
        assert "Who reported this stays unknown" in pages[0]
        for page in pages:
            for secret in ("821234567", "Thandi", str(report.citizen_id), str(report.conversation_id)):
                assert secret not in page


def test_two_cases_are_merged_from_the_page(client, case, region):
    with transaction() as session:
        second = opened(session, region, "A very deep pothole", at=NOW + timedelta(minutes=1))
    signed_in(client)
    page = client.get(f"/desk/cases/{second.reference}").text
    assert f"/desk/cases/{second.reference}?deed=merge&amp;to={case.reference}" in page
    assert deed(client, second, "merge", to="KDM-0000-0000").status_code == 422
    page = flash(client, deed(client, second, "merge", to=case.reference))
    assert again(second).merged_into_id == case.id
    assert f'<a href="/desk/cases/{case.reference}">' in page
    assert second.reference in client.get(f"/desk/cases/{case.reference}").text
    deed(client, second, "split", text="another hole")
    assert again(second).stage == "new"
    assert csrf(client)


class TestPictures:
    @pytest.fixture
    def picture(self, case, tmp_path, monkeypatch) -> Media:
        monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
        settings.cache_clear()
        with transaction() as session:
            media = Media(
                message_id=case.source_message_id, ordinal=0, source={}, state="stored", case_id=case.id,
                sha256=keep_file(b"\xff\xd8 a picture"), content_type="image/jpeg", size_bytes=12,
            )  # fmt: skip
            session.add(media)
        return media

    def test_are_shown_to_who_may_see_the_case_and_to_nobody_else(self, client, another, case, picture):
        address = f"/desk/cases/{case.reference}/files/{picture.id}"
        assert client.get(address).status_code == 303
        signed_in(client)
        assert address in client.get(f"/desk/cases/{case.reference}").text
        answer = client.get(address)
        assert (answer.content, answer.headers["content-type"]) == (b"\xff\xd8 a picture", "image/jpeg")
        assert "sandbox" in answer.headers["content-security-policy"]
        someone = another()
        signed_in(someone, municipality="MLM")
        assert someone.get(address).status_code == 404

    def test_of_another_case_or_refused_are_not_there(self, client, case, picture, region):
        with transaction() as session:
            other = opened(session, region, address=SIPHO, at=NOW)
            session.get_one(Media, picture.id).state = "refused"
        signed_in(client)
        for reference in (other.reference, case.reference):
            assert client.get(f"/desk/cases/{reference}/files/{picture.id}").status_code == 404
