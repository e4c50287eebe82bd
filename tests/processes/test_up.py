"""`phendula up` itself: a busy port, a second start, an orderly and a sudden end."""

import os
import signal
import socket
import sys
import time

import psutil
import pytest

from crm_store import embedded
from phendula.places import ROOT
from phendula.ports import free_port
from tests.processes.running import RunningSystem, answers, start, wait_until
from tests.store_fixtures import postgres_folder

pytestmark = pytest.mark.processes


@pytest.fixture
def alone():
    """A system on the embedded database of its own folder, not started; whatever is left of it is stopped."""
    with postgres_folder() as folder:
        yield from _alone_in(folder)


def _alone_in(folder):
    system = RunningSystem(folder, "")
    # Set and empty means unset; a DATABASE_URL in the developer's .env must not be ours.
    system.env["DATABASE_URL"] = ""
    dotenv = ROOT / ".env"
    if dotenv.exists() and "DATABASE_URL=" in dotenv.read_text():
        pytest.skip(".env names a database: this test needs the embedded one")
    for name in [name for name in system.env if name.startswith(("TWILIO_", "TELEGRAM_"))]:
        system.env[name] = ""
    yield system
    if system.supervisor is not None and system.supervisor.process.poll() is None:
        system.supervisor.process.terminate()
        system.supervisor.process.wait(60)
    embedded.stop_embedded(folder)


def up(system):
    """Starts `phendula up` and waits until it says that it is ready."""
    system.supervisor = start(sys.executable, "-m", "phendula", "up", env=system.env)

    def says_ready():
        assert system.supervisor.process.poll() is None, system.tail()
        return any("Ctrl-C stops everything" in line for line in system.supervisor.lines)

    wait_until("phendula up to be ready", says_ready, 240, system.tail)


def postgres_runs(folder):
    return (folder / "postgres" / "postmaster.pid").exists()


def test_a_busy_port_is_named_with_its_setting(alone):
    with socket.create_server(("127.0.0.1", alone.web_port)):
        ended = start(sys.executable, "-m", "phendula", "up", env=alone.env)
        assert ended.process.wait(60) == 1
        time.sleep(0.2)
    assert f"Port {alone.web_port}" in ended.tail()
    assert "PHENDULA_PORT" in ended.tail()
    assert "Traceback" not in ended.tail()


def test_several_web_processes_share_one_port(database_url):
    port = free_port()
    env = {
        **os.environ,
        "DATABASE_URL": database_url,
        "PHENDULA_PORT": str(port),
        "PHENDULA_WEB_PROCESSES": "2",
    }
    both = [start(sys.executable, "-m", "phendula", "web", env=env) for _ in range(2)]
    try:
        for one in both:
            pid = one.process.pid
            wait_until(
                "both web processes to listen",
                lambda pid=pid: any(c.status == "LISTEN" for c in psutil.Process(pid).net_connections("tcp")),
                60,
                one.tail,
            )
        both[0].process.kill()
        both[0].process.wait()
        assert answers(f"http://127.0.0.1:{port}/health")
        alone = start(sys.executable, "-m", "phendula", "web", env={**env, "PHENDULA_WEB_PROCESSES": "1"})
        assert alone.process.wait(60) == 1
        wait_until("the refusal", lambda: "PHENDULA_PORT" in alone.tail(), 5, alone.tail)
    finally:
        for one in both:
            one.process.kill()


def test_wrong_settings_are_named(alone):
    ended = start(sys.executable, "-m", "phendula", "up", env={**alone.env, "PHENDULA_PORT": "many"})
    assert ended.process.wait(60) == 1
    time.sleep(0.2)
    assert "PHENDULA_PORT" in ended.tail()
    assert "Traceback" not in ended.tail()


def test_up_prints_addresses_refuses_a_twin_and_stops_in_order(alone, trained_model):
    up(alone)
    text = alone.supervisor.tail(200)
    for words in (
        f":{alone.web_port}/phone",
        "/webhooks/twilio",
        "/webhooks/telegram",
        "/health",
        "sandbox",
        "/desk/",
        "first login",
    ):
        assert words in text
    twin = dict(alone.env)
    for name in ("PHENDULA_PORT", "PHENDULA_ENGINE_PORT", "PHENDULA_ACTIONS_PORT"):
        twin[name] = str(free_port())
    refused = start(sys.executable, "-m", "phendula", "up", env=twin)
    assert refused.process.wait(60) == 1
    time.sleep(0.2)
    assert "already runs" in refused.tail()
    children = psutil.Process(alone.supervisor.process.pid).children(recursive=True)
    os.killpg(alone.supervisor.process.pid, signal.SIGINT)  # as a Ctrl-C on the terminal
    assert alone.supervisor.process.wait(60) == 0, alone.tail()
    psutil.wait_procs(children, timeout=5)
    assert [child for child in children if child.is_running()] == []
    assert not postgres_runs(alone.folder)
    stopped = [line.split("stopping ")[1] for line in alone.supervisor.lines if "| stopping" in line]
    assert stopped == ["worker", "web", "actions", "engine"]


def test_a_killed_supervisor_leaves_nothing_behind(alone, trained_model):
    up(alone)
    children = psutil.Process(alone.supervisor.process.pid).children(recursive=True)
    alone.supervisor.process.kill()
    alone.supervisor.process.wait()
    _gone, left = psutil.wait_procs(children, timeout=30)
    assert left == [], [child.cmdline() for child in left]
    wait_until("the embedded database to stop", lambda: not postgres_runs(alone.folder), 30)
