"""The phone page, as a person uses it on a small and on a large screen."""

import itertools

import pytest
from playwright.sync_api import expect

from tests.browser.axe import examined

pytestmark = pytest.mark.browser

people = itertools.count(27815550001)


def write(page, text):
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()


@pytest.fixture
def somebody(page):
    """The page with the number of a person who has not written before."""
    number = f"+{next(people)}"
    page.get_by_label("Phone number").fill(number)
    page.get_by_label("Phone number").press("Tab")
    return number


def test_a_report_is_answered_with_its_segments(page, somebody):
    write(page, "Awekho amanzi eSundumbili kusukela izolo")
    messages = page.get_by_role("log")
    expect(messages).to_contain_text("IDM-")
    expect(messages).to_contain_text("segment")


def test_each_channel_answers(page, somebody):
    for channel in ("WhatsApp", "SMS"):
        page.get_by_text(channel, exact=True).first.click()
        write(page, "Hello")
        expect(page.get_by_role("log").get_by_role("listitem").nth(1)).to_be_visible()


def test_nothing_is_wider_than_the_screen(page, somebody):
    write(page, "https://example.org/" + "a-very-long-word-without-any-space" * 8)
    expect(page.get_by_role("log").get_by_role("listitem").nth(1)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_what_people_write_is_no_markup(page, somebody):
    write(page, "<img src=x onerror=alert(1)> hello")
    expect(page.get_by_role("log")).to_contain_text("<img src=x onerror=alert(1)>")
    assert page.locator("#bubbles img[src='x']").count() == 0


def test_it_can_be_used_by_keyboard_alone(page, somebody):
    page.get_by_label("Message", exact=True).focus()
    page.keyboard.type("Hello")
    page.keyboard.press("Enter")
    expect(page.get_by_role("log").get_by_role("listitem").nth(1)).to_be_visible()


def test_it_is_accessible(page, somebody):
    write(page, "robots not working corner king shaka and hulett stanger")
    expect(page.get_by_role("log")).to_contain_text("KDM-")
    found = examined(page)
    assert found.violations_count == 0, found.generate_report()
