"""Examples in the store beside the files: changed, undone, and written as one change."""

from datetime import UTC, datetime

import pytest

from crm_store.domain.example_text import FileNotUnderstood
from crm_store.domain.examples import Example
from crm_store.example_files import read_examples
from crm_store.queries.examples import all_examples, example_with, findings_of, origins
from crm_store.services.examples import (
    ChangeRefused,
    change_example,
    merged_files,
    undo_change,
    write_into_files,
)
from tests.store.training import FILE, examples_folder

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
DRY = Example("water.en.yml", "complaint", "water", "en", "the tap is dry")
NEW = Example("water.en.yml", "complaint", "water", "en", "nothing comes out of the pipe")


@pytest.fixture
def folder(tmp_path):
    return examples_folder(tmp_path)


def texts(session, folder):
    return {one.text for one in all_examples(session, folder)}


def test_changes_stand_beside_the_files_until_they_are_written(session, folder):
    change_example(session, None, NEW, "zola", NOW)
    change_example(session, DRY, None, "zola", NOW)
    assert (folder / "water.en.yml").read_text() == FILE
    assert NEW.text in texts(session, folder)
    assert DRY.text not in texts(session, folder)
    merged = merged_files(session, folder)["water.en.yml"]
    written = write_into_files(session, folder, NOW)
    assert (written.files, written.changes) == (("water.en.yml",), 2)
    assert (folder / "water.en.yml").read_text() == merged
    assert set(read_examples(folder)) == set(all_examples(session, folder))
    assert origins(session)[NEW.key].written
    assert write_into_files(session, folder, NOW).changes == 0


def test_a_change_cut_off_after_the_files_is_made_once(session, folder):
    change_example(session, None, NEW, "zola", NOW)
    session.commit()
    write_into_files(session, folder, NOW)
    session.rollback()  # the process died before it could say so
    content = (folder / "water.en.yml").read_text()
    assert write_into_files(session, folder, NOW).changes == 1
    assert (folder / "water.en.yml").read_text() == content


def test_a_file_edited_by_hand_keeps_what_was_written_there(session, folder):
    change_example(session, None, NEW, "zola", NOW)
    path = folder / "water.en.yml"
    path.write_text(FILE.replace("# Water.", "# Water, and what is said of it.") + "# The end.\n")
    write_into_files(session, folder, NOW)
    content = path.read_text()
    assert "# Water, and what is said of it." in content
    assert "# The end." in content
    assert NEW.text in content


def test_undo_before_and_after_the_files(session, folder):
    before = texts(session, folder)
    change = change_example(session, DRY, NEW, "zola", NOW)
    undo_change(session, change.id, "zola", NOW)
    assert texts(session, folder) == before
    change = change_example(session, DRY, NEW, "zola", NOW)
    write_into_files(session, folder, NOW)
    undo_change(session, change.id, "zola", NOW)
    assert texts(session, folder) == before
    again = change_example(session, None, NEW, "zola", NOW)
    undo_change(session, again.id, "zola", NOW)
    with pytest.raises(ChangeRefused):
        undo_change(session, again.id, "zola", NOW)


def test_a_file_that_is_not_ours_stops_the_writing_before_anything_is_written(session, folder):
    (folder / "odd.en.yml").write_text("nlu:\n- intent: complaint\n  examples: '- a'\n")
    change_example(session, None, NEW, "zola", NOW)
    change_example(session, Example("odd.en.yml", "complaint", None, None, "a"), None, "zola", NOW)
    with pytest.raises(FileNotUnderstood, match=r"odd\.en\.yml"):
        write_into_files(session, folder, NOW)
    assert (folder / "water.en.yml").read_text() == FILE


def test_an_example_is_found_by_its_key_until_it_is_changed(session, folder):
    assert example_with(session, folder, DRY.key) == DRY
    change_example(session, DRY, NEW, "zola", NOW)
    assert example_with(session, folder, DRY.key) is None


@pytest.mark.parametrize(
    ("example", "finding"),
    [
        pytest.param(("query", "water", "en", "The tap is dry."), "conflict", id="conflict"),
        pytest.param(("complaint", "water", "en", "The tap is dry."), "same", id="same"),
        pytest.param(
            ("complaint", "water", "en", "in my street there is no water since a monday"), "near", id="near"
        ),
        pytest.param(
            ("complaint", "water", "en", "Since Friday our whole street has been dry"),
            "measured",
            id="held-out",
        ),
        pytest.param(("complaint", "water", "en", "no [water](thing)"), "faults", id="entity"),
        pytest.param(("complaint", "water", "en", "a burst at the gate"), None, id="sound"),
    ],
)
def test_what_a_new_example_meets_is_told_before(session, folder, example, finding):
    found = findings_of(session, folder, Example("water.en.yml", *example))
    told = [name for name in ("faults", "conflict", "same", "near", "measured") if getattr(found, name)]
    assert told == ([finding] if finding else [])
    assert found.fits is (finding in (None, "near"))


def test_an_example_does_not_meet_itself(session, folder):
    longer = Example("water.en.yml", "complaint", "water", "en", "the tap is dry!")
    assert findings_of(session, folder, longer).same == DRY
    assert findings_of(session, folder, longer, instead_of=DRY).fits
