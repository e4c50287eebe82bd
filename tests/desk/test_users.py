"""The administrator's pages of users: adding, changing, letting go; and never the last administrator."""

import re

import pytest
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.services.sign_in import hashed
from crm_store.tables import Event, User
from tests.desk.conftest import hidden_csrf, new_user, post, signed_in

USERS = "/desk/administration/users"
FIELDS = {"name": "Bheki Cele", "role": "agent", "language": "en", "municipality": "KDM"}


def user(username):
    with transaction() as session:
        return session.scalar(select(User).where(User.username == username))


def shown_password(html):
    return re.search(r'<dd class="mono strong">([^<]+)</dd>', html).group(1)


def test_somebody_added_signs_in_and_chooses_a_password(client, another):
    signed_in(client, "administrator")
    page = post(client, f"{USERS}/new", username="Bheki", department="KDM/roads", **FIELDS)
    assert page.status_code == 200
    password = shown_password(page.text)
    browser = another()
    token = hidden_csrf(browser.get("/desk/sign-in").text)
    browser.post("/desk/sign-in", data={"csrf": token, "username": "bheki", "password": password, "next": ""})
    for path in ("/desk/", "/desk/profile"):
        assert browser.get(path).headers["location"] == "/desk/profile/password"
    assert browser.get("/desk/_session").status_code == 401
    page = browser.get("/desk/profile/password").text
    assert 'href="/desk/chats"' not in page  # nothing else opens before
    form = hidden_csrf(page)
    mine = "izinkomo zidla utshani"

    def choose(old, new, again):
        data = {"csrf": form, "old_password": old, "new_password": new, "new_password_again": again}
        return browser.post("/desk/profile/password", data=data)

    assert "is not your password" in choose("wrong", mine, mine).text
    assert "At least 12" in choose(password, "short", "short").text
    assert "username must not" in choose(password, "my-name-is-bheki-cele", "my-name-is-bheki-cele").text
    assert "the password that you have" in choose(password, password, password).text
    assert "not the same as the new" in choose(password, mine, "another").text
    assert choose(password, mine, mine).status_code == 303
    assert browser.get("/desk/").status_code == 200
    bheki = user("bheki")
    assert (bheki.role, bheki.municipality, bheki.department) == ("agent", "KDM", "roads")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"username": "B"}, "2 to 40 small letters"),
        ({"username": "zanele"}, "a user of this name already"),
        ({"name": ""}, "Please write the name"),
        ({"role": "king"}, "Please choose a role"),
        ({"municipality": "XYZ"}, "no such municipality"),
        ({"department": "MLM/water"}, "no such department"),
        ({"wards": "twelve"}, "Write wards like"),
        ({"wards": "MLM/3"}, "outside of the municipality"),
        ({"role": "councillor"}, "at least one ward"),
        ({"email": "Zanele@Example.org"}, "Another user has this"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_nothing_typed_is_lost(client, changes, said):
    signed_in(client, "administrator", "zanele", email="zanele@example.org")
    page = post(client, f"{USERS}/new", **{"username": "bheki", "phone": "+27820001111", **FIELDS, **changes})
    assert page.status_code == 422
    assert said in page.text
    assert 'aria-invalid="true"' in page.text
    assert "+27820001111" in page.text
    assert user("bheki") is None


def test_a_change_of_role_holds_at_once_and_is_in_the_history(client, another):
    admin = signed_in(client, "administrator", password_hash=hashed("x" * 20))
    browser = another()
    other = signed_in(browser, "administrator", "bheki")
    post(client, f"{USERS}/{other.id}", **FIELDS)
    assert browser.get(USERS).status_code == 403
    with transaction() as session:
        event = session.scalar(select(Event).where(Event.kind == "changed"))
    assert event.actor == f"agent:{admin.username}"
    assert (event.before["role"], event.after["role"]) == ("administrator", "agent")


def test_somebody_who_left_is_out_at_once_and_can_come_back(client, another):
    signed_in(client, "administrator")
    browser = another()
    bheki = signed_in(browser, "agent", "bheki")
    answer = post(client, f"{USERS}/{bheki.id}/deactivate")
    page = client.get(answer.headers["location"])
    assert f'action="{USERS}/{bheki.id}/activate"' in page.text
    assert browser.get("/desk/").status_code == 303
    assert "bheki" not in client.get(USERS).text
    assert "bheki" in client.get(f"{USERS}?gone=1").text
    post(client, f"{USERS}/{bheki.id}/activate")
    assert user("bheki").active


def test_the_last_administrator_stays(client):
    me = signed_in(client, "administrator", "zanele", password_hash=hashed("x" * 20))
    answer = post(client, f"{USERS}/{me.id}/deactivate")
    assert "the last administrator" in client.get(answer.headers["location"]).text
    assert "the last administrator" in post(client, f"{USERS}/{me.id}", **FIELDS).text
    second = new_user("bheki", "administrator", password_hash=hashed("y" * 20))
    assert post(client, f"{USERS}/{second.id}", **FIELDS).status_code == 303
    assert user("zanele").role == "administrator"


def test_a_new_password_a_lost_telephone_and_a_lock(client, another):
    signed_in(client, "administrator")
    bheki = new_user("bheki", password_hash=hashed("izinkomo zidla"), totp_secret="GEZDGNBVGY3TQOJQ")
    browser = another()

    def sign_in(password):
        token = hidden_csrf(browser.get("/desk/sign-in").text)
        data = {"csrf": token, "username": "bheki", "password": password, "next": ""}
        return browser.post("/desk/sign-in", data=data)

    for _ in range(5):
        sign_in("wrong")
    assert "locked" in client.get(f"{USERS}/{bheki.id}").text
    post(client, f"{USERS}/{bheki.id}/unlock")
    assert sign_in("izinkomo zidla").status_code == 200  # the code is asked for
    post(client, f"{USERS}/{bheki.id}/forget-code")
    assert sign_in("izinkomo zidla").status_code == 303
    password = shown_password(post(client, f"{USERS}/{bheki.id}/password").text)
    assert browser.get("/desk/").status_code == 303
    assert sign_in("izinkomo zidla").status_code == 401
    assert sign_in(password).status_code == 303


def test_an_administrator_of_one_municipality_sees_no_other(client):
    signed_in(client, "administrator", municipality="KDM")
    own = new_user("bheki", municipality="KDM")
    others = [new_user("thoko", municipality="MLM"), new_user("sipho")]
    page = client.get(USERS).text
    assert "bheki" in page
    assert "thoko" not in page
    for one in others:
        assert client.get(f"{USERS}/{one.id}").status_code == 404
        assert post(client, f"{USERS}/{one.id}", **FIELDS).status_code == 404
        for deed in ("deactivate", "activate", "password", "unlock", "forget-code"):
            assert post(client, f"{USERS}/{one.id}/{deed}").status_code == 404
    wanted = {**FIELDS, "municipality": "MLM"}
    assert "your own municipality only" in post(client, f"{USERS}/new", username="nomsa", **wanted).text
    assert "your own municipality only" in post(client, f"{USERS}/{own.id}", **wanted).text


@pytest.mark.parametrize("role", ["agent", "supervisor", "trainer", "billing", "councillor", "manager"])
def test_only_administrators_open_the_users(client, role):
    signed_in(client, role)
    assert client.get(USERS).status_code == 403
    assert post(client, f"{USERS}/new", username="mine", **FIELDS).status_code == 403


def test_the_list_is_searched_by_name(client):
    signed_in(client, "administrator")
    new_user("bheki", name="Bhekizizwe Cele")
    new_user("thoko", name="100% Thoko")
    assert "thoko" not in client.get(f"{USERS}?q=bhekiz+cele").text
    assert "bheki" not in client.get(f"{USERS}?q=100%25").text
    assert "Nobody was found" in client.get(f"{USERS}?q=xyz").text
