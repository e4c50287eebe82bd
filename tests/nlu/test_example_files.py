"""The files of examples: changed line by line, whole after every crash, and nothing of theirs lost."""

import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crm_store.domain.example_text import (
    Change,
    FileNotUnderstood,
    home_of,
    one_line,
    with_example,
    without_example,
)
from crm_store.domain.examples import Example, examples_in
from crm_store.example_files import NLU_DATA, changed_files, read_files, write_files

FILE = """version: "3.1"
# Water: what people say when there is none.
nlu:
- intent: complaint
  metadata: {category: water, language: en}
  examples: |
    - no water [in Tete](location)
    - the tap is dry

# Questions come after.
- intent: query
  metadata: {category: water, language: en}
  examples: |
    - when does the water come back
"""


def example(text: str, intent: str = "complaint", category: str | None = "water", language: str = "en"):
    return Example("water.en.yml", intent, category, language, text)


def comments(content: str) -> list[str]:
    return [line for line in content.splitlines() if line.lstrip().startswith("#")]


def test_a_new_example_is_one_new_line():
    before, after = FILE.splitlines(), with_example(FILE, example("no drop since Monday")).splitlines()
    assert [line for line in after if line not in before] == ["    - no drop since Monday"]
    assert after.index("    - no drop since Monday") == after.index("    - the tap is dry") + 1


def test_a_new_cell_gets_a_list_of_its_own_at_the_end():
    after = with_example(FILE, example("thank you for the water", "compliment"))
    assert after.startswith(FILE)
    assert after[len(FILE) :].splitlines() == [
        "- intent: compliment",
        "  metadata: {category: water, language: en}",
        "  examples: |",
        "    - thank you for the water",
    ]


def test_what_is_there_is_not_added_again_and_what_is_not_is_not_taken_out():
    assert with_example(FILE, example("the tap is dry")) == FILE
    assert without_example(FILE, example("the tap is wet")) == FILE


def test_the_last_example_takes_its_list_with_it_and_the_comment_stays():
    after = without_example(FILE, example("when does the water come back", "query"))
    assert "query" not in after
    assert comments(after) == comments(FILE)


def test_an_emptied_file_can_be_read_and_filled_again():
    content = with_example(None, example("dry"))
    empty = without_example(content, example("dry"))
    assert list(examples_in("water.en.yml", empty)) == []
    assert with_example(empty, example("dry")) == content


def test_a_control_word_has_no_category():
    stop = Example("control.zu.yml", "stop", None, "zu", "ngicela nime")
    assert home_of(stop) == "control.zu.yml"
    assert list(examples_in(stop.file, with_example(None, stop))) == [stop]


@pytest.mark.parametrize("text", ["two\nlines", "", "[half", "a [b](place)", "- dash", " space"])
def test_a_text_that_would_break_the_file_is_refused(text):
    with pytest.raises(ValueError):
        with_example(FILE, example(text))


def test_a_layout_that_is_not_ours_is_left_alone():
    listed = 'nlu:\n- intent: complaint\n  metadata: {category: water, language: en}\n  examples: "- a b"\n'
    with pytest.raises(FileNotUnderstood):
        without_example(listed, example("a b"))


WORDS = st.text(min_size=1, max_size=60).map(one_line).filter(lambda text: text and not set("[]") & set(text))
LABELS = st.sampled_from(["complaint", "query", "compliment"])
DEEDS = st.lists(st.tuples(st.booleans(), LABELS, WORDS), max_size=12)


@given(DEEDS)
def test_any_sequence_of_deeds_loses_nothing(deeds):
    content, expected = FILE, Counter(examples_in("water.en.yml", FILE))
    for adding, intent, text in deeds:
        one = example(text, intent)
        if adding:
            content = with_example(content, one)
            expected[one] = max(expected[one], 1)
        else:
            content = without_example(content, one)
            expected -= Counter([one])
        assert Counter(examples_in("water.en.yml", content)) == +expected
        assert comments(content)[:2] == comments(FILE)


@given(WORDS)
def test_adding_and_taking_out_gives_the_same_file(text):
    one = example(text)
    if one not in list(examples_in("water.en.yml", FILE)):
        assert without_example(with_example(FILE, one), one) == FILE


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_our_own_files_can_be_changed_anywhere(data):
    files = read_files(NLU_DATA)
    everything = [one for name, content in files.items() for one in examples_in(name, content)]
    one = data.draw(st.sampled_from(everything))
    content = files[one.file]
    without = without_example(content, one)
    assert comments(without) == comments(content)
    assert set(without.splitlines()) <= set(content.splitlines())
    again = with_example(without, one)
    assert Counter(examples_in(one.file, again)) == Counter(examples_in(one.file, content))


def test_changes_made_twice_are_made_once():
    old, new = example("the tap is dry"), example("the tap is dry", "query")
    files = {"water.en.yml": FILE}
    once = changed_files(files, [Change(old, new), Change(None, example("no drop"))])
    assert changed_files(once, [Change(old, new), Change(None, example("no drop"))]) == {}
    assert changed_files(files, [Change(None, new), Change(new, None)]) == {}


WRITER = """
import sys
from pathlib import Path
from crm_store.example_files import write_files
folder = Path(sys.argv[1])
print("begun", flush=True)
for number in range(10**9):
    write_files(folder, {name: f"# {number}\\n" * 20_000 + "nlu:\\n" for name in ("a.yml", "b.yml")})
"""


def test_a_killed_writer_leaves_whole_files(tmp_path):
    for name in ("a.yml", "b.yml"):
        (tmp_path / name).write_text("# first\n" * 20_000 + "nlu:\n")
    for _time in range(5):
        writer = subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path)], stdout=subprocess.PIPE, cwd=NLU_DATA.parent
        )
        writer.stdout.readline()
        _wait_until_it_writes(tmp_path)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        for name, content in read_files(tmp_path).items():
            lines = content.splitlines()
            assert len(lines) == 20_001, name
            assert len(set(lines[:-1])) == 1
    write_files(tmp_path, {"a.yml": "nlu: []\n"})
    assert read_files(tmp_path)["a.yml"] == "nlu: []\n"


def _wait_until_it_writes(folder: Path) -> None:
    first = (folder / "b.yml").stat().st_mtime_ns
    while (folder / "b.yml").stat().st_mtime_ns == first:
        pass
