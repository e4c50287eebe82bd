"""`phendula user …`, and the first administrator that the first start makes."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import select
from typer.testing import CliRunner

from crm_store.database import transaction
from crm_store.services.sign_in import password_is
from crm_store.services.users import UserNotFound, UserRefused
from crm_store.tables import Event, User
from phendula.cli import app
from phendula.commands.processes import addresses, first_login

PASSWORD = "amanzi-ayageleza-namuhla"


@pytest.fixture
def phendula(database_url):
    """Runs a command; gives its output, or raises what it refuses."""

    def run(*words, typed=None):
        done = CliRunner().invoke(app, ["user", *words], input=typed, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done

    return run


def user(name="zanele"):
    with transaction() as session:
        return session.scalar(select(User).where(User.username == name))


def test_a_password_is_printed_once_and_must_be_changed(phendula):
    done = phendula(
        "add", "Zanele", "--role", "supervisor", "--municipality", "KDM", "--name", "Zanele Mkhize"
    )
    password = done.stdout.strip()
    found = user()
    assert password_is(found, password)
    assert found.must_change_password
    assert (found.role, found.municipality, found.name) == ("supervisor", "KDM", "Zanele Mkhize")
    with transaction() as session:
        assert session.scalar(select(Event.actor).where(Event.kind == "added")) == "agent:console"


def test_a_typed_password_is_asked_for_twice_and_shown_nowhere(phendula):
    done = phendula("add", "zanele", "--ask", typed=f"{PASSWORD}\n{PASSWORD}\n")
    assert PASSWORD not in done.output
    assert password_is(user(), PASSWORD)
    other = "izinkomo zidla utshani"
    phendula("password", "zanele", "--ask", typed=f"{other}\n{other}\n")
    assert password_is(user(), other)
    with pytest.raises(UserRefused, match="at least 12"):
        phendula("password", "zanele", "--ask", typed="short\nshort\n")
    made = phendula("password", "zanele").stdout.strip()
    assert password_is(user(), made)


def test_roles_and_areas_change_and_what_is_not_named_stays(phendula):
    phendula("add", "zanele", "--municipality", "KDM", "--department", "roads", "--email", "z@example.org")
    phendula("role", "zanele", "supervisor")
    found = user()
    assert (found.role, found.department, found.email) == ("supervisor", "roads", "z@example.org")
    phendula("role", "zanele", "agent", "--municipality", "MLM")
    assert (user().municipality, user().department) == ("MLM", None)
    phendula("role", "zanele", "councillor", "--ward", "MLM/3", "--ward", "MLM/4")
    assert user().wards == ["MLM/3", "MLM/4"]
    phendula("role", "zanele", "agent", "--everywhere")
    assert (user().municipality, user().wards) == (None, [])


def test_the_list_says_who_may_sign_in(phendula):
    assert "No users" in phendula("list").output
    phendula("add", "zanele", "--role", "administrator")
    phendula("add", "bheki")
    phendula("deactivate", "bheki")
    lines = phendula("list").output.splitlines()
    assert "never signed in" in lines[0]
    assert "may not sign in" in lines[1]
    phendula("activate", "bheki")
    assert "may not" not in phendula("list").output
    phendula("unlock", "bheki")
    phendula("forget-code", "bheki")


@pytest.mark.parametrize(
    ("words", "error", "said"),
    [
        (["add", "zanele", "--role", "king"], UserRefused, "there is no king; there are agent, supervisor"),
        (["add", "Zan ele"], UserRefused, "small letters"),
        (["add", "zanele", "--municipality", "XYZ"], UserRefused, "there are IDM, KDM"),
        (["add", "zanele", "--department", "water"], UserRefused, "none without a municipality"),
        (["deactivate", "nobody"], UserNotFound, "there is no user nobody"),
    ],
)
def test_a_refusal_says_what_would_be_right(phendula, words, error, said):
    with pytest.raises(error, match=said):
        phendula(*words)


def test_the_last_administrator_cannot_be_lost(phendula):
    phendula("add", "zanele", "--role", "administrator")
    for words in (["deactivate", "zanele"], ["role", "zanele", "agent"]):
        with pytest.raises(UserRefused, match="last administrator"):
            phendula(*words)


def test_the_first_start_makes_one_administrator_and_tells_the_login_once(database_url, monkeypatch):
    from crm_store.settings import settings

    made = first_login()
    assert made is not None
    username, password = made
    text = addresses(settings(), made)
    assert username in text
    assert password in text
    found = user(username)
    assert (found.role, found.must_change_password) == ("administrator", True)
    assert password_is(found, password)
    assert first_login() is None
    assert "first login" not in addresses(settings())
    assert found.created_at <= datetime.now(UTC)
