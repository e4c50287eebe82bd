"""One person on one screen: what staff see and do there, and what they do not see."""

from uuid import uuid4

import pytest
from sqlalchemy import func, select

from crm_store.database import transaction
from crm_store.region import region
from crm_store.services.account_links import is_linked
from crm_store.services.cases import NewCase, open_case
from crm_store.services.citizen_records import rename_citizen
from crm_store.services.confidence import make_anonymous
from crm_store.services.conversations import citizen_of
from crm_store.tables import Account, Address, Case, Citizen, CitizenNote, Event
from tests.desk.conftest import post, signed_in
from tests.store.people import NOW, SIPHO, THANDI, writes


def person(address=THANDI, name=None, **case):
    """A citizen with a case; their id and the case's reference."""
    with transaction() as session:
        accepted = writes(session, address=address)
        citizen_id = citizen_of(session, accepted.conversation_id)
        if name:
            rename_citizen(session, citizen_id, name, "agent:console", NOW)
        new = {
            "case_class": "complaint",
            "category": "roads",
            "description": "Pothole",
            "place": "Sundumbili",
        }
        opened = open_case(
            session,
            region(),
            NewCase(**{**new, **case}, conversation_id=accepted.conversation_id),
            NOW,
        )
        return citizen_id, opened.reference


def views(citizen_id):
    with transaction() as session:
        return session.scalar(
            select(func.count()).where(
                Event.subject_type == "citizen", Event.subject_id == str(citizen_id), Event.kind == "viewed"
            )
        )


@pytest.mark.parametrize("typed", [THANDI, "082 123 4567", "thandi", "Thandi Mkh", "mkhize"])
def test_a_person_is_found_by_number_and_name(client, typed):
    citizen_id, _ = person(name="Thandi Mkhize")
    person(SIPHO, "Sipho Dube")
    signed_in(client)
    page = client.get("/desk/citizens", params={"q": typed}).text
    assert str(citizen_id) in page
    assert "Sipho" not in page
    assert THANDI not in page.replace(f'value="{THANDI}"', "")  # masked in lists
    assert views(citizen_id) == 1


def test_a_person_is_found_by_account(client):
    citizen_id, _ = person(account_number="41006273")
    with transaction() as session:
        session.add(Account(account_number="41006274", municipality="KDM", phone=THANDI))
    signed_in(client)
    for account in ("4100 6273", "41006274"):
        assert str(citizen_id) in client.get("/desk/citizens", params={"q": account}).text
    assert "We find nobody" in client.get("/desk/citizens", params={"q": "41009999"}).text
    assert "We find nobody" in client.get("/desk/citizens", params={"q": "%' OR 1=1 --"}).text


def test_everything_is_on_one_screen_and_looking_is_written_down(client):
    citizen_id, reference = person(name="Thandi Mkhize")
    signed_in(client)
    page = client.get(f"/desk/citizens/{citizen_id}").text
    for words in ("Thandi Mkhize", reference, THANDI, "Awekho amanzi", "Privacy notice not given yet"):
        assert words in page
    client.get(f"/desk/citizens/{citizen_id}")
    assert views(citizen_id) == 1


def test_in_isizulu(client):
    citizen_id, _ = person(name="Thandi Mkhize")
    signed_in(client, language="zu")
    page = client.get(f"/desk/citizens/{citizen_id}").text
    assert "Notes of staff" not in page
    assert "Amanothi" in page


def test_of_another_area_nobody_is_shown_found_or_changed(client):
    citizen_id, reference = person(name="Thandi Mkhize")
    signed_in(client, municipality="KDM")
    assert client.get(f"/desk/citizens/{citizen_id}").status_code == 404
    assert "We find nobody" in client.get("/desk/citizens", params={"q": THANDI}).text
    for path in ("record", "notes", "address", "link", "merge"):
        assert post(client, f"/desk/citizens/{citizen_id}/{path}", name="x", body="x").status_code in (
            404,
            422,
        )
    with transaction() as session:
        assert session.get_one(Citizen, citizen_id).name == "Thandi Mkhize"
        assert session.scalar(select(func.count()).select_from(CitizenNote)) == 0
    person(THANDI, place="KwaDukuza")
    page = client.get(f"/desk/citizens/{citizen_id}").text
    assert reference not in page
    assert "1 more case is with others" in page


def test_confidential_and_anonymous_reports_do_not_leak(client):
    citizen_id, secret = person(category="corruption", place=None)
    _, unnamed = person(category="corruption", place=None)
    with transaction() as session:
        make_anonymous(session, session.scalars(select(Case).where(Case.reference == unnamed)).one(), NOW)
    signed_in(client)
    page = client.get(f"/desk/citizens/{citizen_id}").text
    assert secret not in page
    assert unnamed not in page
    signed_in(client, "administrator")
    page = client.get(f"/desk/citizens/{citizen_id}").text
    assert secret in page
    assert unnamed not in page


