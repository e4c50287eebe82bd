"""The desk through its doors: a client of the application on a fresh database, and whoever is signed in."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from fastapi.testclient import TestClient

from crm_store.database import transaction
from crm_store.services.desk_sessions import begin_session
from crm_store.tables import User
from desk.access import cookie_name
from desk.staff_names import forget_names
from phendula.app import create_app


@pytest.fixture
def client(database_url) -> TestClient:
    """A browser at which nobody is signed in; it follows no redirects."""
    return TestClient(create_app(), follow_redirects=False)


@pytest.fixture
def another(database_url) -> Callable[[], TestClient]:
    """Another browser, as often as it is called."""
    return lambda: TestClient(create_app(), follow_redirects=False)


def new_user(username: str = "zanele", role: str = "agent", **more: object) -> User:
    """A user of the desk; without a password, unless `password_hash` is given."""
    with transaction() as session:
        user = User(username=username, role=role, **{"name": username.title(), **more})
        session.add(user)
    forget_names()
    return user


def signed_in(client: TestClient, role: str = "agent", username: str = "", **more: object) -> User:
    """Sign a user of that role in at the client, and give them back; more: municipality, department, …

    Their forms need `csrf(client)`; `post` gives it by itself.
    """
    name = username or f"{role}-{datetime.now(UTC).timestamp():.6f}"
    user = new_user(name, role, **more)
    with transaction() as session:
        begun = begin_session(session, user.id, "testclient", "a test", datetime.now(UTC))
    client.cookies.set(cookie_name(), begun.token)
    client.headers["x-test-csrf"] = begun.session.csrf
    return user


def csrf(client: TestClient) -> str:
    """What stands in the forms of whoever is signed in at the client."""
    return client.headers["x-test-csrf"]


def post(client: TestClient, path: str, **fields: object):
    """Send a form as its page would, CSRF token included."""
    return client.post(path, data={"csrf": csrf(client), **fields})


def hidden_csrf(html: str) -> str:
    """The token in the first form of a page."""
    return re.search(r'name="csrf" value="([^"]+)"', html).group(1)
