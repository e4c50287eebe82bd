"""Health, readiness, figures."""

from __future__ import annotations

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from bot import web
from bot.engine_client import engine
from crm_store.database import transaction
from crm_store.settings import settings
from tests.messaging import new_number


@pytest.fixture
def a_worker(messaging):
    with transaction() as session:
        session.execute(text("TRUNCATE procrastinate_workers CASCADE"))
        session.execute(text("INSERT INTO procrastinate_workers DEFAULT VALUES"))


def test_it_is_alive(messaging):
    assert messaging.client.get("/health").json() == {"status": "ok"}


def test_it_is_ready_with_database_engine_and_worker(messaging, a_worker):
    assert messaging.client.get("/ready").status_code == 200


def test_it_says_that_the_worker_is_missing(messaging, a_worker):
    with transaction() as session:
        session.execute(text("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'"))
    answer = messaging.client.get("/ready")
    assert (answer.status_code, list(answer.json()["missing"])) == (503, ["worker"])
    with transaction() as session:
        session.execute(text("TRUNCATE procrastinate_workers CASCADE"))
    assert messaging.client.get("/ready").json()["missing"]["worker"] == "none is running"


def test_it_says_that_the_engine_is_missing(messaging, a_worker, monkeypatch):
    monkeypatch.setenv("ENGINE_URL", "http://127.0.0.1:9")
    settings.cache_clear()
    engine.cache_clear()
    answer = messaging.client.get("/ready")
    assert (answer.status_code, list(answer.json()["missing"])) == (503, ["engine"])
    assert "127.0.0.1" not in answer.text  # where things run is nobody's business


def test_figures_are_for_this_machine_only(messaging):
    messaging.sms(new_number(), "hello")
    answer = messaging.client.get("/metrics")
    assert answer.status_code == 200
    assert "phendula_messages_unhandled 1.0" in answer.text
    assert 'phendula_messages_received_total{channel="sms",outcome="accepted"}' in answer.text
    assert messaging.client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 404
    app = FastAPI()
    app.include_router(web.routes())
    assert TestClient(app, client=("196.25.1.1", 5)).get("/metrics").status_code == 404
