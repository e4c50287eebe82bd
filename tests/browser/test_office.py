"""The back office's pages in Chromium: accessible, at 360 px, by keyboard, without a script."""

import os
import threading
from datetime import UTC, datetime, timedelta

import pytest
import uvicorn

from crm_store import embedded
from crm_store.database import forget_engine, transaction
from crm_store.migrations import migrate
from crm_store.region import region
from crm_store.services.desk_sessions import begin_session
from crm_store.services.incidents import NewIncident, open_incident
from crm_store.settings import settings
from crm_store.tables import User
from desk.access import cookie_name
from phendula.app import create_app
from phendula.ports import free_port
from tests.browser.axe import examined
from tests.store.test_overview import case
from tests.store_fixtures import postgres_folder

pytestmark = pytest.mark.browser

NOW = datetime.now(UTC)
PAGES = (
    "overview", "incidents", "incidents/1", "incidents/new", "notices", "figures", "figures/report",
    "overview/compliments", "readings", "readings/pictures", "readings/batches", "administration",
    "administration/departments", "administration/departments/KDM/roads",
    "administration/departments/KDM/handles", "administration/contacts", "administration/hours",
    "administration/service-levels", "administration/knowledge", "administration/knowledge/office_hours",
    "administration/answers/new", "administration/templates", "administration/changes",
)  # fmt: skip


@pytest.fixture(scope="module")
def desk():
    """A served desk with some cases; gives its address and a session's token in each language."""
    before = {name: os.environ.get(name) for name in ("DATABASE_URL", "PHENDULA_DATA_DIR")}
    with postgres_folder() as folder:
        url = embedded.start_embedded(folder)
        migrate(url)
        os.environ |= {"DATABASE_URL": url, "PHENDULA_DATA_DIR": str(folder)}
        settings.cache_clear()
        forget_engine()
        tokens = {}
        with transaction() as session:
            for number in range(12):
                case(session, number + 1, due_at=NOW + timedelta(hours=number * 4 - 20))
            place = NewIncident(category="electricity", trouble="outage", started_at=NOW, place="Ballito")
            open_incident(session, region(), place, "agent:x", NOW)
            for language in ("en", "zu"):
                user = User(
                    username=f"nomsa-{language}", role="administrator", language=language, name="Nomsa"
                )
                session.add(user)
                session.flush()
                tokens[language] = begin_session(session, user.id, "127.0.0.1", "a test", NOW).token
        port = free_port()
        server = uvicorn.Server(uvicorn.Config(create_app(), port=port, log_level="warning"))
        thread = threading.Thread(target=server.run)
        thread.start()
        while not server.started:
            pass
        yield f"http://127.0.0.1:{port}", tokens
        server.should_exit = True
        thread.join(30)
        forget_engine()
        embedded.stop_embedded(folder)
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
    settings.cache_clear()


def opened(chromium, desk, language, width, **more):
    address, tokens = desk
    context = chromium.new_context(viewport={"width": width, "height": 800}, **more)
    context.add_cookies([{"name": cookie_name(), "value": tokens[language], "url": address}])
    return context


@pytest.mark.parametrize(("language", "width"), [("zu", 360), ("en", 1280)])
def test_every_page_is_accessible_fits_and_is_small(chromium, desk, language, width):
    context = opened(chromium, desk, language, width)
    wrong = {}
    for path in PAGES:
        page = context.new_page()
        errors = []
        page.on(
            "console",
            lambda message, told=errors: told.append(message.text) if message.type == "error" else None,
        )
        answer = page.goto(f"{desk[0]}/desk/{path}")
        beyond = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        found = examined(page).response["violations"]
        faults = [(one["id"], one["nodes"][0]["html"]) for one in found] + [str(error) for error in errors]
        if answer.status != 200 or beyond > 0 or faults or len(answer.body()) > 100_000:
            wrong[path] = (answer.status, beyond, faults)
        page.close()
    context.close()
    assert wrong == {}


def test_a_department_is_renamed_and_put_back_with_the_keyboard_alone(chromium, desk):
    context = opened(chromium, desk, "en", 1280)
    page = context.new_page()
    page.goto(f"{desk[0]}/desk/administration/departments/KDM/parks")
    page.focus("#f-name-en")
    page.keyboard.press("Control+A")
    page.keyboard.type("Parks and Pools")
    page.keyboard.press("Enter")
    page.wait_for_selector(".flash")
    assert "Saved." in page.inner_text(".flash")
    assert "Parks and Pools" in page.inner_text("main")
    page.keyboard.press("u")
    page.wait_for_selector("text=It is as it was before.")
    page.goto(f"{desk[0]}/desk/administration/departments")
    assert "Parks and Amenities" in page.inner_text("main")
    context.close()


def test_service_levels_are_previewed_without_a_script(chromium, desk):
    context = opened(chromium, desk, "en", 1280, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desk[0]}/desk/administration/service-levels")
    page.fill("#r3-number", "5")
    page.press("#r3-number", "Enter")  # what Enter does: the preview, never a removal
    page.wait_for_selector("#preview")
    assert "12" in page.inner_text("#preview")  # the open cases, which keep their promise
    assert page.locator("#r7-number").count() == 1
    context.close()


def test_the_overview_follows_what_happens(chromium, desk):
    context = opened(chromium, desk, "en", 1280)
    page = context.new_page()
    page.goto(f"{desk[0]}/desk/overview")
    page.wait_for_timeout(2500)  # the stream is open, and the figures of the first look are old
    with transaction() as session:
        place = NewIncident(category="water", trouble="outage", started_at=NOW, place="Sundumbili")
        open_incident(session, region(), place, "agent:x", NOW)
    page.wait_for_selector("text=Sundumbili")
    context.close()
