"""`phendula nlu add|export|figures`: examples beside the files, written as one change, and the figures."""

import json

import pytest
from typer.testing import CliRunner

from crm_store.database import transaction
from phendula.cli import app
from tests.store.training import FILE, examples_folder, gathered, understood

ADD = ("nlu", "add", "--class", "complaint", "--category", "water", "--language", "en")


@pytest.fixture
def folder(tmp_path, monkeypatch, database_url):
    folder = tmp_path / "nlu_data"
    folder.mkdir()
    monkeypatch.setattr("phendula.commands.nlu_training.NLU_DATA", examples_folder(folder))
    return folder


def run(*command, text=None):
    return CliRunner().invoke(app, command, input=text)


def test_examples_are_added_told_and_written(folder):
    lines = "nothing comes [eTete](location)\n\nthe tap is dry\nour whole street has been dry since friday\n"
    said = run(*ADD, text=lines)
    assert said.exit_code == 1
    assert "added: nothing comes [eTete](location)" in said.output
    assert "left out: the tap is dry: it stands in water.en.yml" in said.output
    assert "too near to a message that we measure with" in said.output
    assert (folder / "water.en.yml").read_text() == FILE
    assert "1 changes in 1 files: water.en.yml" in run("nlu", "export").output
    assert "    - nothing comes [eTete](location)\n" in (folder / "water.en.yml").read_text()
    assert "Nothing to write" in run("nlu", "export").output


def test_all_files_can_be_had_elsewhere(folder, tmp_path):
    assert run(*ADD, "a burst at the gate").exit_code == 0
    assert run("nlu", "export", "--to", str(tmp_path / "all")).exit_code == 0
    assert "a burst at the gate" in (tmp_path / "all" / "water.en.yml").read_text()
    assert (folder / "water.en.yml").read_text() == FILE


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (("--class", "poem", "--language", "en"), "--class is one of"),
        (("--class", "query", "--language", "fr"), "--language is one of"),
        (("--class", "query", "--language", "en"), "--category is one of"),
        (("--class", "greet", "--category", "water", "--language", "en"), "a greet has no category"),
    ],
)
def test_a_wrong_cell_is_refused(folder, command, told):
    said = run("nlu", "add", *command, "hello")
    assert said.exit_code == 2
    assert told in " ".join(said.output.replace("│", " ").split())


def test_read_only_files_lose_nothing(folder, monkeypatch):
    def refuses(*_):
        raise OSError(30, "Read-only file system")

    run(*ADD, "a burst at the gate")
    with monkeypatch.context() as patch:
        patch.setattr("crm_store.services.examples.write_files", refuses)
        said = run("nlu", "export")
    assert said.exit_code == 1
    assert "Read-only file system" in said.output
    assert "1 changes" in run("nlu", "export").output


def test_a_file_that_is_not_ours_is_named(folder):
    (folder / "water.en.yml").write_text("nlu:\n- intent: complaint\n  examples: '- a'\nend: here\n")
    run(*ADD, "a burst at the gate")
    said = run("nlu", "export")
    assert said.exit_code == 1
    assert "water.en.yml cannot be changed safely" in said.output


def test_figures_in_words_and_as_json(folder, region, monkeypatch):
    monkeypatch.setattr("crm_store.services.training_gathering.is_drawn", lambda *_: True)
    with transaction() as session:
        understood(session, "not a drop at our taps")
        gathered(session, region)
    said = run("nlu", "figures", "--weeks", "2")
    assert said.exit_code == 0
    assert "0/1" in said.output
    found = json.loads(run("nlu", "figures", "--weeks", "2", "--json").output)
    assert [week["drawn"] for week in found["weeks"]] == [1, 0]
    assert found["weeks"][0]["message_class"]["all"]["right"] is None
