"""`make help` tells of every target, and the documents name only targets that exist."""

import re
import subprocess

import pytest

from tests.house.source import ROOT, tracked_files

MAKEFILE = (ROOT / "Makefile").read_text()
TARGETS = set(re.findall(r"^([a-z][a-z-]*):(?!=)", MAKEFILE, re.MULTILINE))


def test_help_lists_every_target():
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    listed = set(re.findall(r"make ([a-z-]+)\s", shown))
    assert listed == TARGETS


def test_every_target_is_phony():
    phony = set(re.search(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE).group(1).split())
    assert phony == TARGETS


@pytest.mark.parametrize(
    "path",
    [path for path in tracked_files() if path.suffix == ".md" or path.name in ("Dockerfile", "run")],
    ids=str,
)
def test_documents_name_targets_that_exist(path):
    named = set(
        re.findall(r"(?:`|^\s*|&& |RUN )make ([a-z][a-z-]*)", (ROOT / path).read_text(), re.MULTILINE)
    )
    assert named <= TARGETS
