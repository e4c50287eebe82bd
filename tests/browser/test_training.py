"""The trainer's inbox by the keyboard alone, and the training pages as people with any screen meet them."""

import re
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
import uvicorn
from sqlalchemy import select

from crm_store.database import transaction
from crm_store.queries.examples import all_examples
from crm_store.services.desk_sessions import begin_session
from crm_store.tables import TrainingLabel
from desk.access import cookie_name
from phendula.app import create_app
from phendula.ports import free_port
from tests.browser.axe import examined
from tests.desk.conftest import new_user
from tests.store.training import (
    everything_is_looked_at_twice,
    examples_folder,
    gathered,
    nobody_looks_twice,
    understood,
)

pytestmark = pytest.mark.browser

TEXTS = (
    "not a drop at our taps today",
    "the meter at the gate is broken",
    "street lights are out again",
    "refuse lies in heaps for weeks",
    "my bill is far too high",
)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A small folder of examples in place of nlu_data/; nothing is shown twice."""
    folder = examples_folder(tmp_path)
    for module in ("training", "training_examples"):
        monkeypatch.setattr(f"desk.{module}.NLU_DATA", folder)
    nobody_looks_twice(monkeypatch)
    return folder


@pytest.fixture
def server(database_url, folder) -> Iterator[str]:
    """The application on the test's own database; its address."""
    port = free_port()
    running = uvicorn.Server(uvicorn.Config(create_app(), port=port, log_level="error", lifespan="off"))
    thread = threading.Thread(target=running.run, daemon=True)
    thread.start()
    while not running.started:
        assert thread.is_alive()
    yield f"http://127.0.0.1:{port}/desk/training"
    running.should_exit = True
    thread.join(10)


@pytest.fixture
def open_page(chromium, server):
    """Opens a training page as a trainer; any error on its console fails the test."""
    contexts, faults = [], []

    def opened(path: str = "/inbox", width: int = 1280, language: str = "en"):
        user = new_user(f"zola{len(contexts)}", "trainer", language=language)
        with transaction() as session:
            begun = begin_session(session, user.id, "test", "a test", datetime.now(UTC))
        context = chromium.new_context(viewport={"width": width, "height": 800})
        contexts.append(context)
        context.add_cookies([{"name": cookie_name(), "value": begun.token, "url": server}])
        page = context.new_page()
        page.on("console", lambda told: faults.append(told.text) if told.type == "error" else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(server + path)
        return page

    opened.faults = faults
    yield opened
    for context in contexts:
        context.close()
    assert faults == []


def messages(region, *texts, **more):
    with transaction() as session:
        for text in texts:
            understood(session, text, **{"sure": 0.4, **more})
        gathered(session, region)


def labels():
    with transaction() as session:
        rows = session.scalars(
            select(TrainingLabel).where(TrainingLabel.undone_at.is_(None)).order_by(TrainingLabel.made_at)
        )
        return [(row.decision, row.message_class) for row in rows]


def shown(page):
    page.wait_for_selector("[data-group]:not([hidden])")
    return page.locator("[data-group]:not([hidden])")


def wait_for_answers(page, number):
    page.wait_for_function(
        "number => document.querySelector('[data-count]').textContent.endsWith(`: ${number}`)", arg=number
    )


def test_the_inbox_is_worked_by_the_keyboard_alone(open_page, region):
    messages(region, *TEXTS)
    page = open_page()
    page.keyboard.press("Enter")
    page.keyboard.press("3")
    page.keyboard.press("Enter")
    wait_for_answers(page, 2)
    page.keyboard.press("s")
    page.keyboard.press("x")
    wait_for_answers(page, 4)
    shown(page)
    page.keyboard.press("t")
    page.keyboard.type("refuse")
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-empty]:not([hidden])")
    wait_for_answers(page, 5)
    assert [decision for decision, _class in labels()] == [
        *("accepted", "corrected", "skipped", "unfit", "corrected")
    ]
    assert labels()[1][1] == "dispute"
    page.keyboard.press("u")
    page.wait_for_load_state()
    assert shown(page).count() == 1
    assert len(labels()) == 4


def test_the_next_message_is_there_before_the_answer_is_sent(open_page, region):
    messages(region, *TEXTS[:3])
    page = open_page()
    held = []
    page.route(re.compile("/inbox/[0-9a-f-]{36}$"), lambda route: held.append(route))
    first = shown(page).get_attribute("data-group")
    page.keyboard.press("Enter")
    second = shown(page).get_attribute("data-group")
    assert second != first
    page.wait_for_function("() => true")
    assert labels() == []
    held[0].continue_()
    wait_for_answers(page, 1)
    page.unroute_all()


