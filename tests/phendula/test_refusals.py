"""What the command line says of refusals: a plain sentence in English, whatever rule it comes from."""

import sys
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from crm_store.database import transaction
from crm_store.region import region
from crm_store.services.notices import plan_notice
from crm_store.services.stages import set_stage
from crm_store.tables import Case, Message, Notice
from phendula import cli
from tests.store.test_case_lists import opened


@pytest.fixture
def case(database_url) -> Case:
    with transaction() as session:
        return opened(session, region(), at=datetime.now(UTC))


def refused(monkeypatch, capsys, *words: str) -> str:
    """What `phendula …` writes to standard error as it ends with 1."""
    monkeypatch.setattr(sys, "argv", ["phendula", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert end.value.code == 1
    return capsys.readouterr().err


def test_every_rule_refuses_in_one_sentence(case, monkeypatch, capsys):
    """Those that the commands name no error of their own for, too."""
    lights = ("case", "divide", case.reference, "Lights off", "--category", "streetlights")
    said = refused(monkeypatch, capsys, *lights, "--to", "KDM/moon")
    assert said == "phendula: there is no department KDM/moon.\n"
    said = refused(monkeypatch, capsys, "case", "wait", case.reference, "why " * 200)
    assert said.startswith("phendula: ")
    assert said.endswith(".\n")
    assert "unexpected" not in said
    with transaction() as session:
        set_stage(session, region(), case.reference, "closed", "agent:nomsa", "gone", now=datetime.now(UTC))
    said = refused(monkeypatch, capsys, *lights)
    assert said == f"phendula: {case.reference} is closed: reopen it before it is split in two.\n"


def test_what_was_not_told_says_why(case):
    with transaction() as session:
        stored = session.get_one(Case, case.id)
        plan_notice(session, region(), stored, "assigned", datetime.now(UTC))
        session.flush()
        notice = session.query(Notice).filter_by(case_id=case.id).one()
        notice.state, notice.reason, notice.ended_at = "suppressed", "the person opted out", datetime.now(UTC)
        plan_notice(session, region(), stored, "started", datetime.now(UTC))
        session.flush()
        failed = session.query(Notice).filter_by(case_id=case.id, kind="started").one()
        message = session.query(Message).filter_by(id=case.source_message_id).one()
        message.status, message.error_text = "failed", "Unreachable destination handset"
        failed.state, failed.message_id = "sent", message.id
    lines = CliRunner().invoke(cli.app, ["notice", "list", case.reference]).output.splitlines()
    assert lines[0].endswith("suppressed  the person opted out")
    assert lines[1].endswith("by sms (failed: Unreachable destination handset)")
