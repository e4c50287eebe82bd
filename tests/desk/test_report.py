"""The public form, without a script: reports are stored once, and nothing is shown to anybody else."""

import io
import re
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select

from crm_store.database import transaction
from crm_store.media_files import path_of
from crm_store.queries.cases import find_own_case
from crm_store.queries.public_status import code_of
from crm_store.region import region
from crm_store.settings import settings
from crm_store.tables import Address, Case, Citizen, Media
from desk import report
from tests.store.people import THANDI, writes


@pytest.fixture(autouse=True)
def _counts_anew():
    report.forget_counts()
    yield
    report.forget_counts()


@pytest.fixture(autouse=True)
def _own_folder(tmp_path, monkeypatch, database_url):
    monkeypatch.setenv("PHENDULA_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    yield
    settings.cache_clear()


def fill(client, about="complaint:roads", lang="en", files=None, **more):
    """The form as its page gives it out, filled in and sent."""
    html = client.get(f"/report/new?about={about}&lang={lang}").text
    key = re.search(r'name="key" value="([^"]+)"', html).group(1)
    fields = {
        "key": key,
        "about": about,
        "description": "Pothole",
        "place": "Sundumbili",
        "updates": "1",
        **more,
    }
    return client.post(f"/report/new?lang={lang}", data=fields, files=files)


def photo() -> bytes:
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010F] = "a secret telephone"
    Image.new("RGB", (64, 48), "red").save(out, "JPEG", exif=exif)
    return out.getvalue()


def only_case() -> Case:
    with transaction() as session:
        return session.scalars(select(Case)).one()


def test_a_report_is_a_case_with_a_reference_and_a_promise(client):
    sent = fill(client, phone="082 123 4567", name="Thandi Mkhize", street="next to the clinic")
    assert sent.status_code == 303
    page = client.get(sent.headers["location"])
    case = only_case()
    assert case.reference in page.text
    assert "Promised by" in page.text
    assert (case.channel, case.municipality, case.place) == ("web", "MLM", "Sundumbili")
    assert case.location_text == "Sundumbili, next to the clinic"
    with transaction() as session:
        citizen = session.get_one(Citizen, case.citizen_id)
        assert (citizen.name, citizen.language) == ("Thandi Mkhize", "en")
        assert find_own_case(session, region(), citizen.id, case.reference).kind == "found"


def test_both_languages(client):
    for path in ("/report?lang=zu", "/report/new?about=complaint:water&lang=zu", "/report/status?lang=zu"):
        page = client.get(path)
        assert 'lang="zu"' in page.text
        assert "Report to your municipality" not in page.text
    sent = fill(client, lang="zu", phone=THANDI)
    assert "lang=zu" in sent.headers["location"]
    assert only_case().language == "zu"


def test_a_double_click_or_a_reload_makes_one_case(client):
    key = str(uuid4())
    locations = {fill(client, key=key, phone=THANDI).headers["location"] for _ in range(3)}
    assert len(locations) == 1
    only_case()


def test_what_is_missing_is_said_beside_the_field_and_nothing_typed_is_lost(client):
    sent = fill(client, place="", phone="12", description="Deep <b>hole</b>", street="Clinic road")
    assert sent.status_code == 422
    assert 'id="place-fault"' in sent.text
    assert 'id="phone-fault"' in sent.text
    assert "Deep &lt;b&gt;hole&lt;/b&gt;" in sent.text
    assert 'value="Clinic road"' in sent.text
    assert fill(client, place="Timbuktu").status_code == 422
    with transaction() as session:
        assert session.scalar(select(func.count()).select_from(Case)) == 0


def test_a_pin_stands_for_the_place_unless_it_is_far_away(client):
    assert fill(client, place="", latitude="-29.13", longitude="31.40").status_code == 303
    assert only_case().latitude == pytest.approx(-29.13)
    assert fill(client, place="", latitude="51.5", longitude="0.1").status_code == 422
    assert fill(client, place="", latitude="nan", longitude="inf").status_code == 422


def test_a_dispute_says_which_bill(client):
    sent = fill(client, about="dispute:billing", place="", description="too much")
    assert sent.status_code == 422
    assert all(f'id="{name}-fault"' in sent.text for name in ("account", "amount", "month"))
    month = re.search(r'<option value="(\d{4}-\d\d)"', sent.text).group(1)
    bill = {"account": "4100 6273", "amount": "R4 560,50", "month": month}
    assert fill(client, about="dispute:billing", place="", **bill).status_code == 303
    case = only_case()
    assert (case.case_class, str(case.disputed_amount), case.period) == ("dispute", "4560.50", month)


def test_a_photo_is_drawn_anew_and_kept_with_the_case(client):
    sent = fill(client, files={"photo": ("pothole.jpg", photo(), "image/jpeg")})
    assert sent.status_code == 303
    with transaction() as session:
        media = session.scalars(select(Media)).one()
    assert media.case_id == only_case().id
    kept = path_of(media.sha256).read_bytes()
    assert b"secret" not in kept


def test_what_is_no_photo_is_said(client):
    sent = fill(client, files={"photo": ("x.jpg", b"MZ not a picture", "image/jpeg")})
    assert sent.status_code == 422
    assert 'id="photo-fault"' in sent.text