def test_fast_hands_on_a_slow_line_are_shown_nothing_twice(open_page, region):
    messages(region, *TEXTS)
    page = open_page()
    held, seen = [], []
    page.route(re.compile("/inbox/[0-9a-f-]{36}$"), lambda route: held.append(route))
    for _answer in range(3):
        seen.append(shown(page).get_attribute("data-group"))
        page.keyboard.press("Enter")
    for number in range(1, 6):
        page.wait_for_function("() => true")
        while len(held) < number:
            page.wait_for_timeout(10)
        held[number - 1].continue_()
        wait_for_answers(page, number)
        if number in (1, 2):
            seen.append(shown(page).get_attribute("data-group"))
            page.keyboard.press("Enter")
    assert len(set(seen)) == len(TEXTS)
    page.wait_for_selector("[data-empty]:not([hidden])")
    assert len(labels()) == len(TEXTS)
    page.unroute_all()


def test_what_comes_in_meanwhile_is_told_and_waits_to_be_asked_for(open_page, region, monkeypatch):
    everything_is_looked_at_twice(monkeypatch)
    messages(region, *TEXTS[:2])
    page = open_page()
    first = shown(page).get_attribute("data-group")
    page.keyboard.press("c")
    messages(region, TEXTS[2])
    page.get_by_role("button", name="1 new: show").wait_for()
    assert page.evaluate("document.activeElement.name") == "class", "it took the keyboard away"
    page.keyboard.press("Escape")
    page.keyboard.press("n")
    page.get_by_text("The newest comes after this one.").wait_for()
    assert shown(page).get_attribute("data-group") == first
    assert page.get_by_role("button", name="new: show").count() == 0
    page.keyboard.press("Enter")  # nothing was chosen: it stays, and says so in the page's language
    assert page.evaluate("document.activeElement.validationMessage") == "Choose what it is."
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    assert TEXTS[2] in shown(page).inner_text()


def test_words_are_marked_by_the_keyboard(open_page, region, folder):
    messages(region, "pipe burst by the old hall")
    page = open_page()
    page.keyboard.press("w")
    for _word in range(2):
        page.keyboard.press("ArrowRight")
    for _word in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("p")
    assert shown(page).locator("textarea").input_value() == "pipe burst [by the old hall](location)"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Space")
    page.keyboard.press("0")
    assert shown(page).locator("textarea").input_value() == "pipe burst by the old hall"
    page.keyboard.press("Escape")
    page.keyboard.press("w")
    page.keyboard.press("p")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    wait_for_answers(page, 1)
    with transaction() as session:
        assert "pipe burst by the [old](location) hall" in {one.text for one in all_examples(session, folder)}


def test_words_are_marked_by_clicking(open_page, region):
    messages(region, "pipe burst by the old hall")
    page = open_page(width=360)
    group = shown(page)
    group.get_by_role("button", name="old", exact=True).click()
    group.get_by_role("button", name="hall", exact=True).click()
    group.get_by_role("button", name="Place", exact=False).click()
    assert group.locator("textarea").input_value() == "pipe burst by the [old hall](location)"


def test_an_answer_that_was_not_saved_comes_back(open_page, region):
    messages(region, *TEXTS[:2])
    page = open_page()
    first = shown(page).get_attribute("data-group")
    page.route(re.compile("/inbox/[0-9a-f-]{36}$"), lambda route: route.abort())
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-told-bad]:not([hidden])")
    assert shown(page).get_attribute("data-group") == first
    page.unroute_all()
    page.keyboard.press("Enter")
    wait_for_answers(page, 1)
    open_page.faults.clear()  # the browser told of the connection that we cut


def test_what_is_wrong_is_told_beside_its_field(open_page, region):
    messages(region, "ring 0821234567 about the meter")
    page = open_page()
    group = shown(page)
    group.get_by_text("Change the words").click()
    group.locator("textarea").fill("ring 082 123 4567 about the meter")
    group.get_by_role("button", name="Save").click()
    page.wait_for_selector("[data-group] .fault")
    assert "put another in its place" in page.locator(".fault").inner_text()
    assert page.evaluate("document.activeElement.name") == "text"
    assert labels() == []
    open_page.faults.clear()  # the browser tells of every 422


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "zu"])
def test_every_page_is_open_to_everybody(open_page, region, monkeypatch, width, language):
    monkeypatch.setattr("crm_store.services.training_gathering.is_drawn", lambda *_: True)
    messages(region, *TEXTS, "uThabo usisize eSundumbili")
    page = open_page("", width, language)
    paths = ["", "/inbox", "/examples", "/examples?kind=complaint&category=water", "/examples/cells"]
    for path in [*paths, "/examples/new", "/figures"]:
        page.goto(re.sub(r"/training.*", "/training", page.url) + path)
        found = examined(page)
        assert found.violations_count == 0, f"{path}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
        assert page.evaluate("document.documentElement.lang") == language
    page.goto(re.sub(r"/training.*", "/training/examples", page.url))
    page.locator("tbody a").first.click()
    assert examined(page).violations_count == 0
