"""The overview, incidents, notices and figures: what each role sees, opens and does."""

import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.domain.incidents import ward_of
from crm_store.region import region
from crm_store.services.incidents import NewIncident, open_incident
from crm_store.services.staff_notices import Told, tell_staff
from crm_store.settings import settings
from crm_store.tables import (
    AreaWarning,
    Incident,
    StaffNotice,
    TrainingGroup,
    TrainingItem,
    TrainingLabel,
)
from desk import overview
from tests.desk.conftest import post, signed_in
from tests.store.test_overview import case
from tests.store.training import understood
from tests.store_fixtures import ROOT

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _fresh_figures():
    overview.forget()


@pytest.fixture
def cases(database_url):
    """Two cases of KwaDukuza (one late), one of Mandeni, one confidential."""
    with transaction() as session:
        case(session, 1, due_at=NOW - timedelta(hours=1), opened_at=NOW - timedelta(days=1))
        case(session, 2, due_at=NOW + timedelta(days=3), assignee="zanele")
        case(session, 3, municipality="MLM", due_at=NOW - timedelta(hours=1))
        case(session, 4, confidential=True, due_at=NOW - timedelta(hours=1))
        case(session, 5, case_class="compliment", person="Bheki", description="Bheki helped us kindly",
             due_at=NOW + timedelta(days=3))  # fmt: skip


def figure(html, href):
    return re.search(rf'href="{re.escape(href)}"><span class="figure[^"]*">(\d+)</span>', html).group(1)


def test_the_figures_are_those_of_the_users_scope(client, cases):
    signed_in(client, "supervisor", "sipho", municipality="KDM")
    page = client.get("/desk/overview").text
    assert figure(page, "/desk/cases?view=overdue") == "1"
    assert figure(page, "/desk/cases") == "3"
    assert figure(page, "/desk/cases?view=unassigned") == "2"
    assert "Bheki helped us kindly" in page
    signed_in(client, "supervisor", "thoko", municipality="MLM")
    page = client.get("/desk/overview").text
    assert figure(page, "/desk/cases") == "1"
    assert "Bheki" not in page
    signed_in(client, "municipal_manager", "mayor", municipality="KDM")
    assert figure(client.get("/desk/overview").text, "/desk/cases?view=overdue") == "2"


def test_the_figures_are_the_numbers_of_the_lists_behind_them(session, region):
    from crm_store.queries.case_filter import CaseFilter, Reader
    from crm_store.queries.case_lists import count_cases
    from crm_store.queries.overview import open_now
    from tests.store.test_overview import ZONE

    for number, due, stage in (
        (1, -1, "new"),
        (2, -1, "waiting_for_citizen"),
        (3, 1, "new"),
        (4, -1, "closed"),
    ):
        case(session, number, due_at=NOW + timedelta(hours=due), stage=stage)
    reader = Reader(region)
    found = open_now(session, reader.conditions(), NOW, ZONE)
    assert found.overdue == count_cases(session, CaseFilter(overdue_at=NOW), reader) == 1
    assert found.unassigned == count_cases(session, CaseFilter(unassigned=True), reader) == 3


def test_agents_and_councillors_do_not_see_the_overview(client):
    for role in ("agent", "councillor", "trainer", "billing"):
        signed_in(client, role)
        for path in (
            "/desk/overview",
            "/desk/overview/_now",
            "/desk/overview/compliments",
            "/desk/incidents",
        ):
            assert client.get(path).status_code == 403


def test_the_fragment_is_the_page_without_its_frame(client, cases):
    signed_in(client, "supervisor", "sipho")
    fragment = client.get("/desk/overview/_now").text
    assert "<html" not in fragment
    assert figure(fragment, "/desk/cases?view=overdue") == "2"


