"""Signing in and out: the lock, fixation, expiry, CSRF, and answers that tell nothing."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from crm_store.database import transaction
from crm_store.domain.passwords import step_at, totp_code
from crm_store.services.sign_in import hashed
from crm_store.tables import DeskSession, Event, User
from tests.desk.conftest import csrf, hidden_csrf, new_user, post, signed_in

PASSWORD = "amanzi-ayageleza-namuhla"
HASHED = hashed(PASSWORD)
SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"


def try_to_sign_in(client, username="zanele", password=PASSWORD, **more):
    page = client.get("/desk/sign-in")
    token = hidden_csrf(page.text)
    return client.post(
        "/desk/sign-in",
        data={"csrf": token, "username": username, "password": password, "next": "/desk/", **more},
    )


def test_nobody_gets_in_without_signing_in(client):
    answer = client.get("/desk/")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/sign-in?next=/desk/")


def test_the_right_password_opens_the_page_that_was_asked_for(client):
    new_user(password_hash=HASHED)
    answer = try_to_sign_in(client, " ZANELE ", next="/desk/cases?mine=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/cases?mine=1")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=lax" in cookie
    assert "Zanele" in client.get("/desk/").text
    with transaction() as session:
        kinds = session.scalars(select(Event.kind).where(Event.actor == "agent:zanele")).all()
    assert kinds == ["signed_in"]


@pytest.mark.parametrize("next", ["https://example.org/", "//example.org", "/desk\\@example.org", "/deskx"])
def test_signing_in_leads_to_no_other_site(client, next):
    new_user(password_hash=HASHED)
    assert try_to_sign_in(client, next=next).headers["location"] == "/desk/"


def test_wrong_passwords_and_unknown_users_are_answered_alike(client):
    new_user(password_hash=HASHED)
    new_user("bheki", password_hash=HASHED, active=False)
    new_user("thoko")  # has no password at all
    answers = [
        try_to_sign_in(client, username, password)
        for username, password in (
            ("zanele", "wrong"),
            ("nobody", "wrong"),
            ("bheki", PASSWORD),
            ("thoko", "nobody has this password"),
        )
    ]
    texts = {
        answer.text.replace(f'value="{username}"', "")
        for answer, username in zip(answers, ("zanele", "nobody", "bheki", "thoko"), strict=True)
    }
    assert {answer.status_code for answer in answers} == {401}
    assert len(texts) == 1


def test_five_wrong_passwords_lock_the_username_for_everybody(client, another):
    new_user(password_hash=HASHED)
    assert [try_to_sign_in(client, password="wrong").status_code for _ in range(5)] == [401] * 5
    assert try_to_sign_in(another()).status_code == 429
    new_user("bheki", password_hash=HASHED)
    assert try_to_sign_in(another(), "bheki").status_code == 303


def test_a_username_that_nobody_has_is_locked_too(client):
    assert [try_to_sign_in(client, "nobody", "x").status_code for _ in range(6)] == [401] * 5 + [429]


def test_twenty_wrong_ones_lock_the_address(client):
    new_user(password_hash=HASHED)
    answers = [try_to_sign_in(client, f"user{n}", "x").status_code for n in range(20)]
    assert set(answers) == {401}
    assert try_to_sign_in(client).status_code == 429


def test_the_lock_opens_by_itself(client):
    from crm_store.tables import SignInFailure

    new_user(password_hash=HASHED)
    for _ in range(5):
        try_to_sign_in(client, password="wrong")
    with transaction() as session:
        session.execute(update(SignInFailure).values(at=datetime.now(UTC) - timedelta(minutes=15, seconds=1)))
    assert try_to_sign_in(client).status_code == 303


def test_a_token_that_was_there_before_is_not_taken_over(client):
    new_user(password_hash=HASHED)
    client.cookies.set("phendula", "chosen-by-somebody-else")
    answer = try_to_sign_in(client)
    assert answer.cookies["phendula"] != "chosen-by-somebody-else"


def test_signing_in_again_ends_the_session_before_and_keeps_its_open_forms_good(client, another):
    new_user(password_hash=HASHED)
    try_to_sign_in(client)
    first, form = client.cookies["phendula"], hidden_csrf(client.get("/desk/").text)
    with transaction() as session:
        session.execute(update(DeskSession).values(seen_at=datetime(2026, 1, 1, tzinfo=UTC)))
    assert client.post("/desk/language", data={"csrf": form, "language": "zu"}).status_code == 403
    assert try_to_sign_in(client).status_code == 303
    assert client.post("/desk/language", data={"csrf": form, "language": "zu"}).status_code == 303
    stolen = another()
    stolen.cookies.set("phendula", first)
    assert stolen.get("/desk/").status_code == 303


def test_another_user_in_the_same_browser_cannot_send_the_forms_of_the_first(client):
    new_user(password_hash=HASHED)
    new_user("bheki", password_hash=HASHED)
    try_to_sign_in(client)
    form = hidden_csrf(client.get("/desk/").text)
    with transaction() as session:
        session.execute(update(DeskSession).values(seen_at=datetime(2026, 1, 1, tzinfo=UTC)))
    try_to_sign_in(client, "bheki")
    assert client.post("/desk/language", data={"csrf": form, "language": "zu"}).status_code == 403


def test_signing_out_ends_the_session_itself(client):
    signed_in(client)
    token = client.cookies["phendula"]
    assert post(client, "/desk/sign-out").headers["location"] == "/desk/sign-in"
    client.cookies.set("phendula", token)
    assert client.get("/desk/").status_code == 303


@pytest.mark.parametrize(
    "change",
    [
        {"seen_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"expires_at": datetime(2026, 1, 1, tzinfo=UTC)},
        {"code_wanted": True},
    ],
    ids=["idle", "old", "code not given"],
)
def test_a_session_that_ended_opens_nothing(client, change):
    signed_in(client)
    with transaction() as session:
        session.execute(update(DeskSession).values(**change))
    assert client.get("/desk/").status_code == 303


def test_somebody_deactivated_is_out_at_once(client):
    signed_in(client)
    with transaction() as session:
        session.execute(update(User).values(active=False))
    assert client.get("/desk/").status_code == 303


def test_use_keeps_a_session_alive_but_fetching_by_itself_does_not(client):
    signed_in(client)
    before = datetime.now(UTC) - timedelta(minutes=20)

    def seen():
        with transaction() as session:
            return session.scalar(select(DeskSession.seen_at))

    with transaction() as session:
        session.execute(update(DeskSession).values(seen_at=before))
    assert client.get("/desk/_session").status_code == 204
    assert seen() == before
    client.get("/desk/")
    assert seen() > before


def test_fragments_answer_401_instead_of_a_sign_in_page(client):
    assert client.get("/desk/_session").status_code == 401
    assert client.get("/desk/live").status_code == 401


def test_a_form_without_its_token_is_refused(client):
    signed_in(client)
    for token in ("", "wrong"):
        answer = client.post("/desk/language", data={"csrf": token, "language": "zu"})
        assert answer.status_code == 403
        assert "too old" in answer.text
    answer = client.post(
        "/desk/language",
        data={"csrf": csrf(client), "language": "zu"},
        headers={"Sec-Fetch-Site": "cross-site"},
    )
    assert answer.status_code == 403


def test_the_language_of_the_pages_changes(client):
    signed_in(client)
    assert '<html lang="en">' in client.get("/desk/").text
    assert post(client, "/desk/language", language="zu", back="/desk/").headers["location"] == "/desk/"
    assert '<html lang="zu">' in client.get("/desk/").text


def test_the_sign_in_page_speaks_the_browsers_language(client):
    page = client.get("/desk/sign-in", headers={"Accept-Language": "zu-ZA,zu;q=0.9"})
    assert '<html lang="zu">' in page.text
    token = hidden_csrf(page.text)
    answer = client.post("/desk/sign-in/language", data={"csrf": token, "language": "en", "next": "/desk/"})
    assert '<html lang="en">' in answer.text
    assert '<html lang="en">' in client.get("/desk/sign-in", headers={"Accept-Language": "zu"}).text


def test_a_second_factor_is_asked_for_and_each_code_is_good_once(client, another):
    new_user(password_hash=HASHED, totp_secret=SECRET)
    page = try_to_sign_in(client)
    assert page.status_code == 200
    assert "phendula" not in client.cookies
    assert client.get("/desk/").status_code == 303
    code = totp_code(SECRET, step_at(datetime.now(UTC)))

    def give(browser, page, code):
        return browser.post(
            "/desk/sign-in/code", data={"csrf": hidden_csrf(page.text), "code": code, "next": "/desk/"}
        )

    assert give(client, page, "000000").status_code == 401
    assert give(client, page, f"{code[:3]} {code[3:]}").status_code == 303
    assert client.get("/desk/").status_code == 200
    second = another()
    assert give(second, try_to_sign_in(second), code).status_code == 401


def test_codes_are_guessed_as_seldom_as_passwords(client):
    new_user(password_hash=HASHED, totp_secret=SECRET)
    for _ in range(5):
        page = try_to_sign_in(client)
        client.post("/desk/sign-in/code", data={"csrf": hidden_csrf(page.text), "code": "1", "next": ""})
    assert try_to_sign_in(client).status_code == 429


def test_every_page_forbids_foreign_and_inline_content(client):
    for path in ("/desk/sign-in", "/desk/nothing-here"):
        headers = client.get(path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"


def test_static_files_are_kept_and_nothing_else_is_served(client):
    answer = client.get("/desk/static/desk.css")
    assert "immutable" in answer.headers["cache-control"]
    assert client.get("/desk/static/..%2Fweb.py").status_code == 404
    assert client.get("/desk/static/web.py").status_code == 404
