"""Takes the pictures of docs/pictures from a running Phendula in sandbox: `make pictures`.

Needs Debian's chromium. The address may be given: `python scripts/pictures.py http://localhost:8000`. For the
desk it adds a user and lets them in no more afterwards; the database is that of the settings.
"""

import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
PICTURES = ROOT / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
DESKTOP, SMALL = (1280, 800), (360, 740)
CHATS = {
    "phone-desktop": (DESKTOP, ("Akukho gesi kusukela ekuseni", "eNkobongo", "isimo")),
    "phone-small": (SMALL, ("the street lights are off in Shakaville", "what is my status")),
}
#: Written from other numbers, so that the desk has something to show.
MORE = (
    ("Amanzi ayavuza epayipini eduze kwesikole eGroutville", "umuntu"),
    ("my bill is wrong acc 41006273, R4560 for july", "we were away the whole month"),
    ("izibi azikathuthwa amasonto amabili eMandeni",),
    ("halala thabo wase ballito wasiza ngokushesha",),
    ("ifence yasemangcwabeni iwile izinkomo ziyangena manje bandla",),
)
DESK = {
    "desk-overview": (DESKTOP, "/desk/overview"),
    "desk-cases": (DESKTOP, "/desk/cases"),
    "desk-chats-small": (SMALL, "/desk/chats"),
    "training-inbox": (DESKTOP, "/desk/training/inbox"),
}


def write(page: Page, text: str) -> None:
    """Sends a message and waits for its answer."""
    shown = page.get_by_role("log").get_by_role("listitem")
    before = shown.count()
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()
    expect(shown.nth(before + 1)).to_be_visible(timeout=30_000)
    page.wait_for_timeout(2500)


def chat(browser: Browser, address: str, size: tuple[int, int], number: str, texts: tuple[str, ...]) -> Page:
    """The phone page after the chat."""
    page = browser.new_page(viewport={"width": size[0], "height": size[1]})
    page.goto(f"{address}/phone")
    page.get_by_label("Phone number").fill(number)
    page.get_by_label("Phone number").press("Tab")
    for text in texts:
        write(page, text)
    return page


def keep(page: Page, name: str) -> None:
    """Writes the picture."""
    page.screenshot(path=PICTURES / f"{name}.png")
    print(f"docs/pictures/{name}.png")


def phendula(*arguments: str) -> str:
    """A command of the product."""
    done = subprocess.run(
        [sys.executable, "-m", "phendula", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout


@contextmanager
def user() -> Iterator[tuple[str, str]]:
    """The name and first password of somebody who may open every page, for as long as the pictures take."""
    name = f"pictures{secrets.randbelow(10_000)}"
    told = phendula("user", "add", name, "--role", "administrator", "--name", "Zanele Dube")
    try:
        yield name, re.search(r"^\s*((?:\w{5}-)+\w{5})$", told, re.MULTILINE)[1]  # type: ignore[index]
    finally:
        phendula("user", "deactivate", name)


def sign_in(page: Page, address: str, name: str, password: str) -> None:
    """Signs in, and chooses the password of one's own that is asked for at first."""
    own = f"izinkomo-zidla-utshani-{secrets.token_hex(4)}"
    page.goto(f"{address}/desk/sign-in")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", password)
    page.press("input[name=password]", "Enter")
    page.wait_for_url("**/password")
    fields = page.locator("main input[type=password]")
    for number in range(fields.count()):
        fields.nth(number).fill(password if fields.count() == 3 and number == 0 else own)
    fields.last.press("Enter")
    page.wait_for_url(re.compile(r"/desk/(?!profile)"))


def main() -> None:
    """Writes every picture."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Debian's chromium is not installed: apt-get install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for number, (name, (size, texts)) in enumerate(CHATS.items()):
            keep(chat(browser, address, size, f"+2782555010{number}", texts), name)
        for number, texts in enumerate(MORE):
            chat(browser, address, DESKTOP, f"+2782555020{number}", texts).close()
        phendula("sweep")
        with user() as (name, password):
            context = browser.new_context()
            page = context.new_page()
            sign_in(page, address, name, password)
            for picture, (size, path) in DESK.items():
                page.set_viewport_size({"width": size[0], "height": size[1]})
                page.goto(address + path)
                page.wait_for_timeout(500)
                keep(page, picture)
            page.set_viewport_size({"width": DESKTOP[0], "height": DESKTOP[1]})
            page.goto(f"{address}/desk/chats")
            page.locator('a[href^="/desk/chats/"]').first.click()
            page.wait_for_timeout(500)
            keep(page, "desk-chat")
            context.close()
        browser.close()


if __name__ == "__main__":
    main()
