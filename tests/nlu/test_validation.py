"""What `phendula nlu validate` finds, each fault in a small file of its own."""

import json
from pathlib import Path

import pytest

from crm_store.domain.examples import cells, faults_of, held_out_faults, near_duplicates
from crm_store.example_files import read_examples


def write(folder: Path, name: str, *blocks: tuple[str, str, str, list[str]]) -> Path:
    lines = ["nlu:"]
    for intent, category, language, texts in blocks:
        lines += [f"- intent: {intent}", f"  metadata: {{category: {category}, language: {language}}}"]
        lines += ["  examples: |", *(f"    - {text}" for text in texts)]
    (folder / name).write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def test_sound_examples_have_no_faults(tmp_path: Path) -> None:
    texts = ["no water [in Tete](location) since [May](month)", "tap is dry"]
    folder = write(tmp_path, "water.en.yml", ("complaint", "water", "en", texts))
    faults, counted = faults_of(read_examples(folder))
    assert faults == []
    assert counted == "2 distinct examples (2 en)"


@pytest.mark.parametrize(
    ("block", "fault"),
    [
        pytest.param(("query", "water", "en", ["No water here!"]), "is query/water, but", id="conflict"),
        pytest.param(("complaint", "water", "en", ["no  water here"]), "stands there again", id="duplicate"),
        pytest.param(("complaint", "water", "en", ["no [x](place)"]), "no entity of ours", id="unknown"),
        pytest.param(("complaint", "water", "en", ["no [ x](location)"]), "ends with a space", id="space"),
        pytest.param(("complaint", "water", "en", ["no [](location)"]), "is empty", id="empty"),
        pytest.param(
            ("complaint", "water", "en", ["at [14 [Hill](location) Rd](location)"]), "another", id="overlap"
        ),
        pytest.param(("complaint", "water", "en", ["at [Hill road"]), "belongs to no", id="bracket"),
    ],
)
def test_each_fault_is_named(tmp_path: Path, block: tuple[str, str, str, list[str]], fault: str) -> None:
    folder = write(tmp_path, "water.en.yml", ("complaint", "water", "en", ["no water here"]), block)
    faults, _counted = faults_of(read_examples(folder))
    assert len(faults) == 1
    assert fault in faults[0]


def test_near_duplicates_are_found_whatever_the_order_of_the_words(tmp_path: Path) -> None:
    texts = ["there is no water in our street", "in our street there is no water!!", "no water", "no waters"]
    other = ["there is no water in our streets", "the pipe burst at my gate last night"]
    folder = write(
        tmp_path, "water.en.yml", ("complaint", "water", "en", texts), ("query", "water", "en", other)
    )
    pairs = near_duplicates(list(read_examples(folder)))
    assert [(one.intent, other.intent) for one, other in pairs] == [("complaint", "query")]


def test_cells_count_what_is_missing_too(tmp_path: Path) -> None:
    folder = write(tmp_path, "water.yml", ("complaint", "water", "en", ["a b c", "d e f"]))
    counted = cells(list(read_examples(write(folder, "r.yml", ("query", "roads", "zu", ["umgwaqo uphi"])))))
    assert counted["complaint", "water", "en"] == 2
    assert counted["complaint", "water", "zu"] == 0
    assert counted["query", "roads", "zu"] == 1
    assert ("query", "water", "en") not in counted


def entity(name: str, start: int, end: int, value: str) -> dict[str, object]:
    return {"name": name, "start": start, "end": end, "value": value}


@pytest.mark.parametrize(
    ("entities", "fault"),
    [
        pytest.param([entity("location", 3, 7, "Tete"), entity("month", 8, 11, "May")], None, id="sound"),
        pytest.param([entity("location", 3, 8, "Tete")], "not what stands there", id="offset"),
        pytest.param([entity("location", 3, 3, "")], "not what stands there", id="empty"),
        pytest.param([entity("place", 3, 7, "Tete")], "no entity of ours", id="unknown"),
        pytest.param(
            [entity("month", 8, 11, "May"), entity("location", 3, 11, "Tete May")], "overlap", id="overlap"
        ),
    ],
)
def test_entities_of_held_out_messages(entities: list[dict[str, object]], fault: str | None) -> None:
    content = json.dumps({"text": "in Tete May", "entities": entities}) + "\n"
    faults = held_out_faults("messages.jsonl", content)
    assert len(faults) == (1 if fault else 0)
    assert all(fault and fault in one and "messages.jsonl, line 1" in one for one in faults)
    assert not any("in Tete" in one for one in faults)
