"""`phendula reading export`: whole files or none, and a million readings in little memory."""

import hashlib
import json

import pytest
from sqlalchemy import text
from typer.testing import CliRunner

from crm_store.services import reading_exports
from crm_store.services.reading_exports import Wanted, batch_rows, make_batch
from phendula.cli import app
from phendula.commands import reading_export
from tests.store.people import NOW

READINGS = 250


@pytest.fixture
def readings(session):
    """So many accounts with a meter and a reading each."""
    account = "'4100' || lpad(n::text, 4, '0')"
    for statement in (
        f"INSERT INTO accounts (account_number, municipality) SELECT {account}, 'KDM'",
        "INSERT INTO meters (id, account_number, service, meter_number, dials)"
        f" SELECT gen_random_uuid(), {account}, 'water', 'W' || n, 5",
        "INSERT INTO readings (id, meter_id, account_number, value, digits, taken_at, taken_on, state, flags)"
        " SELECT gen_random_uuid(), meters.id, account_number, n, lpad(n::text, 5, '0'),"
        " CAST(:now AS timestamptz) + n * interval '1 second', CAST(:now AS date), 'accepted', '[]'",
    ):
        of = " JOIN meters ON meter_number = 'W' || n" if "readings" in statement else ""
        session.execute(text(f"{statement} FROM generate_series(1, {READINGS}) n{of}"), {"now": NOW})
    session.commit()


def run(*command):
    return CliRunner().invoke(app, ["reading", "export", *map(str, command)])


def test_what_is_written_is_told_and_can_be_checked(readings, tmp_path, monkeypatch):
    monkeypatch.setattr(reading_export, "TOLD_EVERY", 100)
    told = run("--out", tmp_path).output
    for words in ("250 readings are being handed over", "100 readings written", "200 readings written"):
        assert words in told
    file = tmp_path / "readings-000001.csv"
    manifest = json.loads((tmp_path / "readings-000001.csv.manifest.json").read_text())
    assert (manifest["count"], manifest["sum"]) == (READINGS, READINGS * (READINGS + 1) // 2)
    assert manifest["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    assert len(list(tmp_path.iterdir())) == 2
    assert "nothing to hand over" in run("--out", tmp_path).output


def test_what_breaks_on_the_way_leaves_no_part_of_a_file(readings, tmp_path, monkeypatch):
    def broken(session, number):
        rows = batch_rows(session, number)
        yield next(rows)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(reading_export, "batch_rows", broken)
    (tmp_path / "readings.csv").write_text("of yesterday")
    refused = run("--out", tmp_path / "readings.csv")
    assert refused.exit_code == 1
    assert "No space left on device" in str(refused.exception)
    assert "write it with --batch 1" in str(refused.exception)
    assert [file.read_text() for file in tmp_path.iterdir()] == ["of yesterday"]
    monkeypatch.undo()
    assert "250 readings in" in run("--batch", 1, "--out", tmp_path / "readings.csv").output


def test_rows_are_fetched_as_they_are_asked_for(readings, session, monkeypatch):
    monkeypatch.setattr(reading_exports, "ROWS_AT_A_TIME", 10)
    batch = make_batch(session, Wanted(), NOW)
    open_cursors = text("SELECT count(*) FROM pg_cursors WHERE NOT is_holdable AND name <> ''")
    rows = batch_rows(session, batch.number)
    assert next(rows)["reading"] == "00001"
    assert session.scalar(open_cursors) == 1
    assert sum(1 for _ in rows) == READINGS - 1
    assert session.scalar(open_cursors) == 0