def looked_at(session, number):
    """So many messages of the sample that a trainer answered; the first one was misread."""
    for at in range(number):
        said = "query" if at == 0 else "complaint"
        language = "zu" if at % 2 else "en"
        message_id = understood(session, f"not a drop at tap {at}", said=said, language=language)
        group = TrainingGroup(worth=1.0, drawn=True, state="decided")
        session.add(group)
        session.flush()
        session.add(
            TrainingItem(
                message_id=message_id, group_id=group.id, worth=1.0, drawn_rate=1.0, said_class=said,
                said_category="water", said_language=language, confidence=0.9, received_at=NOW,
            )
        )  # fmt: skip
        session.add(
            TrainingLabel(
                group_id=group.id, trainer="zola", decision="accepted", message_class="complaint",
                category="water", language=language, text="not a drop", made_at=NOW,
            )
        )  # fmt: skip


def test_how_well_we_understand_is_told_once_enough_was_answered(client, database_url):
    signed_in(client, "supervisor", "sipho")
    assert "trainers answered 0 messages of the sample" in client.get("/desk/overview").text
    with transaction() as session:
        looked_at(session, 19)
    assert "trainers answered 19 messages of the sample" in client.get("/desk/overview").text
    with transaction() as session:
        looked_at(session, 1)
    page = client.get("/desk/overview").text
    assert re.search(r'href="/desk/training/figures"><span class="figure">90 %</span>', page)
    rows = re.findall(r'<tr><th scope="row">(All|English|IsiZulu|Both mixed)<br>(.*?)</tr>', page)
    told = {name: re.sub(r"<[^>]+>", " ", cells).split() for name, cells in rows}
    assert told["All"] == ["20", "messages", "90", "%", "70", "to", "97", "%"]
    assert told["IsiZulu"][:4] == ["9", "messages", "100", "%"]
    assert told["Both mixed"] == ["0", "messages", "-"]
    assert client.get("/desk/training/figures").status_code == 200


# --- incidents -------------------------------------------------------------------------------------


@pytest.fixture
def outage(database_url):
    with transaction() as session:
        made = open_incident(
            session,
            region(),
            NewIncident(category="electricity", trouble="outage", started_at=NOW, place="Ballito"),
            "agent:x",
            NOW,
        )
        return made.number


def state(number):
    with transaction() as session:
        return session.scalar(select(Incident).where(Incident.number == number))


