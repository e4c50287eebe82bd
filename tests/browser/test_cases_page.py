"""Cases at the desk in a real browser: by keyboard alone, small and large, with what a person would hear."""

import os
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import psycopg
import pytest

from crm_store.database import forget_engine, transaction
from crm_store.services.desk_sessions import begin_session
from crm_store.services.stages import add_note
from crm_store.settings import settings
from crm_store.tables import Case, Citizen, User
from desk.access import cookie_name
from phendula.ports import free_port
from tests.browser.axe import examined
from tests.processes.running import answers, start, wait_until
from tests.store.test_case_lists import opened

pytestmark = pytest.mark.browser
NOW = datetime.now(UTC)


@pytest.fixture(scope="module")
def served(database_server, server_folder, region):
    """A web process of its own on a database of its own with three cases, and who is signed in."""
    server = database_server.replace("/phendula?", "/postgres?")
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute("CREATE DATABASE desk_cases TEMPLATE phendula")
    url = database_server.replace("/phendula?", "/desk_cases?")
    port = free_port()
    before = os.environ.get("DATABASE_URL")
    os.environ["DATABASE_URL"] = url
    settings.cache_clear()
    forget_engine()
    env = {**os.environ, "PHENDULA_PORT": str(port), "PUBLIC_URL": "", "PHENDULA_ENV": "development"}
    web = start(sys.executable, "-m", "phendula", "web", env=env)
    base = f"http://127.0.0.1:{port}"
    try:
        with transaction() as session:
            cases = [
                opened(session, region, words, address=f"+2782000000{n}", at=NOW - timedelta(days=n))
                for n, words in enumerate(("A deep pothole", "The same deep pothole", "A broken sign"))
            ]
            for case in cases:
                session.get_one(Citizen, case.citizen_id).name = "Thandi Dlamini"
            tokens = {}
            for name, language in (("nomsa", "en"), ("sipho", "zu")):
                user = User(username=name, name=name.title(), role="supervisor", language=language)
                session.add(user)
                session.flush()
                tokens[name] = begin_session(session, user.id, "test", "test", NOW).token
        wait_until("the desk", lambda: answers(f"{base}/health"), 60, web.tail)
        yield SimpleNamespace(base=base, tokens=tokens, references=[case.reference for case in cases])
    finally:
        web.process.terminate()
        web.process.wait(30)
        forget_engine()
        settings.cache_clear()
        os.environ.pop("DATABASE_URL") if before is None else os.environ.update(DATABASE_URL=before)
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("DROP DATABASE desk_cases WITH (FORCE)")


@pytest.fixture
def browse(served, chromium):
    """Opens a page of the desk as a user, in a window; an error on its console fails the test."""
    contexts, faults = [], []

    def open_page(path, user="nomsa", size=(1280, 800), **more):
        context = chromium.new_context(viewport={"width": size[0], "height": size[1]}, **more)
        context.add_cookies([{"name": cookie_name(), "value": served.tokens[user], "url": served.base}])
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(served.base + path)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def stage_of(reference: str) -> str:
    with transaction() as session:
        return session.query(Case).filter(Case.reference == reference).one().stage


def test_from_the_list_to_resolved_and_back_by_keyboard(browse, served):
    page = browse("/desk/")
    page.keyboard.press("g")
    page.keyboard.press("k")
    page.wait_for_url("**/desk/cases")
    page.keyboard.press("/")
    page.keyboard.type("potole")  # mistyped: the vocabulary is not learned yet, and says so kindly
    page.keyboard.press("Enter")
    page.get_by_text("No case fits.").wait_for()
    page.goto(f"{served.base}/desk/cases")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/cases/KDM-*")
    reference = page.locator("h1").inner_text()
    page.keyboard.press("r")
    page.keyboard.type("The hole was filled")
    page.locator(".told", has_text="The hole was filled.").wait_for()
    assert "1 SMS" in page.locator("#deed-resolve .told").inner_text()
    page.keyboard.press("Control+Enter")
    page.get_by_text(f"{reference} is resolved.").wait_for()
    assert stage_of(reference) == "resolved"
    page.keyboard.press("u")
    page.get_by_text("Taken back").wait_for()
    assert stage_of(reference) == "new"


def test_without_script_the_words_are_shown_on_a_page_of_their_own(browse, served):
    reference = served.references[2]
    page = browse(f"/desk/cases/{reference}", java_script_enabled=False)
    page.locator("#deed-close summary").click()
    page.locator("#close-text").fill("The sign stands again")
    page.locator("#deed-close button").click()
    assert "The sign stands again." in page.locator("#deed-close .told").inner_text()
    assert stage_of(reference) == "new"
    page.locator("#deed-close button").click()
    page.get_by_text(f"{reference} is closed.").wait_for()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("Taken back").wait_for()
    assert stage_of(reference) == "new"


def test_what_a_colleague_changes_is_told_on_the_open_page(browse, served, region):
    reference = served.references[0]
    page = browse(f"/desk/cases/{reference}")
    page.wait_for_timeout(500)  # the stream opens
    with transaction() as session:
        add_note(session, region, reference, "The contractor comes on Tuesday", "agent:sipho", NOW)
    page.locator("#changes", has_text="The contractor comes on Tuesday").wait_for()


def test_a_second_matter_becomes_a_case_by_keyboard(browse, served):
    reference = served.references[1]
    page = browse(f"/desk/cases/{reference}")
    page.keyboard.press("h")
    page.keyboard.type("The lights are off, too")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("streetl")  # the category
    page.locator("#deed-divide .told", has_text="held two matters").wait_for()
    page.locator("#deed-divide input[name=message]").first.focus()
    page.keyboard.press("Space")
    page.locator("#deed-divide [name=previewed][value=yes]").wait_for(state="attached")
    page.keyboard.press("Control+Enter")
    page.get_by_text("Split in two: the second matter is").wait_for()
    second = page.locator("section[aria-labelledby=apart] a")
    assert second.inner_text() != reference
    page.keyboard.press("u")
    page.get_by_text("Taken back").wait_for()
    assert page.locator("section[aria-labelledby=apart]").count() == 0


@pytest.mark.parametrize("size", [(360, 740), (1280, 800)], ids=["360px", "1280px"])
@pytest.mark.parametrize("user", ["nomsa", "sipho"], ids=["en", "zu"])
def test_every_page_is_open_to_everybody(browse, served, user, size):
    """Axe finds nothing, and nothing lies beyond the edge."""
    case = f"/desk/cases/{served.references[0]}"
    page = browse("/desk/cases", user, size)
    for path in (
        "/desk/cases?category=roads",
        "/desk/cases?q=xylophone",
        case,
        f"{case}?deed=refer",
        f"{case}?deed=divide",
        f"{case}/print",
    ):
        page.goto(served.base + path)
        found = examined(page).response["violations"]
        assert [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0], path