def test_what_is_too_large_is_not_read(client):
    answer = client.post("/report/new", content=b"x", headers={"content-length": str(report.MOST_BYTES + 1)})
    assert answer.status_code == 413


def test_programs_that_fill_in_everything_are_told_so(client):
    assert fill(client, **{report.HONEYPOT: "https://spam.example"}).status_code == 422


def test_so_many_of_one_connection_are_stopped_and_keep_their_words(client, monkeypatch):
    monkeypatch.setattr(report._of_one, "most", 2)
    assert [fill(client).status_code for _ in range(2)] == [303, 303]
    refused = fill(client, description="my long story")
    assert refused.status_code == 429
    assert "my long story" in refused.text


def test_a_number_is_not_named_by_everybody(client):
    codes = [fill(client, phone=THANDI).status_code for _ in range(report.FORMS_OF_ONE_NUMBER + 1)]
    assert codes == [303] * report.FORMS_OF_ONE_NUMBER + [422]


def test_the_form_tells_nothing_of_other_people(client):
    with transaction() as session:
        writes(session, profile_name="Thandi Mkhize", address=THANDI)
    assert fill(client, phone=THANDI).status_code == 303
    page = client.get(fill(client, phone=THANDI).headers["location"])
    assert "Mkhize" not in page.text
    assert client.get(f"/report/done/{uuid4()}").status_code == 404
    wrong = client.get("/report/done/nonsense?lang=zu")
    assert wrong.status_code == 404
    assert "/desk/sign-in" not in wrong.text
    assert "Umbiko omusha" in wrong.text


def asks(client, reference, proof):
    return client.post("/report/status", data={"reference": reference, "proof": proof})


def test_the_status_is_for_whoever_shows_that_it_is_theirs(client):
    fill(client, phone=THANDI)
    case = only_case()
    assert "received" in asks(client, case.reference, "082 123 4567").text
    assert "received" in asks(client, case.digits, THANDI).text
    wrong = asks(client, case.reference, "082 999 9999").text
    assert case.reference in wrong  # as it was typed
    assert "received" not in wrong
    assert "received" not in asks(client, case.reference, code_of(case.reference)).text
    none = asks(client, "KDM-1111-1111", THANDI).text
    assert "We find no report" in none
    assert asks(client, "", "").status_code == 422


def test_who_gave_no_number_gets_a_code(client):
    page = client.get(fill(client).headers["location"]).text
    case = only_case()
    assert case.citizen_id is None
    assert code_of(case.reference) in page
    assert "received" in asks(client, case.reference, code_of(case.reference)).text
    assert "received" not in asks(client, case.reference, "000000").text
    assert "received" not in asks(client, case.reference, "").text


def test_guessing_is_slowed_down(client, monkeypatch):
    monkeypatch.setattr(report._looks, "most", 2)
    assert [asks(client, "KDM-1111-1111", "1").status_code for _ in range(3)] == [200, 200, 429]


def test_who_reports_corruption_need_not_be_named(client):
    fill(client, about="complaint:corruption", place="", phone=THANDI, name="Thandi", anonymous="1")
    case = only_case()
    assert (case.confidential, case.anonymous) == (True, True)


def test_without_consent_no_sms(client):
    fill(client, phone=THANDI, updates="")
    assert only_case().conversation_id is None
    with transaction() as session:
        assert session.scalar(select(Address.address)) == THANDI


def test_in_danger_the_number_comes_first(client):
    page = client.get(fill(client, about="complaint:electricity", emergency="1").headers["location"]).text
    assert only_case().priority == "emergency"
    assert "call 032 456 8200 now" in page


def test_a_kiosk_asks_for_the_language_first_and_starts_anew(client):
    first = client.get("/report?kiosk=1").text
    assert first.index("IsiZulu") < first.index("English")
    assert 'class="kiosk"' in first
    form = client.get("/report/new?about=complaint:roads&lang=zu&kiosk=1").text
    assert 'type="file"' not in form
    assert 'autocomplete="off"' in form
    key = re.search(r'name="key" value="([^"]+)"', form).group(1)
    fields = {"key": key, "about": "complaint:roads", "description": "x", "place": "Mandeni"}
    sent = client.post("/report/new?lang=zu&kiosk=1", data=fields)
    done = client.get(sent.headers["location"]).text
    assert 'http-equiv="refresh" content="60;url=/report?kiosk=1"' in done


def test_a_word_finds_what_it_is_about(client):
    assert "about=complaint%3Aroads" in client.get("/report?find=umgodi").text
    assert "We find nothing" in client.get("/report?find=xyzzy").text
    assert "about=dispute%3Abilling" in client.get("/report?kind=dispute").text
    assert client.get("/report/new?about=nothing").status_code == 303


def test_the_pages_are_light_and_strict(client):
    for path in ("/report", "/report/new?about=complaint:roads", "/report/status"):
        page = client.get(path)
        assert len(page.content) < 60_000
        assert "script-src 'self'" in page.headers["content-security-policy"]
        assert not re.search(r"<script(?![^>]*src=)|style=|onclick=", page.text)
