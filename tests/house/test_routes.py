"""Every route is signed, secret, of the sandbox only, or listed here as public with its reason."""

import re
from datetime import UTC, datetime

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from crm_store import settings as store_settings
from crm_store.database import transaction
from crm_store.services.desk_sessions import begin_session
from crm_store.tables import User
from phendula.app import create_app

#: Open to everybody, on purpose.
PUBLIC = {
    ("GET", "/health"): "liveness, for whatever keeps the process running",
    ("GET", "/ready"): "readiness, for the same; names no data",
    (
        "GET",
        "/files/{media_id}/{pass_}/{name}",
    ): "a file from an agent, for Twilio to fetch; the address is signed and holds for two days",
    ("GET", "/api/v1/openapi.json"): "what the API can do; holds no data",
    ("GET", "/report"): "what the public form is about",
    ("GET", "/report/new"): "the public form",
    ("POST", "/report/new"): "the public form: checked, limited, stored once",
    ("GET", "/report/done/{key}"): "one form's reference, at an address that only its sender knows",
    ("GET", "/report/status"): "asks for reference and number",
    ("POST", "/report/status"): "one case, for a reference with a number or code that fits; limited",
}
#: Refused with 403 when the provider's signature or secret is missing.
SIGNED = {("POST", "/webhooks/twilio"), ("POST", "/webhooks/twilio/status"), ("POST", "/webhooks/telegram")}
#: Answered to callers on this machine only.
LOCAL = {("GET", "/metrics")}
#: Answered with 401 to callers without a key.
KEYED = {
    ("POST", "/api/v1/readings/batches"),
    ("GET", "/api/v1/readings/batches"),
    ("GET", "/api/v1/readings/batches/{number}"),
    ("POST", "/api/v1/readings/batches/{number}/acknowledge"),
}
#: There in sandbox only, never in production.
SANDBOX = "/phone"
#: Held by rule (below): who is not signed in is sent to sign in, and no form is taken without its token.
DESK = "/desk"
#: What opens before anybody is signed in, and holds no data.
DESK_PUBLIC = {"/desk/sign-in", "/desk/sign-in/with", "/desk/sign-in/back", "/desk/static/{name}"}


@pytest.fixture
def production(monkeypatch, database_url):
    """A client of the application as it runs in production, with all credentials."""
    values = {
        "DATABASE_URL": database_url,
        "PHENDULA_ENV": "production",
        "PHENDULA_SECRET_KEY": "x" * 40,
        "PUBLIC_URL": "https://phendula.example.org",
        "TWILIO_ACCOUNT_SID": "ACtest",
        "TWILIO_AUTH_TOKEN": "token",
        "TWILIO_SMS_FROM": "+27310000001",
        "TWILIO_WHATSAPP_FROM": "+27310000002",
        "TELEGRAM_BOT_TOKEN": "4242:token",
        "TELEGRAM_WEBHOOK_SECRET": "secret",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    store_settings.settings.cache_clear()
    yield TestClient(create_app(), "https://phendula.example.org", raise_server_exceptions=False)
    store_settings.settings.cache_clear()


def routes(router):
    """(method, path) of every route, those of included routers too; mounted applications count as ANY."""
    found = set()
    for route in router.routes:
        if isinstance(route, APIRoute):
            found |= {(method, route.path) for method in route.methods}
        elif hasattr(route, "original_router"):
            found |= routes(route.original_router)
        else:
            found.add(("ANY", route.path))
    return found


def is_sandbox(path):
    return path == SANDBOX or path.startswith(SANDBOX + "/")


def is_desk(path):
    return path == DESK or path.startswith(DESK + "/")


def test_every_route_is_accounted_for(production):
    known = set(PUBLIC) | SIGNED | LOCAL | KEYED
    found = {(method, path) for method, path in routes(production.app)}
    assert {pair for pair in found if not is_sandbox(pair[1]) and not is_desk(pair[1])} == known


def desk_routes(client):
    """(method, path with an id of nothing in each gap) of the desk's routes but the public ones."""
    for method, path in sorted(routes(client.app)):
        if is_desk(path) and path not in DESK_PUBLIC:
            yield method, re.sub(r"\{\w+(:\w+)?\}", "0190a7c5-0000-7000-8000-000000000000", path)


def test_the_desk_opens_nothing_before_sign_in(production):
    paths = [path for method, path in desk_routes(production) if method == "GET"]
    assert "/desk/" in paths
    for path in paths:
        answer = production.get(path, follow_redirects=False)
        is_fragment = path.rpartition("/")[2].startswith("_") or path == "/desk/live"
        assert answer.status_code == (401 if is_fragment else 303), path
        assert is_fragment or answer.headers["location"].startswith("/desk/sign-in?next="), path


def test_the_desk_takes_no_form_without_its_token(production):
    with transaction() as session:
        user = User(username="thandi", role="administrator")
        session.add(user)
        session.flush()
        begun = begin_session(session, user.id, "testclient", "a test", datetime.now(UTC))
    methods = {method for method, _path in desk_routes(production)}
    assert methods == {"GET", "POST"}
    posts = [path for method, path in desk_routes(production) if method == "POST"] + ["/desk/sign-in"]
    for cookies in ({}, {"__Host-phendula": begun.token}):
        production.cookies = cookies
        for path in posts:
            for data in ({}, {"csrf": "guessed"}):
                answer = production.post(path, data=data, follow_redirects=False)
                assert answer.status_code == 403, (path, answer.status_code)


def test_signed_routes_refuse_what_is_not(production):
    for method, path in SIGNED:
        assert production.request(method, path, content=b"a=1").status_code == 403, path


def test_keyed_routes_refuse_a_caller_without_a_key(production):
    for method, path in KEYED:
        answer = production.request(method, path.replace("{number}", "1"), json={})
        assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer"), path


def test_sandbox_routes_do_not_exist_in_production(production):
    paths = [(method, path) for method, path in routes(production.app) if is_sandbox(path)]
    assert paths
    for method, path in paths:
        assert production.request(method, path.replace("{name}", "phone.css")).status_code == 404, path


def test_figures_are_for_this_machine_only(production):
    assert production.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404


def test_no_schema_or_documentation_pages_are_served(production):
    for path in ("/docs", "/redoc", "/openapi.json"):
        assert production.get(path).status_code == 404
