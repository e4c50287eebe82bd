"""Signing in, one's own page, users and history at the desk: by keyboard, on small screens, with axe."""

import itertools
import re
import time
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect

from crm_store.domain.passwords import step_at, totp_code
from crm_store.live import publish
from crm_store.services.desk_sessions import end_sessions_of
from tests.browser.axe import examined
from tests.browser.desk_server import PASSWORD

pytestmark = pytest.mark.browser

numbers = itertools.count(1)


@pytest.fixture
def administrator(desk, desk_page):
    """An administrator who is signed in."""
    user = desk.user(f"zanele{next(numbers)}", "administrator")
    desk.sign_in(desk_page, user.username)
    return user


def is_sound(page):
    """No fault of accessibility, and nothing wider than the screen."""
    found = examined(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def test_signing_in_by_keyboard_alone(desk, desk_page):
    user = desk.user(f"bheki{next(numbers)}")
    desk_page.goto(f"{desk.address}/desk/profile")
    is_sound(desk_page)
    desk_page.keyboard.type(user.username)
    desk_page.keyboard.press("Tab")
    desk_page.keyboard.type("wrong")
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("alert")).to_contain_text("wrong")
    is_sound(desk_page)
    expect(desk_page.locator("#password")).to_be_focused()
    desk_page.keyboard.type(PASSWORD)  # the username is kept, the password has the focus
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("heading", name="My profile")).to_be_visible()
    desk_page.faults[:] = [fault for fault in desk_page.faults if "401" not in fault]


def test_the_language_is_changed_in_the_menu(desk, desk_page, administrator):
    desk_page.get_by_role("banner").get_by_text(administrator.name).click()
    desk_page.get_by_role("button", name="IsiZulu").click()
    expect(desk_page.get_by_role("heading", name="Uya kuphi?")).to_be_visible()
    is_sound(desk_page)


def test_keys_are_shown_and_lead_on(desk, desk_page, administrator):
    desk_page.goto(f"{desk.address}/desk/administration/users")
    desk_page.keyboard.press("?")
    expect(desk_page.get_by_role("dialog")).to_contain_text("Add somebody")
    is_sound(desk_page)
    desk_page.keyboard.press("Escape")
    expect(desk_page.get_by_role("dialog")).to_have_count(0)
    desk_page.keyboard.press("/")
    expect(desk_page.get_by_label("Name or e-mail")).to_be_focused()
    desk_page.keyboard.press("Escape")
    desk_page.keyboard.press("j")
    desk_page.keyboard.press("Enter")
    expect(desk_page).to_have_url(re.compile(r"/users/[0-9a-f-]{36}$"))
    desk_page.keyboard.press("g")
    desk_page.keyboard.press("h")
    expect(desk_page.get_by_role("heading", name="Where to?")).to_be_visible()


def test_a_user_is_added_let_go_and_brought_back(desk, desk_page, administrator):
    name = f"thoko{next(numbers)}"
    desk_page.goto(f"{desk.address}/desk/administration/users/new")
    desk_page.get_by_label("Username").fill("T")
    desk_page.get_by_label("Name", exact=True).fill("Thoko Zulu")
    desk_page.get_by_role("button", name="Add").click()
    expect(desk_page.get_by_text("2 to 40 small letters")).to_be_visible()
    expect(desk_page.get_by_label("Username")).to_be_focused()
    is_sound(desk_page)
    desk_page.get_by_label("Username").fill(name)
    desk_page.get_by_role("button", name="Add").click()
    expect(desk_page.get_by_text("is added")).to_be_visible()
    is_sound(desk_page)
    desk_page.get_by_role("link", name="Done").click()
    is_sound(desk_page)
    desk_page.get_by_role("button", name="Let in no more").click()
    expect(desk_page.get_by_role("status").first).to_contain_text("may not sign in")
    desk_page.keyboard.press("u")
    expect(desk_page.get_by_role("status").first).to_contain_text("may sign in again")
    desk_page.faults[:] = [fault for fault in desk_page.faults if "422" not in fault]


