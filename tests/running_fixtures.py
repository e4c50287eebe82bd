"""The fixtures that start the whole product, once for all tests that use it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from crm_store import embedded
from crm_store.migrations import migrate
from phendula.places import ENGINE_PYTHON, ENGINE_START, MODELS, ROOT
from tests.processes.running import RunningSystem
from tests.store_fixtures import postgres_folder


@pytest.fixture(scope="session")
def trained_model():
    """The model in models/, trained when there is none (`make test` has trained it before)."""
    if not any(MODELS.glob("*.tar.gz")):
        if not ENGINE_PYTHON.exists():
            pytest.fail("the engine's environment is missing: run `make setup`")
        done = subprocess.run(
            [ENGINE_PYTHON, ENGINE_START, "train", "--out", MODELS], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return MODELS


@contextmanager
def product(
    house: Path = ROOT, kind: type[RunningSystem] = RunningSystem, **env: str
) -> Iterator[RunningSystem]:
    """The product of that checkout on free ports, with a database of its own and the providers' stand-ins.

    `kind`: how its processes are started; `env`: settings that are other than a test's usual ones.
    """
    with postgres_folder() as folder:
        url = embedded.start_embedded(folder)
        migrate(url)
        system = kind(folder, url, house)
        system.env |= env
        try:
            system.start()
            yield system
        finally:
            system.stop()
            embedded.stop_embedded(folder)


@pytest.fixture(scope="session")
def running_system(trained_model) -> Iterator[RunningSystem]:
    """One product for all tests that need one."""
    with product() as system:
        yield system
