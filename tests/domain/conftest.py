"""The two regions: iLembe, which ships, and the fictitious one, so that nothing is wired to iLembe."""

from pathlib import Path

import pytest

from crm_store.domain.municipality import Region, load_region

MUNICIPALITIES = Path(__file__).parents[2] / "municipalities"


@pytest.fixture(scope="session")
def ilembe() -> Region:
    return load_region(MUNICIPALITIES / "ilembe.yml")


@pytest.fixture(scope="session")
def example() -> Region:
    return load_region(MUNICIPALITIES / "example.yml")
