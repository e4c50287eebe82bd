"""Single sign-on against a local provider: who is let in, and every reason to let nobody in."""

import pytest
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.settings import Settings, SettingsError, read_settings, settings
from crm_store.tables import DeskSession, Event, User
from desk.provider import _provider_of
from tests.desk.conftest import new_user
from tests.stand_ins.openid import CLIENT_ID, CLIENT_SECRET, openid_provider

ZANELE = {"sub": "z-123", "email": "Zanele@KDM.example", "email_verified": True}


@pytest.fixture(scope="module")
def stand_in():
    with openid_provider() as provider:
        yield provider


@pytest.fixture
def provider(stand_in, database_url, monkeypatch):
    """The provider, configured, vouching for Zanele and without faults."""
    stand_in.person, stand_in.wrong = dict(ZANELE), {}
    stand_in.fails = stand_in.signs_with_another_key = False
    monkeypatch.setenv("PHENDULA_OIDC_ISSUER", stand_in.issuer)
    monkeypatch.setenv("PHENDULA_OIDC_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("PHENDULA_OIDC_CLIENT_SECRET", CLIENT_SECRET)
    monkeypatch.setenv("PHENDULA_OIDC_NAME", "KDM account")
    settings.cache_clear()
    _provider_of.cache_clear()
    yield stand_in
    settings.cache_clear()
    _provider_of.cache_clear()


def go_and_come_back(client, provider, next="/desk/", **changes):
    there = client.get("/desk/sign-in/with", params={"next": next})
    assert there.status_code == 303
    query = provider.sign_in(there.headers["location"])
    return client.get("/desk/sign-in/back", params={**query, **changes})


def users():
    with transaction() as session:
        return {user.username: user for user in session.scalars(select(User))}


def sessions():
    with transaction() as session:
        return len(session.scalars(select(DeskSession)).all())


def test_a_user_is_found_by_email_and_from_then_on_by_subject(client, provider, another):
    new_user("zanele", email="zanele@kdm.example")
    assert "Sign in with KDM account" in client.get("/desk/sign-in").text
    answer = go_and_come_back(client, provider, next="/desk/cases?mine=1")
    assert (answer.status_code, answer.headers["location"]) == (303, "/desk/cases?mine=1")
    assert "Zanele" in client.get("/desk/").text
    assert users()["zanele"].external_id == f"{provider.issuer} z-123"
    provider.person = {"sub": "z-123", "email": "zanele.mkhize@kdm.example"}
    assert go_and_come_back(another(), provider).status_code == 303
    with transaction() as session:
        kinds = session.scalars(select(Event.kind).order_by(Event.id)).all()
    assert kinds == ["linked_to_sign_on", "signed_in", "signed_in"]


def test_nobody_becomes_a_user_by_it(client, provider):
    new_user("bheki", email="bheki@kdm.example")
    answer = go_and_come_back(client, provider)
    assert answer.status_code == 403
    assert "no user of the desk" in answer.text
    assert set(users()) == {"bheki"}
    assert sessions() == 0


@pytest.mark.parametrize(
    ("person", "why"),
    [
        ({"sub": "x", "email": "zanele@kdm.example", "email_verified": False}, "not verified"),
        ({"sub": "x"}, "no e-mail"),
        ({"sub": "another", "email": "linked@kdm.example", "email_verified": True}, "linked to another"),
        ({"sub": "gone", "email": "gone@kdm.example", "email_verified": True}, "left"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_who_is_vouched_for_badly_stays_outside(client, provider, person, why):
    new_user("zanele", email="zanele@kdm.example")
    new_user("linked", email="linked@kdm.example", external_id=f"{provider.issuer} first")
    new_user("gone", email="gone@kdm.example", active=False)
    provider.person = person
    assert go_and_come_back(client, provider).status_code == 403
    assert sessions() == 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"aud": "another-client"},
        {"iss": "https://elsewhere.example"},
        {"nonce": "of-another-sign-in"},
        {"exp": 1_600_000_000},
        {"azp": "another-client"},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_a_token_that_does_not_hold_opens_nothing(client, provider, wrong):
    new_user("zanele", email="zanele@kdm.example")
    provider.wrong = wrong
    assert go_and_come_back(client, provider).status_code == 502
    assert sessions() == 0


def test_a_foreign_signature_opens_nothing(client, provider):
    new_user("zanele", email="zanele@kdm.example")
    provider.signs_with_another_key = True
    assert go_and_come_back(client, provider).status_code == 502


def test_new_keys_of_the_provider_are_fetched(client, provider, another):
    from joserfc.jwk import RSAKey

    new_user("zanele", email="zanele@kdm.example")
    assert go_and_come_back(client, provider).status_code == 303
    provider.key = RSAKey.generate_key(2048, {"kid": "one"})
    assert go_and_come_back(another(), provider).status_code == 303


def test_only_the_browser_that_left_comes_back(client, provider, another):
    new_user("zanele", email="zanele@kdm.example")
    assert go_and_come_back(client, provider, state="guessed").status_code == 400
    assert go_and_come_back(client, provider, code="").status_code == 400
    query = provider.sign_in(client.get("/desk/sign-in/with").headers["location"])
    assert another().get("/desk/sign-in/back", params=query).status_code == 400
    assert go_and_come_back(client, provider).status_code == 303
    # The same answer a second time finds nothing kept.
    assert client.get("/desk/sign-in/back", params=query).status_code == 400


def test_it_leads_to_no_other_site(client, provider):
    new_user("zanele", email="zanele@kdm.example")
    assert go_and_come_back(client, provider, next="https://example.org").headers["location"] == "/desk/"


def test_a_provider_that_does_not_answer_is_told_plainly(client, provider):
    provider.fails = True
    answer = client.get("/desk/sign-in/with")
    assert answer.headers["location"] == "/desk/sign-in?failed=1"
    assert "does not answer" in client.get(answer.headers["location"]).text


def test_without_configuration_there_is_no_such_way(client):
    assert "Sign in with" not in client.get("/desk/sign-in").text
    for path in ("with", "back"):
        assert client.get(f"/desk/sign-in/{path}").status_code == 404


def test_half_a_configuration_is_refused_by_name(monkeypatch):
    monkeypatch.setenv("PHENDULA_OIDC_ISSUER", "https://login.example.org")
    monkeypatch.setenv("PHENDULA_OIDC_CLIENT_ID", "phendula")
    with pytest.raises(SettingsError, match="PHENDULA_OIDC_CLIENT_SECRET: is missing"):
        read_settings()
    assert "oidc_client_secret" not in repr(Settings.model_construct(oidc_client_secret="x"))
