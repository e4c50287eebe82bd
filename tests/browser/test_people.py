"""The counter, a person's page and the public form in Chromium: by keyboard, at two widths, with axe."""

import itertools
from datetime import UTC, datetime

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from crm_store.services.citizen_records import rename_citizen
from crm_store.services.conversations import citizen_of
from crm_store.tables import Case
from tests.browser.axe import examined
from tests.store.people import writes

pytestmark = pytest.mark.browser

numbers = itertools.count(1)


@pytest.fixture
def clerk(desk, desk_page):
    """A clerk who is signed in."""
    user = desk.user(f"nomusa{next(numbers)}", "supervisor")
    desk.sign_in(desk_page, user.username)
    return user


@pytest.fixture
def thandi(desk):
    """Somebody who has written before: number and record."""
    number = f"+2782765{next(numbers):04}"
    with desk.transaction() as session:
        citizen_id = citizen_of(session, writes(session, address=number).conversation_id)
        rename_citizen(session, citizen_id, f"Thandi {number[-4:]}", "agent:console", datetime.now(UTC))
    return number, citizen_id


def is_sound(page):
    """No fault of accessibility, and nothing wider than the screen."""
    found = examined(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), page.url


def newest_case(desk):
    with desk.transaction() as session:
        return session.scalars(select(Case).order_by(Case.id.desc()).limit(1)).one()


def test_a_case_is_captured_by_keyboard_alone_and_then_the_next(desk, desk_page, clerk, thandi):
    number, citizen_id = thandi
    desk_page.goto(f"{desk.address}/desk/capture")
    is_sound(desk_page)
    keys = desk_page.keyboard
    keys.type(number.replace("+27", "0"))  # the number has the focus
    known = desk_page.get_by_role("radio", name=f"Thandi {number[-4:]}")
    expect(known).to_be_checked()
    is_sound(desk_page)
    desk_page.get_by_label("What is it about?").focus()
    keys.type("pothole")
    keys.press("Tab")
    keys.type("eSundumbili, near the clinic")
    keys.press("Tab")
    keys.type("A deep hole")
    keys.press("Control+Enter")
    expect(desk_page.get_by_role("link", name="Next person")).to_be_focused()
    case = newest_case(desk)
    assert (case.citizen_id, case.category, case.place) == (citizen_id, "roads", "Sundumbili")
    expect(desk_page.get_by_text(case.reference)).to_be_visible()
    is_sound(desk_page)
    keys.press("Enter")
    expect(desk_page.get_by_label("Cell number")).to_be_focused()


def test_few_presses_are_needed(desk, desk_page, clerk):
    """From an empty form to the slip: number, matter, place, words, and one key for each step between."""
    desk_page.goto(f"{desk.address}/desk/capture")
    keys = desk_page.keyboard
    for step in (f"082765{next(numbers):04}", "Tab", "Tab", "pothole", "Tab", "Mandeni", "Tab", "Umgodi"):
        (keys.press if step == "Tab" else keys.type)(step)
    keys.press("Control+Enter")
    expect(desk_page.get_by_role("link", name="Next person")).to_be_focused()


def test_what_is_missing_gets_the_focus(desk, desk_page, clerk):
    desk_page.goto(f"{desk.address}/desk/capture")
    desk_page.get_by_label("What is it about?").fill("toilet")
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_label("What is it about?")).to_be_focused()
    is_sound(desk_page)
    desk_page.get_by_role("button", name="sewers and toilets: report a problem").click()
    expect(desk_page.get_by_label("Where")).to_be_focused()
    is_sound(desk_page)
    desk_page.faults[:] = [fault for fault in desk_page.faults if "422" not in fault]


def test_a_bill_opens_its_fields(desk, desk_page, clerk):
    desk_page.goto(f"{desk.address}/desk/capture")
    about = desk_page.get_by_label("What is it about?")
    about.fill("accounts and payments: dispute a bill")
    about.press("Tab")
    expect(desk_page.get_by_label("Amount in rand")).to_be_visible()
    is_sound(desk_page)


