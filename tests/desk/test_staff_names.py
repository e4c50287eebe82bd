"""Colleagues are called by their names, everywhere, and by one way."""

import re
from pathlib import Path

from crm_store.database import transaction
from crm_store.services.conversations import take_over
from crm_store.services.stages import assign_case
from crm_store.tables import User
from desk.staff_names import forget_names, who_name
from tests.desk.conftest import new_user, post, signed_in
from tests.desk.test_cases import NOW, case

__all__ = ["case"]

TEMPLATES = Path(__file__).parents[2] / "desk" / "templates"
#: What holds a username in the rows that pages show.
_USERNAMES = re.compile(
    r"\.(?:assignee|agent|actor|author|captured_by|created_by|trained_by|asked_by|cancelled_by|proposed_by"
    r"|reviewed_by|merged_by|confirmed_by|referred_by)\b"
)


def test_who_is_who(database_url):
    new_user("nomsa", name="Nomsa Dlamini")
    assert who_name("agent:nomsa") == who_name("nomsa") == "Nomsa Dlamini"
    assert (who_name("bot"), who_name("system"), who_name("citizen")) == (
        "The assistant",
        "By itself",
        "The person",
    )
    assert (who_name("agent:console"), who_name(None), who_name("")) == ("console", "", "")


def test_a_name_that_was_changed_here_shows_at_once(client, database_url):
    other = new_user("nomsa", name="Nomsa Dlamini", email="nomsa@example.org")
    signed_in(client, "administrator")
    assert who_name("nomsa") == "Nomsa Dlamini"
    given = {"name": "Nomsa Mkhize", "role": "agent", "language": "en", "email": "nomsa@example.org"}
    answer = post(client, f"/desk/administration/users/{other.id}", **given)
    assert answer.status_code == 303
    with transaction() as session:
        assert session.get_one(User, other.id).name == "Nomsa Mkhize"
    assert who_name("nomsa") == "Nomsa Mkhize"


def test_no_page_shows_a_username_where_a_name_is_known():
    """Every expression of a template that prints one of these goes through who_name."""
    for file in sorted(TEMPLATES.rglob("*.html")):
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
            for printed in re.findall(r"\{\{(.*?)\}\}", line):
                compared = " if " in printed or "option(" in printed or "data-holder" in line
                if _USERNAMES.search(printed) and not compared:
                    assert "who_name(" in printed, f"{file.name}:{number}: {printed}"


def test_lists_and_pages_say_who_has_it(client, case, region):
    new_user("sipho", name="Sipho Khumalo")
    forget_names()
    with transaction() as session:
        assign_case(session, region, case.reference, "sipho", "agent:sipho", NOW)
        take_over(session, case.conversation_id, "sipho")
    signed_in(client, "supervisor")
    pages = (
        *("/desk/cases", f"/desk/cases/{case.reference}", f"/desk/cases/{case.reference}/print"),
        *("/desk/chats", f"/desk/chats/{case.conversation_id}", f"/desk/citizens/{case.citizen_id}"),
    )
    for path in pages:
        text = client.get(path).text
        assert "Sipho Khumalo" in text, path
        assert not re.search(r">\s*sipho\s*<", text), path
