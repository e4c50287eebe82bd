"""Staff notices leave the house: e-mail through a mail server, the loudest by SMS; what fails is retried."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.staff_messages import send_staff_notices
from crm_store.database import transaction
from crm_store.domain.region import Region, StaffContact
from crm_store.services.cases import NewCase, open_case
from crm_store.services.escalations import sweep_escalations
from crm_store.services.stages import assign_case
from crm_store.settings import settings
from crm_store.tables import StaffNotice, User
from tests.stand_ins.serving import served
from tests.stand_ins.smtp import mail_server
from tests.stand_ins.twilio import create_app
from tests.store.people import NOW

CHIEF = StaffContact(email="mm@example.org", phone="+27820000001")
BOSS = StaffContact(email="roads@example.org")


@pytest.fixture
def mail(database_url, monkeypatch):
    with mail_server() as server:
        for name, value in {
            "SMTP_HOST": "127.0.0.1",
            "SMTP_PORT": str(server.port),
            "SMTP_FROM": "phendula@example.org",
            "SMTP_STARTTLS": "false",
        }.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        yield server


@pytest.fixture
def staffed(region) -> Region:
    """iLembe with people to tell at KwaDukuza."""
    kdm = region.municipalities["KDM"]
    roads = kdm.departments["roads"].model_copy(update={"staff": {"supervisor": BOSS}})
    kdm = kdm.model_copy(
        update={"departments": {**kdm.departments, "roads": roads}, "staff": {"municipal_manager": CHIEF}}
    )
    return region.model_copy(update={"municipalities": {**region.municipalities, "KDM": kdm}})


def pothole(region, **more):
    given = {"case_class": "complaint", "category": "roads", "description": "Pothole", "place": "Ballito"}
    with transaction() as session:
        return open_case(session, region, NewCase(**given | more), NOW)


def told() -> list[tuple[str, str, str | None]]:
    with transaction() as session:
        rows = session.scalars(select(StaffNotice).order_by(StaffNotice.created_at, StaffNotice.id))
        return [(row.channel, row.to_role, row.error) for row in rows if row.sent_at]


def test_each_step_is_mailed_once_to_the_one_it_concerns(mail, staffed):
    case = pothole(staffed)
    sweep_escalations(transaction, staffed, case.due_at)
    assert send_staff_notices(case.due_at, staffed) == 2  # 75 % (nobody owns it: the supervisor) and 100 %
    assert send_staff_notices(case.due_at, staffed) == 0
    assert [message["To"] for message in mail.mails] == ["roads@example.org"] * 2
    last = mail.mails[-1]
    assert last["From"] == "phendula@example.org"
    assert case.reference in last["Subject"]
    assert "100 % of its time is used" in last.get_content()
    assert f"/desk/cases/{case.reference}" in last.get_content()
    assert "complaint, roads, " in last["Subject"]


def test_everybody_is_written_to_in_their_own_language(mail, staffed):
    kdm = staffed.municipalities["KDM"]
    roads = kdm.departments["roads"].model_copy(update={"staff_language": "zu"})
    kdm = kdm.model_copy(update={"departments": {**kdm.departments, "roads": roads}})
    staffed = staffed.model_copy(update={"municipalities": {**staffed.municipalities, "KDM": kdm}})
    for username, language in (("sipho", "zu"), ("anne", "en")):
        with transaction() as session:
            session.add(
                User(username=username, role="agent", email=f"{username}@example.org", language=language)
            )
        case = pothole(staffed)
        with transaction() as session:
            assign_case(session, staffed, case.reference, username, "agent:console", NOW)
    sweep_escalations(transaction, staffed, case.due_at)
    send_staff_notices(case.due_at, staffed)
    heard: dict[str, str] = {}
    for message in mail.mails:
        heard[message["To"]] = heard.get(message["To"], "") + message["Subject"] + message.get_content()
    assert "unikwe lona" in heard["sipho@example.org"]
    assert "isikhalazo" in heard["sipho@example.org"]
    assert "it was given to you" in heard["anne@example.org"]
    for hearer in ("sipho@example.org", "roads@example.org"):
        assert "% wesikhathi salo" in heard[hearer]
        assert "Le imeyili" in heard[hearer]
        assert "of its time" not in heard[hearer]
    assert "% of its time is used; due " in heard["anne@example.org"]


def test_who_is_assigned_hears_of_it(mail, staffed):
    with transaction() as session:
        session.add(User(username="sipho", role="agent", email="sipho@example.org"))
    case = pothole(staffed)
    with transaction() as session:
        assign_case(session, staffed, case.reference, "sipho", "agent:console", NOW)
    send_staff_notices(NOW, staffed)
    assert [(message["To"], "given to you" in message["Subject"]) for message in mail.mails] == [
        ("sipho@example.org", True)
    ]


def test_a_confidential_case_is_not_described(mail, staffed):
    case = pothole(staffed, category="corruption", description="He takes bribes")
    with transaction() as session:
        session.add(User(username="mm", role="municipal_manager", email="mm2@example.org"))
    sweep_escalations(transaction, staffed, case.due_at)
    send_staff_notices(case.due_at, staffed)
    assert {message["To"] for message in mail.mails} == {"mm@example.org", "mm2@example.org"}
    assert not any("corruption" in str(message) or "bribes" in str(message) for message in mail.mails)


def test_the_top_step_rings_the_municipal_manager(mail, staffed, monkeypatch):
    twilio = create_app(receipts=False)
    with served(twilio) as base:
        for name, value in {
            "TWILIO_ACCOUNT_SID": "ACtest",
            "TWILIO_AUTH_TOKEN": "twilio-token",
            "TWILIO_SMS_FROM": "+27310000001",
            "TWILIO_API_BASE": base,
            "PUBLIC_URL": "https://bot.example.org",
        }.items():
            monkeypatch.setenv(name, value)
        settings.cache_clear()
        case = pothole(staffed)
        later = case.due_at + timedelta(days=60)
        sweep_escalations(transaction, staffed, later)
        send_staff_notices(later, staffed)
    assert ("sms", "municipal_manager", None) in told()
    assert len([row for row in told() if row[0] == "sms"]) == 1


class TestWhenItFails:
    def test_an_unknown_address_is_an_error_that_stands(self, mail, staffed):
        mail.refused["roads@example.org"] = "550 no such user"
        case = pothole(staffed)
        sweep_escalations(transaction, staffed, case.due_at)
        assert send_staff_notices(case.due_at, staffed) == 0
        with transaction() as session:
            errors = session.scalars(select(StaffNotice.error).where(StaffNotice.channel == "email")).all()
        assert errors == ["no such user"] * 2

    def test_a_full_server_is_asked_again_for_a_day(self, mail, staffed):
        mail.refused["roads@example.org"] = "451 try later"
        case = pothole(staffed)
        due = case.due_at
        sweep_escalations(transaction, staffed, due)
        assert send_staff_notices(due, staffed) == 0
        mail.refused.clear()
        assert send_staff_notices(due + timedelta(minutes=1), staffed) == 2

    def test_a_server_that_does_not_answer_loses_nothing(self, mail, staffed, monkeypatch):
        case = pothole(staffed)
        sweep_escalations(transaction, staffed, case.due_at)
        monkeypatch.setenv("SMTP_PORT", "1")
        settings.cache_clear()
        assert send_staff_notices(case.due_at, staffed) == 0
        monkeypatch.setenv("SMTP_PORT", str(mail.port))
        settings.cache_clear()
        assert send_staff_notices(case.due_at, staffed) == 2


def test_without_a_mail_server_the_desk_knows(database_url, staffed):
    case = pothole(staffed)
    sweep_escalations(transaction, staffed, case.due_at)
    assert send_staff_notices(case.due_at, staffed) == 0
    with transaction() as session:
        assert session.scalars(select(StaffNotice.channel)).all() == ["desk"] * 2