def test_a_new_password_is_asked_about_first(desk, desk_page, administrator):
    other = desk.user(f"sipho{next(numbers)}")
    desk_page.goto(f"{desk.address}/desk/administration/users/{other.id}")
    desk_page.get_by_role("button", name="New password").click()
    dialog = desk_page.get_by_role("dialog")
    expect(dialog).to_contain_text("signed out everywhere")
    dialog.get_by_role("button", name="Cancel").click()
    expect(desk_page.get_by_role("dialog")).to_have_count(0)
    desk_page.get_by_role("button", name="New password").click()
    desk_page.get_by_role("dialog").get_by_role("button", name="New password").click()
    expect(desk_page.get_by_text("has a new password")).to_be_visible()


def test_the_code_is_set_up_from_the_picture_and_asked_for(desk, desk_page):
    user = desk.user(f"nomsa{next(numbers)}")
    desk.sign_in(desk_page, user.username, "/desk/profile")
    is_sound(desk_page)
    desk_page.get_by_role("link", name="Set it up").click()
    picture = desk_page.get_by_role("img", name="QR code").locator("svg")
    box = picture.bounding_box()
    assert box["width"] == pytest.approx(box["height"], abs=1)
    assert box["width"] > 150
    is_sound(desk_page)
    secret = "".join(desk_page.locator(".mono").inner_text().split())
    desk_page.locator("#code").fill(totp_code(secret, step_at(datetime.now(UTC))))
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = desk_page.locator(".codes li").all_inner_texts()
    assert len(codes) == 8
    is_sound(desk_page)
    desk_page.get_by_role("link", name="I have kept them").click()
    desk_page.get_by_role("banner").get_by_text(user.name).click()
    desk_page.get_by_role("button", name="Sign out").first.click()
    desk_page.locator("#username").fill(user.username)
    desk_page.locator("#password").fill(PASSWORD)
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("heading", name="Your code")).to_be_visible()
    is_sound(desk_page)
    desk_page.locator("#code").fill(codes[0])
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("heading", name="Where to?")).to_be_visible()


def test_the_other_pages_are_sound(desk, desk_page, administrator):
    for path in (
        "/desk/",
        "/desk/administration/users",
        "/desk/administration/audit",
        "/desk/profile/password",
    ):
        desk_page.goto(f"{desk.address}{path}")
        is_sound(desk_page)
    desk_page.goto(f"{desk.address}/desk/nothing-here")
    expect(desk_page.get_by_role("heading", name="Not found")).to_be_visible()
    is_sound(desk_page)
    desk_page.faults[:] = [fault for fault in desk_page.faults if "404" not in fault]


def test_without_scripts_one_signs_in_and_works(desk, chromium):
    user = desk.user(f"lindiwe{next(numbers)}", "administrator")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    desk.sign_in(page, user.username)
    page.goto(f"{desk.address}/desk/administration/users")
    page.get_by_label("Name or e-mail").fill(user.username)
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_role("table")).to_contain_text(user.username)
    context.close()


def test_the_first_page_is_small(desk, chromium):
    user = desk.user(f"mandla{next(numbers)}", "administrator")
    context = chromium.new_context()
    page = context.new_page()
    sizes = []
    page.on("response", lambda answer: sizes.append(len(answer.body())) if answer.status == 200 else None)
    desk.sign_in(page, user.username)
    page.wait_for_load_state("networkidle")
    assert 10_000 < sum(sizes) < 100_000
    context.close()


def test_live_pages_end_with_their_session_and_do_not_hold_up_a_stop(desk, chromium):
    user = desk.user(f"vusi{next(numbers)}", "administrator")
    context = chromium.new_context()
    page = context.new_page()
    desk.sign_in(page, user.username)
    page.evaluate("""() => {
        window.heard = [];
        document.addEventListener('desk:changed', (event) => window.heard.push(event.detail.topic));
        const part = document.createElement('section');
        part.dataset.live = 'overview';
        document.querySelector('main').append(part);
    }""")

    def tell():
        with desk.transaction() as session:
            publish(session, "overview")
        return page.evaluate("window.heard.length > 0")

    until = time.monotonic() + 60
    while not tell() and time.monotonic() < until:
        page.wait_for_timeout(100)
    assert page.evaluate("window.heard[0]") == "overview"
    desk.stop()  # in order: it does not wait for open pages to be closed
    expect(page.get_by_text("No connection")).to_be_visible()
    desk.start()
    expect(page.get_by_text("No connection")).to_be_hidden()
    with desk.transaction() as session:
        end_sessions_of(session, user.id)
    page.wait_for_url(re.compile(r"/desk/sign-in\?next="))
    context.close()