@pytest.mark.parametrize("language", ["en", "zu"])
def test_the_slip_is_sound_in_the_persons_language(desk, desk_page, clerk, language):
    desk_page.goto(f"{desk.address}/desk/capture")
    desk_page.get_by_label("What is it about?").fill("pothole")
    desk_page.get_by_label("Where").fill("Mandeni")
    desk_page.get_by_label("In their words").fill("A deep hole")
    desk_page.get_by_label("Speaks").select_option(language)
    desk_page.keyboard.press("Control+Enter")
    expect(desk_page.get_by_role("link", name="Next person")).to_be_focused()
    stored = desk_page.url
    is_sound(desk_page)
    for paper in ("80", "a4"):
        desk_page.goto(f"{stored}/slip?paper={paper}")
        expect(desk_page.locator("html")).to_have_attribute("lang", language)
        expect(desk_page.get_by_text(newest_case(desk).reference)).to_be_visible()
        is_sound(desk_page)


@pytest.mark.parametrize("language", ["en", "zu"])
def test_the_pages_of_people_are_sound(desk, desk_page, thandi, language):
    user = desk.user(f"nomusa{next(numbers)}", "supervisor", language=language)
    desk.sign_in(desk_page, user.username)
    number, citizen_id = thandi
    here = f"/desk/citizens/{citizen_id}"
    paths = ("/desk/citizens", f"/desk/citizens?q={number[1:]}", here, f"{here}/merge", f"{here}/erase")
    for path in (*paths, "/desk/capture/reading"):
        desk_page.goto(f"{desk.address}{path}")
        is_sound(desk_page)


def test_a_name_is_corrected_by_keyboard(desk, desk_page, clerk, thandi):
    _number, citizen_id = thandi
    desk_page.goto(f"{desk.address}/desk/citizens/{citizen_id}")
    desk_page.get_by_label("Name").fill("Thandeka Mkhize")
    desk_page.keyboard.press("Enter")
    expect(desk_page.get_by_role("heading", name="Thandeka Mkhize")).to_be_visible()


@pytest.mark.parametrize("language", ["en", "zu"])
def test_the_public_form_is_sound_and_makes_a_case(desk, desk_page, language):
    desk_page.goto(f"{desk.address}/report?lang={language}")
    is_sound(desk_page)
    desk_page.locator("#find").fill("umgodi")
    desk_page.keyboard.press("Enter")
    desk_page.locator(".matters a").first.click()
    is_sound(desk_page)
    desk_page.locator("button.primary").click()
    expect(desk_page.locator("#place-fault")).to_be_visible()
    is_sound(desk_page)
    desk_page.locator("#description").fill("Umgodi omkhulu")
    desk_page.locator("#place").fill("Mandeni")
    desk_page.locator("button.primary").click()
    expect(desk_page.locator("dd.reference").first).to_have_text(newest_case(desk).reference)
    is_sound(desk_page)
    desk_page.goto(f"{desk.address}/report/status?lang={language}")
    is_sound(desk_page)
    desk_page.faults[:] = [fault for fault in desk_page.faults if "422" not in fault]


@pytest.mark.parametrize("language", ["English", "IsiZulu"])
def test_a_kiosks_confirmation_is_sound_and_gives_way_to_the_next(desk, desk_page, language):
    desk_page.clock.install()
    desk_page.goto(f"{desk.address}/report?kiosk=1")
    desk_page.get_by_role("link", name=language).click()
    is_sound(desk_page)
    desk_page.locator("#find").fill("umgodi")
    desk_page.keyboard.press("Enter")
    desk_page.locator(".matters a").first.click()
    is_sound(desk_page)
    desk_page.locator("#description").fill("Umgodi omkhulu")
    desk_page.locator("#place").fill("Mandeni")
    desk_page.locator("button.primary").click()
    expect(desk_page.locator("dd.reference").first).to_have_text(newest_case(desk).reference)
    is_sound(desk_page)
    desk_page.clock.fast_forward(46_000)
    expect(desk_page.get_by_role("dialog")).to_be_visible()
    is_sound(desk_page)
    desk_page.clock.fast_forward(16_000)
    desk_page.wait_for_url(f"{desk.address}/report?kiosk=1")


def test_a_kiosk_starts_anew_by_itself(desk, desk_page):
    desk_page.clock.install()
    desk_page.goto(f"{desk.address}/report?kiosk=1")
    is_sound(desk_page)
    desk_page.get_by_role("link", name="IsiZulu").click()
    desk_page.locator(".matters a").first.click()
    desk_page.locator("#description").fill("okuyimfihlo")
    desk_page.clock.fast_forward(46_000)
    expect(desk_page.get_by_role("dialog")).to_be_visible()
    desk_page.clock.fast_forward(16_000)
    desk_page.wait_for_url(f"{desk.address}/report?kiosk=1")
    expect(desk_page.get_by_role("link", name="English")).to_be_visible()
