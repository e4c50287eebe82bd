"""Who viewed and changed what: a view counts once in ten minutes; and the page that tells it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from crm_store.database import transaction
from crm_store.services.audit import note_view
from crm_store.services.history import record_event
from crm_store.tables import Event
from tests.desk.conftest import new_user, signed_in

AUDIT = "/desk/administration/audit"
NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


def test_a_view_is_noted_once_in_ten_minutes_for_each_user_and_subject(database_url):
    person, other = uuid4(), uuid4()
    with transaction() as session:
        for minutes, actor, subject in (
            (0, "agent:zanele", person),
            (9, "agent:zanele", person),
            (9, "agent:bheki", person),
            (9, "agent:zanele", other),
            (10, "agent:zanele", person),
        ):
            note_view(session, actor, "citizen", subject, NOW + timedelta(minutes=minutes))
        assert session.scalar(select(func.count()).select_from(Event)) == 4


@pytest.fixture
def history(database_url):
    """Deeds of two users, one of them of another municipality, and of the assistant."""
    new_user("bheki", municipality="KDM")
    new_user("thoko", municipality="MLM")
    with transaction() as session:
        note_view(session, "agent:bheki", "citizen", uuid4(), NOW)
        record_event(
            session, "case", uuid4(), "noted", actor="agent:bheki", at=NOW,
            before={"account_number": "41006273"}, after={"account_number": "41009999"}, note="secret words",
        )  # fmt: skip
        record_event(
            session, "setting", "hours", "changed", actor="agent:thoko", at=NOW - timedelta(days=2),
            before={"open": "08:00"}, after={"open": "07:30"},
        )  # fmt: skip
        record_event(session, "case", uuid4(), "opened_by_bot", actor="bot", at=NOW)


def rows(client, query=""):
    return client.get(f"{AUDIT}?{query}").text.partition("<tbody")[2].partition("</tbody")[0]


def test_the_page_tells_deeds_of_staff_and_filters_them(client, history):
    signed_in(client, "administrator", "zanele")
    everything = rows(client)
    assert "looked at" in everything
    assert "08:00 → 07:30" in everything
    assert "opened by bot" not in everything
    assert "looked at" not in rows(client, "what=changes")
    assert "07:30" not in rows(client, "what=views")
    assert "thoko" not in rows(client, "username=bheki")
    assert "looked at" not in rows(client, "subject=setting")
    assert "thoko" not in rows(client, "from=2026-11-22&to=2026-11-22")
    assert "bheki" not in rows(client, "to=2026-11-21")
    assert "Nothing of that kind" in client.get(f"{AUDIT}?username=nobody").text


def test_what_people_wrote_stays_out_of_it(client, history):
    signed_in(client, "administrator", "zanele")
    page = rows(client)
    assert "account number" in page
    for word in ("41006273", "41009999", "secret words"):
        assert word not in page


def test_of_one_municipality_only_its_own_people(client, history):
    signed_in(client, "administrator", "zanele", municipality="KDM")
    page = client.get(AUDIT).text
    assert "bheki" in page
    assert "thoko" not in page


def test_it_is_read_page_by_page(client, history):
    signed_in(client, "administrator", "zanele")
    with transaction() as session:
        for number in range(120):
            record_event(session, "setting", f"s{number:03}", "changed", actor="agent:bheki", at=NOW)
    first = client.get(AUDIT).text
    assert "s119" in first
    assert "s020" in first
    assert "s019" not in first
    older = first.partition('rel="next" href="')[2].partition('"')[0].replace("&amp;", "&")
    second = client.get(AUDIT + older).text
    assert "s019" in second
    assert "s020" not in second


@pytest.mark.parametrize("role", ["agent", "supervisor", "trainer", "billing", "councillor"])
def test_only_those_who_answer_for_it_read_it(client, role):
    signed_in(client, role)
    assert client.get(AUDIT).status_code == 403