def test_name_language_and_wishes_are_kept_right(client):
    citizen_id, _ = person()
    signed_in(client)
    sent = post(client, f"/desk/citizens/{citizen_id}/record", name="Thandi Mkhize", language="zu")
    assert sent.status_code == 303
    with transaction() as session:
        citizen = session.get_one(Citizen, citizen_id)
        assert (citizen.name, citizen.language) == ("Thandi Mkhize", "zu")
        assert citizen.no_updates_at is not None
    post(client, f"/desk/citizens/{citizen_id}/notes", body="Hard of hearing")
    assert "Hard of hearing" in client.get(f"/desk/citizens/{citizen_id}").text


def test_messages_are_stopped_and_resumed_as_asked(client):
    citizen_id, _ = person()
    signed_in(client)
    with transaction() as session:
        address_id = session.scalar(select(Address.id))
    for allow, stopped in (("", True), ("1", False)):
        post(client, f"/desk/citizens/{citizen_id}/address", address=str(address_id), allow=allow)
        with transaction() as session:
            assert (session.get_one(Address, address_id).opted_out_at is not None) == stopped
    other, _ = person(SIPHO)
    assert post(client, f"/desk/citizens/{other}/address", address=str(address_id)).status_code == 404


def test_an_account_is_linked_only_after_proof_was_seen(client):
    citizen_id, _ = person()
    with transaction() as session:
        session.add(Account(account_number="41006273", municipality="MLM"))
    signed_in(client)
    path = f"/desk/citizens/{citizen_id}"
    assert 'id="seen-fault"' in post(client, f"{path}/link", account="41006273").text
    assert 'id="account-fault"' in post(client, f"{path}/link", account="41009999", seen="id").text
    assert post(client, f"{path}/link", account="4100 6273", seen="id").status_code == 303
    with transaction() as session:
        assert is_linked(session, citizen_id, "41006273")
        assert session.scalar(select(Event.note).where(Event.kind == "linked")) == "id"
    post(client, f"{path}/unlink/41006273")
    with transaction() as session:
        assert not is_linked(session, citizen_id, "41006273")


def test_two_records_are_merged_and_parted(client):
    first, reference = person(name="Thandi Mkhize")
    second, other = person(SIPHO, "thandi mkhize")
    signed_in(client)
    page = client.get(f"/desk/citizens/{first}").text
    assert "The same person?" in page
    assert str(second) in page
    post(client, f"/desk/citizens/{first}/merge", other=str(second))
    page = client.get(f"/desk/citizens/{first}").text
    assert reference in page
    assert other in page
    assert client.get(f"/desk/citizens/{second}").headers["location"] == f"/desk/citizens/{first}"
    undo = next(part for part in page.split('action="') if part.startswith(f"/desk/citizens/{first}/part/"))
    assert post(client, undo.split('"')[0]).status_code == 303
    assert other not in client.get(f"/desk/citizens/{first}").text
    assert other in client.get(f"/desk/citizens/{second}").text


def test_only_a_supervisor_gives_out_and_forgets(client):
    citizen_id, reference = person(name="Thandi Mkhize")
    path = f"/desk/citizens/{citizen_id}"
    signed_in(client)
    for deed in ("export", "erase"):
        assert post(client, f"{path}/{deed}").status_code == 403
    signed_in(client, "supervisor")
    copy = post(client, f"{path}/export")
    assert copy.headers["content-disposition"].startswith("attachment")
    assert [case["reference"] for case in copy.json()["cases"]] == [reference]
    refused = post(client, f"{path}/erase", reason="", sure="")
    assert refused.status_code == 422
    assert 'id="sure-fault"' in refused.text
    assert post(client, f"{path}/erase", reason="asked at the counter", sure="1").status_code == 303
    page = client.get(path).text
    assert "Thandi" not in page
    assert THANDI not in page
    with transaction() as session:
        notes = session.scalars(
            select(Event.note).where(Event.kind == "erased", Event.subject_type == "citizen")
        )
        assert notes.all() == ["asked at the counter"]


def test_a_copy_leaves_out_what_its_maker_may_not_see(client):
    citizen_id, _ = person()
    _, secret = person(category="corruption", place=None)
    signed_in(client, "supervisor")
    assert secret not in post(client, f"/desk/citizens/{citizen_id}/export").text
    signed_in(client, "municipal_manager")
    assert secret in post(client, f"/desk/citizens/{citizen_id}/export").text


def test_nobody_is_a_404(client):
    signed_in(client)
    assert client.get(f"/desk/citizens/{uuid4()}").status_code == 404
    assert client.get("/desk/citizens/nonsense").status_code == 404
