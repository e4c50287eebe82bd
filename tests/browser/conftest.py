"""Chromium, and a web process that shows the phone page."""

import os
import shutil
import sys

import pytest
from playwright.sync_api import expect, sync_playwright

from phendula.ports import free_port
from tests.browser.desk_server import desk_server
from tests.processes.running import answers, start, wait_until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: Without these Chromium looks for its maker's hosts at every start.
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking",
         "--disable-component-update", "--disable-sync"]  # fmt: skip
# What a page does at once may take long on a busy machine; playwright's own patience is five seconds.
expect.set_options(timeout=30_000)


def pytest_collection_modifyitems(items):
    """On CI a missing browser is a failure; elsewhere the tests say what to install."""
    if CHROMIUM is None and os.environ.get("CI") != "true":
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(
                    pytest.mark.skip(reason="Debian's chromium is not installed: apt-get install chromium")
                )


@pytest.fixture(scope="session")
def phone_page(running_system):
    """The phone page's address. The running system has credentials; a web process without any serves it."""
    env = {
        name: value
        for name, value in running_system.env.items()
        if not name.startswith(("TWILIO_", "TELEGRAM_"))
    }
    port = free_port()
    env |= {"PHENDULA_PORT": str(port), "PUBLIC_URL": "", "ENGINE_URL": running_system.engine}
    web = start(sys.executable, "-m", "phendula", "web", env=env)
    address = f"http://127.0.0.1:{port}/phone"
    try:
        wait_until("the phone page", lambda: answers(address), 60, web.tail)
        yield address
    finally:
        web.process.terminate()
        web.process.wait(30)


@pytest.fixture(scope="module")
def chromium():
    """A headless Chromium, for its module only: playwright keeps an event loop, other tests run their own."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def desk(database_server):
    """The desk as a real web process on a database of its own (tests/browser/desk_server.py)."""
    with desk_server(database_server) as server:
        yield server


@pytest.fixture(params=[(360, 740), (1280, 800)], ids=["360px", "1280px"])
def desk_page(request, chromium, desk):
    """A browser at the desk on a small and on a large screen; any error on its console fails the test."""
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-ZA")
    page = context.new_page()
    page.faults = []
    page.on("console", lambda said: page.faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: page.faults.append(str(error)))
    yield page
    context.close()
    assert page.faults == []


@pytest.fixture(params=[(360, 740), (1280, 800)], ids=["360px", "1280px"])
def page(request, chromium, phone_page):
    """The phone page on a small and on a large screen; any error on its console fails the test."""
    width, height = request.param
    context = chromium.new_context(viewport={"width": width, "height": height})
    page = context.new_page()
    faults = []
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.goto(phone_page)
    yield page
    context.close()
    assert faults == []
