"""The README's map is true, and nothing lies about that the map does not know."""

import re

import pytest

from tests.house.source import ROOT, tracked_files

#: Top-level folders of the house; another one needs a place in the README's map first.
FOLDERS = {
    ".ci",
    "actions",
    "api",
    "benchmarks",
    "bot",
    "crm_store",
    "desk",
    "docs",
    "engine",
    "locale",
    "municipalities",
    "nlu_data",
    "phendula",
    "scripts",
    "stories",
    "tests",
}


@pytest.fixture(scope="module")
def readme():
    return (ROOT / "README.md").read_text(encoding="utf-8")


def test_no_unknown_folder_at_the_top():
    assert {path.parts[0] for path in tracked_files() if len(path.parts) > 1} - FOLDERS == set()


def test_what_the_map_names_exists(readme):
    rows = re.findall(r"^\| (`.*?) \|", readme, re.MULTILINE)
    paths = [name for row in rows for name in re.findall(r"`([^`]+)`", row)]
    assert paths, "the README has no map"
    assert [name for name in paths if not (ROOT / name).exists()] == []


def test_every_folder_stands_on_the_map(readme):
    present = {folder for folder in FOLDERS if (ROOT / folder).is_dir() and not folder.startswith(".")}
    assert {folder for folder in present if f"{folder}/" not in readme} == set()


def test_links_between_documents_lead_somewhere():
    broken = []
    for path in tracked_files():
        if path.suffix != ".md":
            continue
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", (ROOT / path).read_text()):
            is_annotation = (
                "." not in target and "/" not in target
            )  # an example of nlu_data: [eSundumbili](location)
            if "://" in target or target.startswith("mailto:") or is_annotation:
                continue
            if not (ROOT / path.parent / target).exists():
                broken.append(f"{path}: {target}")
    assert broken == []


def test_no_path_of_one_machine():
    own = re.compile(r"/(?:root|home/\w+|work)/|pyenv/versions")
    allowed = {"tests/house/test_map.py"}
    found = []
    for path in tracked_files():
        if path.suffix in (".py", ".md", ".yml", ".yaml", ".toml", ".sh", "") and str(path) not in allowed:
            text = (ROOT / path).read_text(encoding="utf-8", errors="ignore")
            found += [f"{path}: {match.group()}" for match in own.finditer(text)]
    assert found == []
