"""Every package that we depend on stands in docs/dependencies.md with a reason."""

import re
import tomllib

import pytest

from tests.house.source import ROOT

TABLE = dict(
    re.findall(r"^\| `([^`]+)` \| ([^|]+) \|", (ROOT / "docs/dependencies.md").read_text(), re.MULTILINE)
)


def required(pyproject: str) -> set[str]:
    """The names in the dependency lists of a pyproject.toml."""
    data = tomllib.loads((ROOT / pyproject).read_text())
    lists = [data["project"]["dependencies"], *data.get("dependency-groups", {}).values()]
    return {re.match(r"[A-Za-z0-9._-]+", line).group().lower() for lines in lists for line in lines}


@pytest.mark.parametrize("name", sorted(required("pyproject.toml") | required("engine/pyproject.toml")))
def test_a_dependency_has_a_reason(name):
    assert name in TABLE, f"docs/dependencies.md does not say why we need {name}"
    assert len(TABLE[name].split()) >= 3


def test_no_reason_outlives_its_dependency():
    assert set(TABLE) == required("pyproject.toml") | required("engine/pyproject.toml")
