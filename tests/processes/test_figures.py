"""/metrics over several real web processes on one port: whichever answers, it tells the whole."""

import re

import httpx
import pytest

from crm_store.settings import read_settings
from phendula.ports import free_port
from phendula.product import figures_folder, plans
from tests.processes.running import Process, answers, start, wait_until

pytestmark = pytest.mark.processes

CALLS = 60


@pytest.fixture
def house(database_url, tmp_path, monkeypatch):
    """The settings of two web processes, as `phendula up` reads them."""
    for name, value in {
        "PHENDULA_PORT": str(free_port()),
        "PHENDULA_DATA_DIR": str(tmp_path),
        "PHENDULA_WEB_PROCESSES": "2",
        "PHENDULA_ENV": "development",
        "ENGINE_URL": "http://127.0.0.1:9",
        "TELEGRAM_WEBHOOK_SECRET": "known-to-telegram",
    }.items():
        monkeypatch.setenv(name, value)
    figures_folder(tmp_path).mkdir()
    return read_settings()


@pytest.fixture
def webs(house, database_url):
    """Both web processes, by their plans."""
    started = [
        start(*plan.command, env=plan.env)
        for plan in plans(house, database_url)
        if plan.name.startswith("web")
    ]
    for one in started:
        wait_until("the web process", lambda one=one: listens(one), 60, one.tail)
    yield started
    for one in started:
        one.process.terminate()
    for one in started:
        one.process.wait(20)


def listens(web: Process) -> bool:
    assert web.process.poll() is None, web.tail()
    return any("Uvicorn running" in line or "startup complete" in line for line in web.lines)


def forged(house) -> None:
    """A webhook that nobody signed, over a connection of its own: whichever process gets it."""
    answer = httpx.post(f"http://127.0.0.1:{house.port}/webhooks/telegram", json={}, trust_env=False)
    assert answer.status_code == 403


def told(house) -> list[float]:
    """What ten calls of /metrics say of forged webhooks."""
    pattern = re.compile(r'^phendula_webhooks_refused_total\{.*reason="forged".*\} (\S+)$', re.MULTILINE)
    pages = [httpx.get(f"http://127.0.0.1:{house.port}/metrics", trust_env=False).text for _ in range(10)]
    return [sum(map(float, pattern.findall(page))) for page in pages]


def test_every_process_tells_what_all_have_counted(house, webs):
    for _ in range(CALLS):
        forged(house)
    counting = {path.name for path in figures_folder(house.data_dir).glob("counter_*.db")}
    assert counting >= {f"counter_{one.process.pid}.db" for one in webs}
    assert told(house) == [CALLS] * 10
    # What a process that has ended had counted is not lost.
    webs[0].process.kill()
    webs[0].process.wait(20)
    wait_until("the other one", lambda: answers(f"http://127.0.0.1:{house.port}/health"), 20, webs[1].tail)
    assert told(house) == [CALLS] * 10