def test_an_incident_is_shown_changed_and_ended(client, outage):
    signed_in(client, "supervisor", "sipho", municipality="KDM")
    assert "Ballito" in client.get("/desk/incidents").text
    page = f"/desk/incidents/{outage}"
    assert "Ballito" in client.get(page).text
    until = (NOW + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    assert post(client, f"{page}/update", ends_at=until, title_en="", title_zu="").status_code == 303
    assert state(outage).expected_end_at is not None
    wrong = post(client, f"{page}/end", cases="resolve", resolve="Fixed", resolve_zu="")
    assert wrong.status_code == 422
    assert "in both languages" in wrong.text
    wrong = post(client, f"{page}/update", ends_at="soon")
    assert "such as 2026-11-24 08:00" in wrong.text
    assert post(client, f"{page}/end", cases="keep").status_code == 303
    assert state(outage).state == "over"
    again = post(client, f"{page}/update", ends_at=until)
    assert again.status_code == 422
    assert "Somebody decided this already" in again.text
    assert "Ballito" in client.get("/desk/incidents?ended=1").text


def test_other_municipalities_incidents_are_not_found(client, outage):
    signed_in(client, "supervisor", "thoko", municipality="MLM")
    page = f"/desk/incidents/{outage}"
    assert "Ballito" not in client.get("/desk/incidents").text
    assert client.get(page).status_code == 404
    for deed in ("confirm", "dismiss", "update", "end", "cancel"):
        assert post(client, f"{page}/{deed}").status_code == 404
    assert client.get("/desk/incidents/99999").status_code == 404
    assert post(client, "/desk/incidents", about="electricity/outage", place="Ballito").status_code == 422
    assert post(client, "/desk/incidents/import").status_code == 404
    signed_in(client, "supervisor", "roadie", municipality="KDM", department="roads")
    assert client.get(page).status_code == 404


def test_a_suggestion_is_accepted_or_dismissed_from_the_overview(client, database_url):
    with transaction() as session:
        for place in ("Ballito", "Salt Rock"):
            session.add(
                Incident(municipality="KDM", category="electricity", trouble="outage", kind="outage",
                         state="suggested", place=place, started_at=NOW, opened_by="system", source="reports")
            )  # fmt: skip
        session.flush()
        first, second = session.scalars(select(Incident.number).order_by(Incident.number))
    signed_in(client, "supervisor", "sipho", municipality="KDM")
    page = client.get("/desk/overview").text
    assert page.count("It is none") >= 2
    answer = post(client, f"/desk/incidents/{first}/confirm", back="overview")
    assert answer.headers["location"] == "/desk/overview"
    assert post(client, f"/desk/incidents/{second}/dismiss", back="overview").status_code == 303
    assert (state(first).state, state(first).confirmed_by) == ("open", "agent:sipho")
    assert state(second).state == "dismissed"
    assert "Salt Rock" not in client.get("/desk/overview").text


def test_planned_work_is_announced_by_form_and_by_file(client, database_url):
    signed_in(client, "supervisor", "sipho")
    begins = (NOW + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    ends = (NOW + timedelta(days=2, hours=4)).strftime("%Y-%m-%dT%H:%M")
    given = {"kind": "planned", "about": "water/outage", "place": "Sundumbili", "starts_at": begins}
    wrong = post(client, "/desk/incidents", **given)
    assert wrong.status_code == 422
    assert "Planned work needs its end." in wrong.text
    assert "Sundumbili" in wrong.text
    answer = post(client, "/desk/incidents", **given, ends_at=ends)
    assert answer.status_code == 303
    assert post(client, f"{answer.headers['location']}/cancel").status_code == 303
    file = f"category,place,starts_at,ends_at\nwater,Ballito,{begins},{ends}\nwater,Nowhere,{begins},{ends}\n"
    page = client.post(
        "/desk/incidents/import",
        data={"csrf": client.headers["x-test-csrf"]},
        files={"file": ("work.csv", file.encode())},
    )
    assert page.status_code == 200
    assert "Nowhere" in page.text
    with transaction() as session:
        assert sorted(session.scalars(select(Incident.place).where(Incident.state == "open"))) == ["Ballito"]


# --- notices ---------------------------------------------------------------------------------------


def test_notices_are_read_by_whom_they_are_for(client, database_url):
    with transaction() as session:
        told = [
            Told("early_warning", "KDM", None, "supervisor", subject="a",
                 data={"category": "water", "area": "Ballito", "observed": 9, "usual": 1.0}),
            Told("assigned", "MLM", None, "", "thandi", subject="b"),
        ]  # fmt: skip
        tell_staff(session, region(), told, NOW)
    signed_in(client, "agent", "thandi")
    page = client.get("/desk/notices").text
    assert "was given to you" in page
    assert "Ballito" not in page
    with transaction() as session:
        ids = [str(one) for one in session.scalars(select(StaffNotice.id))]
    post(client, "/desk/notices/read", notice=[*ids, "nonsense"])
    assert "Nothing new." in client.get("/desk/notices").text
    assert "was given to you" in client.get("/desk/notices?all=1").text
    signed_in(client, "supervisor", "sipho", municipality="KDM")
    assert "Water in Ballito: 9 people today" in client.get("/desk/notices").text
    assert "Water in Ballito" in client.get("/desk/overview").text
    signed_in(client, "supervisor", "zodwa", municipality="KDM", language="zu")
    assert "Amanzi, Ballito: abantu abangu-9 namuhla" in client.get("/desk/notices").text


# --- figures ---------------------------------------------------------------------------------------


@pytest.fixture
def with_wards(database_url, tmp_path, monkeypatch):
    """A region of which two places have a ward."""
    shutil.copytree(ROOT / "municipalities", tmp_path / "m")
    file = tmp_path / "m/example.yml"
    before = file.read_text()
    file.write_text(re.sub(r"(municipality: \w+), latitude", r"\1, ward: 7, latitude", before, count=1))
    monkeypatch.setenv("PHENDULA_MUNICIPALITIES", str(file))
    settings.cache_clear()
    yield region()
    settings.cache_clear()


def test_a_councillor_sees_figures_of_their_own_wards_only_and_no_person(client, with_wards):
    places = [place for place in with_wards.places if ward_of(place)]
    ward, other = ward_of(places[0]), ward_of(places[1])
    with transaction() as session:
        case(session, 1, place=places[0].name, municipality=places[0].municipality, person="Bheki Zulu",
             description="Bheki Zulu was rude", opened_at=NOW, category="water")  # fmt: skip
    signed_in(client, "councillor", "cllr", wards=[ward])
    page = client.get("/desk/figures").text
    assert ward in page
    assert other not in page
    assert "Bheki" not in page
    assert "rude" not in page
    assert re.search(r"<td class=\"num\"[^>]*>1</td>", page)
    assert client.get(f"/desk/figures?of={other}").status_code == 404
    assert client.get("/desk/figures/report").status_code == 404
    assert client.get("/desk/figures/report/file").status_code == 404
    signed_in(client, "councillor", "new")
    assert "No ward of yours is known yet." in client.get("/desk/figures").text


def test_the_report_is_a_page_and_two_files_of_the_users_municipality(client, cases):
    signed_in(client, "supervisor", "sipho", municipality="KDM")
    page = client.get("/desk/figures/report?period=week")
    assert page.status_code == 200
    assert "KwaDukuza Municipality" in page.text
    assert client.get("/desk/figures/report?of=MLM").status_code == 404
    sheet = client.get("/desk/figures/report/file?form=csv&period=week&start=2026-11-02")
    assert sheet.headers["content-disposition"] == 'attachment; filename="report-KDM-2026-W45.csv"'
    assert sheet.text.startswith("period,first_day")
    html = client.get("/desk/figures/report/file?form=html&period=quarter")
    assert html.text.startswith("<!doctype html>")
    assert client.get("/desk/figures/report?period=never&start=soon").status_code == 200


def test_a_department_sees_no_report_of_the_whole_municipality(client):
    signed_in(client, "supervisor", "roadie", municipality="KDM", department="roads")
    assert client.get("/desk/figures/report").status_code == 404


def test_warnings_are_those_of_the_scope(client, database_url):
    with transaction() as session:
        for municipality, area in (("KDM", "Ballito"), ("MLM", "Sundumbili")):
            session.add(
                AreaWarning(day=NOW.date(), level="place", area=area, category="electricity", chance=0.00001,
                            municipality=municipality, observed=9, usual=1.0, weeks=8, window_from=NOW,
                            window_until=NOW)
            )  # fmt: skip
    signed_in(client, "supervisor", "sipho", municipality="KDM")
    page = client.get("/desk/overview").text
    assert "Ballito" in page
    assert "Sundumbili" not in page
    signed_in(client, "supervisor", "roadie", municipality="KDM", department="roads")
    assert "Ballito" not in client.get("/desk/overview").text


def test_the_pages_speak_isizulu(client, cases, outage):
    signed_in(client, "administrator", "nomsa", language="zu")
    for path in ("overview", "incidents", f"incidents/{outage}", "incidents/new", "notices", "figures",
                 "figures/report", "overview/compliments"):  # fmt: skip
        page = client.get(f"/desk/{path}")
        assert page.status_code == 200
        assert '<html lang="zu">' in page.text
