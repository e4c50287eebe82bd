"""`phendula config …`: what the desk changed is listed, exported as YAML, taken back and folded."""

from datetime import UTC, datetime

import yaml
from typer.testing import CliRunner

from crm_store.database import transaction
from crm_store.region import look_again, region, region_file
from crm_store.services.region_changes import change_region
from phendula.cli import app

ROADS = "municipalities.KDM.departments.roads"
RENAMED = {"name": {"en": "Roads", "zu": "uMnyango Wemigwaqo"}}


def run(*command):
    return CliRunner().invoke(app, ["config", *command])


def change():
    with transaction() as session:
        row = change_region(
            session, region_file(), ROADS, RENAMED, "agent:nomsa", datetime.now(UTC), why="shorter"
        )
    look_again()
    return row.number


def test_without_changes_there_is_nothing_to_do(database_url):
    assert "Nothing was changed" in run("changes").output
    assert "Nothing lies over the file." in run("export").output
    assert "Nothing lies over the file." in run("fold").output


def test_a_change_is_listed_exported_kept_until_the_file_has_it_and_undone(database_url):
    number = change()
    listed = run("changes").output
    for words in ("nomsa", ROADS, "shorter", "Roads and Stormwater"):
        assert words in listed
    exported = run("export").output
    assert yaml.safe_load(exported)["municipalities"]["KDM"]["departments"]["roads"] == RENAMED
    assert "nomsa" in exported
    assert "the file says something else" in run("fold").output
    assert "as it was before" in run("undo", str(number), "--as", "it").output
    look_again()
    assert region().department("KDM", "roads").name.en == "Roads and Stormwater"
    assert "changed again since" in str(run("undo", str(number)).exception)
