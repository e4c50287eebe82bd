"""Every route is signed, secret, of the sandbox only, or listed here as public with its reason."""

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from crm_store import settings as store_settings
from phendula.app import create_app

#: Open to everybody, on purpose.
PUBLIC = {
    ("GET", "/health"): "liveness, for whatever keeps the process running",
    ("GET", "/ready"): "readiness, for the same; names no data",
    ("GET", "/api/v1/openapi.json"): "what the API can do; holds no data",
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
    yield TestClient(create_app(), raise_server_exceptions=False)
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


def test_every_route_is_accounted_for(production):
    known = set(PUBLIC) | SIGNED | LOCAL | KEYED
    found = {(method, path) for method, path in routes(production.app) if not is_sandbox(path)}
    assert found == known


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
