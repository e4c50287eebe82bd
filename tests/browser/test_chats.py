"""Both sides of a chat at once, in real browsers over real processes: a phone, and two agents at the desk."""

import itertools
import sys
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from crm_store.domain.segments import plain, segments
from crm_store.services.desk_sessions import begin_session
from crm_store.tables import User
from phendula.ports import free_port
from tests.browser.axe import examined
from tests.processes.running import answers, start, wait_until

pytestmark = pytest.mark.browser
people = itertools.count(27815590001)
users = itertools.count(1)
TEXTS = (
    "Sawubona",
    *("a" * 160, "a" * 161, "a" * 306, "a" * 307),
    *("\u20ac" * 80, "\u20ac" * 81, "a" * 152 + "[]"),
    "it\u2019s \u201chere\u201d \u2013 now",
    *("\u0416" * 70, "\u0416" * 71, "\u0416" * 67 + "\U0001d11e" * 3),
    "na\u00efve \u1eb9\u0300k\u1ecd\u0301",
    "\U0001f600 sorry",
)


class Web:
    """A web process of the running system whose channels are in sandbox, so that it serves the phone page."""

    def __init__(self, system):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        secret = ("TWILIO_", "TELEGRAM_")
        self.env = {name: value for name, value in system.env.items() if not name.startswith(secret)}
        self.env |= {"PHENDULA_PORT": str(self.port), "PUBLIC_URL": "", "ENGINE_URL": system.engine}

    def start(self):
        self.running = start(sys.executable, "-m", "phendula", "web", env=self.env)
        wait_until("the web process", lambda: answers(f"{self.address}/health"), 60, self.running.tail)

    def stop(self):
        self.running.process.terminate()
        self.running.process.wait(30)


@pytest.fixture(scope="module")
def web(running_system):
    process = Web(running_system)
    process.start()
    yield process
    process.stop()


