"""One's own page: the second factor from the picture to the recovery code, and other browsers."""

import re
from datetime import UTC, datetime

from sqlalchemy import select

from crm_store.database import transaction
from crm_store.domain.passwords import step_at, totp_code
from crm_store.services.sign_in import hashed
from crm_store.tables import DeskSession, User
from tests.desk.conftest import hidden_csrf, post, signed_in

PASSWORD = "amanzi-ayageleza-namuhla"


def codes_of(html):
    return re.findall(r'<li class="mono">([^<]+)</li>', html)


def switch_on(client):
    page = client.get("/desk/profile/code").text
    assert "<svg" in page
    secret = "".join(re.search(r'<span class="mono break">([^<]+)</span>', page).group(1).split())
    assert "This is not what the app shows" in post(client, "/desk/profile/code", code="000000").text
    page = post(client, "/desk/profile/code", code=totp_code(secret, step_at(datetime.now(UTC))))
    return secret, codes_of(page.text)


def sign_in(browser, code):
    token = hidden_csrf(browser.get("/desk/sign-in").text)
    data = {"csrf": token, "username": "zanele", "password": PASSWORD, "next": ""}
    page = browser.post("/desk/sign-in", data=data)
    return browser.post(
        "/desk/sign-in/code", data={"csrf": hidden_csrf(page.text), "code": code, "next": ""}
    ).status_code


def test_the_code_is_set_up_used_and_switched_off(client, another):
    signed_in(client, username="zanele", password_hash=hashed(PASSWORD))
    secret, codes = switch_on(client)
    assert len(set(codes)) == 8
    # The code that set it up is used up; a recovery code is good once, however it is typed.
    assert sign_in(another(), totp_code(secret, step_at(datetime.now(UTC)))) == 401
    assert sign_in(another(), codes[0].upper().replace("-", " ")) == 303
    assert sign_in(another(), codes[0]) == 401
    assert "7 recovery codes are left" in client.get("/desk/profile").text
    assert post(client, "/desk/profile/code/renew", password="wrong").status_code == 303
    assert "not your password" in client.get("/desk/profile").text
    renewed = codes_of(post(client, "/desk/profile/code/renew", password=PASSWORD).text)
    assert sign_in(another(), codes[1]) == 401
    assert sign_in(another(), renewed[1]) == 303
    post(client, "/desk/profile/code/off", password=PASSWORD)
    with transaction() as session:
        user = session.scalar(select(User))
    assert (user.totp_secret, user.recovery_hashes) == (None, [])


def test_no_secret_stands_in_the_history(client):
    signed_in(client, username="zanele", password_hash=hashed(PASSWORD))
    secret, codes = switch_on(client)
    with transaction() as session:
        text = str(session.connection().exec_driver_sql("SELECT json_agg(events)::text FROM events").scalar())
    assert "second_factor_on" in text
    assert not any(word in text for word in (secret, *codes, "argon2"))


def test_other_browsers_are_listed_and_signed_out(client, another):
    me = signed_in(client, username="zanele")
    browsers = [another() for _ in range(3)]
    with transaction() as session:
        from crm_store.services.desk_sessions import begin_session

        for browser in browsers:
            agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0"
            begun = begin_session(session, me.id, "10.0.0.9", agent, datetime.now(UTC))
            browser.cookies.set("phendula", begun.token)
    page = client.get("/desk/profile").text
    assert page.count("Firefox, Windows") == 3
    paths = re.findall(r'action="(/desk/profile/sessions/[0-9a-f-]{36}/end)"', page)
    assert len(paths) == 3
    post(client, paths[0])
    assert sorted(browser.get("/desk/").status_code for browser in browsers) == [200, 200, 303]
    post(client, "/desk/profile/sessions/others/end")
    assert [browser.get("/desk/").status_code for browser in (client, *browsers)] == [200, 303, 303, 303]


def test_nobody_signs_others_out(client, another):
    signed_in(client, username="zanele")
    browser = another()
    signed_in(browser, username="bheki")
    with transaction() as session:
        ids = session.scalars(select(DeskSession.id).order_by(DeskSession.created_at)).all()
    assert post(client, f"/desk/profile/sessions/{ids[1]}/end").status_code == 404
    assert browser.get("/desk/").status_code == 200
