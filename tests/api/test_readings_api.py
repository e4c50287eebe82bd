"""The API of readings, as the billing system calls it."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text

from api import access
from crm_store import limits
from crm_store.services.api_keys import make_key, revoke_key
from crm_store.services.readings import record_reading
from crm_store.tables import Account, ApiKey, Meter
from phendula.app import create_app

NOW = datetime.now(UTC)
BATCHES = "/api/v1/readings/batches"


@pytest.fixture
def client(database_url, monkeypatch):
    # Calls are counted by the minute: a test must not see a new one begin.
    monkeypatch.setattr(limits, "time", SimpleNamespace(monotonic=lambda: 6000.0))
    access.forget_counts()
    yield TestClient(create_app(), raise_server_exceptions=False)
    access.forget_counts()


@pytest.fixture
def key(session):
    def make(name="billing", municipality=None):
        made = make_key(session, name, ["readings"], municipality, "agent:test", NOW)
        session.commit()
        return {"Authorization": f"Bearer {made}"}

    return make


@pytest.fixture
def readings(session, region):
    """One reading of yesterday in each of two municipalities, and one of today."""
    for account, municipality, at in (
        ("41000001", "KDM", NOW - timedelta(days=1)),
        ("41000002", "MLM", NOW - timedelta(days=1)),
        ("41000003", "KDM", NOW),
    ):
        session.add(Account(account_number=account, municipality=municipality))
        session.flush()
        session.add(Meter(account_number=account, service="water", meter_number=f"W{account}", dials=5))
        session.flush()
        record_reading(session, region, account_number=account, digits="02214", now=at)
    session.commit()


def test_billing_pulls_reads_again_and_acknowledges(client, key, readings):
    mine = key()
    pulled = client.post(BATCHES, json={}, headers=mine)
    assert pulled.status_code == 201
    batch = pulled.json()
    assert [row["account_number"] for row in batch["readings"]] == ["41000001", "41000002"]
    assert (batch["count"], batch["sum"]) == (2, 4428)
    assert client.post(BATCHES, json={}, headers=mine).status_code == 204
    address = f"{BATCHES}/{batch['number']}"
    assert client.get(address, headers=mine).json() == batch
    waiting = client.get(BATCHES, params={"acknowledged": False}, headers=mine).json()
    assert [one["number"] for one in waiting] == [batch["number"]]
    wrong = client.post(f"{address}/acknowledge", json={"count": 1, "sum": 2214}, headers=mine)
    assert wrong.status_code == 409
    assert "has 2 readings" in wrong.json()["detail"]
    for _ in range(2):
        done = client.post(f"{address}/acknowledge", json={"count": 2, "sum": 4428}, headers=mine)
        assert done.json()["acknowledged_at"]
    assert client.get(BATCHES, params={"acknowledged": False}, headers=mine).json() == []
    today = client.post(BATCHES, json={"settled": False}, headers=mine).json()
    assert [row["account_number"] for row in today["readings"]] == ["41000003"]


def test_a_key_of_one_municipality_sees_no_other(client, key, readings):
    of_kdm, of_mlm = key("kdm", "KDM"), key("mlm", "MLM")
    batch = client.post(BATCHES, json={}, headers=of_kdm).json()
    assert [row["municipality"] for row in batch["readings"]] == ["KDM"]
    assert client.post(BATCHES, json={"municipality": "KDM"}, headers=of_mlm).status_code == 403
    address = f"{BATCHES}/{batch['number']}"
    assert client.get(address, headers=of_mlm).status_code == 404
    assert (
        client.post(f"{address}/acknowledge", json={"count": 1, "sum": 2214}, headers=of_mlm).status_code
        == 404
    )
    assert client.get(BATCHES, headers=of_mlm).json() == []


def test_wrong_questions_are_told(client, key):
    mine = key()
    assert client.post(BATCHES, json={"period": "November"}, headers=mine).status_code == 422
    unknown = client.post(BATCHES, json={"municipality": "XYZ"}, headers=mine)
    assert (unknown.status_code, unknown.json()["detail"]) == (422, "municipality: there is no XYZ")
    assert client.get(f"{BATCHES}/999", headers=mine).status_code == 404


def test_a_revoked_key_opens_nothing(client, key, session):
    mine = key()
    assert client.get(BATCHES, headers=mine).status_code == 200
    revoke_key(session, "billing", NOW)
    session.commit()
    assert client.get(BATCHES, headers=mine).status_code == 401


def test_guessing_keys_is_slowed_down(client, key):
    mine = key()
    for _ in range(access.REFUSALS_A_MINUTE):
        assert client.get(BATCHES, headers={"Authorization": "Bearer phk_guess"}).status_code == 401
    stopped = client.get(BATCHES, headers=mine)
    assert (stopped.status_code, stopped.headers["Retry-After"]) == (429, "60")


def test_a_caller_is_braked(client, key):
    mine = key()
    answers = [client.get(BATCHES, headers=mine).status_code for _ in range(access.CALLS_A_MINUTE + 1)]
    assert answers == [200] * access.CALLS_A_MINUTE + [429]


def test_only_a_hash_of_the_key_is_kept(session, key):
    made = key()["Authorization"].removeprefix("Bearer ")
    row = session.scalars(select(ApiKey)).one()
    stored = session.execute(text("SELECT row_to_json(api_keys)::text FROM api_keys")).scalar_one()
    assert row.name == "billing"
    assert made not in stored


def test_the_api_describes_itself(client):
    described = client.get("/api/v1/openapi.json").json()
    assert described["openapi"].startswith("3.")
    assert f"{BATCHES}/{{number}}/acknowledge" in described["paths"]