@pytest.fixture
def open_page(chromium, web):
    """Opens a path in a browser of its own, signed in with the token; a fault of a script fails the test."""
    contexts, faults = [], []

    def opened(path, token=None, width=1280, height=900):
        context = chromium.new_context(viewport={"width": width, "height": height})
        if token:
            context.add_cookies([{"name": "phendula", "value": token, "url": web.address}])
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(f"{web.address}{path}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert faults == []


@pytest.fixture
def agent(running_system):
    """Signs a new agent in; gives (name, token)."""
    engine = create_engine(running_system.database_url.replace("postgresql://", "postgresql+psycopg://", 1))

    def new(of=None, **more):
        name = f"agent{next(users)}"
        with Session(engine) as session, session.begin():
            user = session.query(User).filter_by(name=of).one_or_none() if of else None
            if user is None:
                user = User(username=name, name=f"{name.title()} Dube", role="agent", **more)
                session.add(user)
                session.flush()
            begun = begin_session(session, user.id, "127.0.0.1", "a test", datetime.now(UTC))
            return user.name, begun.token

    yield new
    engine.dispose()


class Phone:
    """The phone page of somebody who has not written before."""

    def __init__(self, page):
        self.page, self.number = page, f"+{next(people)}"
        page.get_by_label("Phone number").fill(self.number)
        page.get_by_label("Phone number").press("Tab")

    def writes(self, text):
        self.page.get_by_label("Message", exact=True).fill(text)
        self.page.get_by_role("button", name="Send").click()

    def hears(self, text):
        expect(self.page.get_by_role("log")).to_contain_text(text)


def row_of(page, phone):
    return page.locator("tbody tr", has_text=f"..{phone.number[-4:]}")


def test_a_chat_from_the_asking_to_the_handing_back(open_page, agent, web):
    (_first, first_token), (_second, second_token) = agent(), agent()
    phone = Phone(open_page("/phone"))
    first, second = open_page("/desk/chats", first_token), open_page("/desk/chats", second_token)
    phone.writes("I want to speak to a person please")
    phone.hears("asked a person")
    # Both lists show it by themselves, and both agents take it at once.
    for page in (first, second):
        expect(row_of(page, phone)).to_be_visible()
    chat = row_of(first, phone).get_by_role("link").first.get_attribute("href")
    row_of(first, phone).get_by_role("button", name="Take").click(no_wait_after=True)
    row_of(second, phone).get_by_role("button", name="Take").click(no_wait_after=True)
    for page in (first, second):
        page.wait_for_url(f"**{chat}*")
    winner, loser = (first, second) if first.locator("#text").count() else (second, first)
    expect(loser.get_by_role("status").first).to_contain_text("took this chat a moment ago")
    expect(loser.locator("#text")).to_have_count(0)

    # What is written on either side shows on the other by itself (how fast: `python -m benchmarks.desk`).
    thread = winner.get_by_role("log")
    phone.writes("question 0")
    expect(thread).to_contain_text("question 0")
    thread.locator(".bubble").last.evaluate("bubble => { bubble.dataset.stays = 'yes'; }")
    for number in (1, 2):
        phone.writes(f"question {number}")
        expect(thread).to_contain_text(f"question {number}")
    # Each word is put below the others, which stay as they are; the day stands above them once.
    expect(thread.locator("[data-stays]")).to_contain_text("question 0")
    for number in range(3):
        expect(thread.get_by_text(f"question {number}")).to_have_count(1)
    expect(thread.get_by_text("Today", exact=True)).to_have_count(1)
    winner.get_by_label("Your message").fill("We are sending a team")
    winner.keyboard.press("Enter")
    expect(thread).to_contain_text("We are sending a team")
    phone.hears("We are sending a team")
    expect(winner.locator(".bubble.mine .ticks").last).to_contain_text("delivered")
    # A colleague on the same page sees that somebody is typing.
    winner.get_by_label("Your message").press_sequentially("Half a word")
    expect(loser.locator("#typing")).to_contain_text("is typing")

    # The web process is replaced in the middle: the words stay, the page comes back, the bot stays silent.
    web.stop()
    web.start()
    expect(winner.get_by_label("Your message")).to_have_value("Half a word")
    phone.page.reload()
    phone.page.get_by_label("Phone number").fill(phone.number)
    phone.page.get_by_label("Phone number").press("Tab")
    phone.writes("are you still there?")
    expect(thread).to_contain_text("are you still there?")
    winner.get_by_label("Your message").fill("Yes, the team left at nine")
    winner.keyboard.press("Enter")
    phone.hears("Yes, the team left at nine")
    expect(thread).to_contain_text("Yes, the team left at nine")
    mine = winner.locator(".bubble.us .meta").all_inner_texts()
    assert "Assistant" not in "".join(mine[-2:])

    # Everything was sent: the page asks nothing about unsaved words when it is left.
    asked = []
    winner.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    winner.get_by_text("Hand back to the assistant").click()
    winner.get_by_role("button", name="Hand back").click()
    expect(winner.get_by_role("status").first).to_contain_text("Handed back")
    assert asked == []
    phone.hears("The automatic assistant is back")


def test_the_count_of_sms_is_that_of_the_server(open_page, agent):
    _name, token = agent()
    phone = Phone(open_page("/phone"))
    phone.writes("AGENT")
    phone.hears("asked a person")
    desk = open_page("/desk/chats", token)
    row_of(desk, phone).get_by_role("button", name="Take").click()
    expect(desk.get_by_label("Your message")).to_be_visible()
    for text in TEXTS:
        counted = desk.evaluate("text => window.desk.countSms(text)", text)
        assert counted == segments(plain(text)).count, text
    desk.get_by_label("Your message").fill("\u0416dane")
    expect(desk.locator("#count")).to_contain_text("\u0416 makes it dearer")
    desk.get_by_text("Ready answers").click()
    desk.get_by_role("button", name="One moment").click()
    expect(desk.get_by_label("Your message")).to_have_value("\u0416dane " + _one_moment(desk))


def test_a_session_that_ends_takes_no_words_along(open_page, agent, running_system):
    name, token = agent()
    phone = Phone(open_page("/phone"))
    phone.writes("AGENT")
    phone.hears("asked a person")
    desk = open_page("/desk/chats", token)
    # Without its stream the page learns of the end by sending only.
    silent = {"content_type": "text/event-stream", "body": "retry: 600000\n\n"}
    desk.route("**/desk/live*", lambda route: route.fulfill(**silent))
    row_of(desk, phone).get_by_role("button", name="Take").click()
    desk.get_by_label("Your message").fill("A long answer")
    here = desk.url.split("#")[0]
    ended = (
        "DELETE FROM desk_sessions USING users WHERE user_id = users.id AND users.name = %s RETURNING user_id"
    )
    assert running_system.rows(ended, name)
    desk.get_by_role("button", name="Send").click()
    desk.wait_for_url("**/desk/sign-in**")
    desk.context.add_cookies(
        [{"name": "phendula", "value": agent(of=name)[1], "url": here.partition("/desk")[0]}]
    )
    desk.goto(here)
    expect(desk.get_by_label("Your message")).to_have_value("A long answer")


def _one_moment(desk):
    return desk.locator("[data-ready]", has_text="One moment").get_attribute("data-ready")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["en", "zu"])
def test_the_pages_are_for_everybody(open_page, agent, width, language):
    _name, token = agent(language=language)
    phone = Phone(open_page("/phone"))
    phone.writes("AGENT")
    phone.hears("IDM-")
    desk = open_page("/desk/chats", token, width)
    expect(row_of(desk, phone)).to_be_visible()
    assert _faults(desk) == []
    row_of(desk, phone).get_by_role("button").click()
    expect(desk.locator("#text")).to_be_visible()
    for part in desk.locator("details:not(.user)").all():
        part.evaluate("part => { part.open = true; }")
    assert _faults(desk) == []
    assert desk.evaluate("document.documentElement.scrollWidth") <= width
    # Whoever has no mouse reaches the box and sends.
    desk.locator("#text").focus()
    desk.keyboard.type("Sawubona")
    desk.keyboard.press("Control+Enter")
    expect(desk.locator(".bubble.mine")).to_contain_text("Sawubona")


def _faults(page):
    return [fault["id"] for fault in examined(page).response["violations"]]
