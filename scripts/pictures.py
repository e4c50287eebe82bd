"""Takes the pictures of docs/pictures from a running Phendula in sandbox: `make pictures`.

Needs Debian's chromium. The address may be given: `python scripts/pictures.py http://localhost:8000`.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

PICTURES = Path(__file__).resolve().parent.parent / "docs" / "pictures"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
SIZES = {"phone-desktop": (1280, 800), "phone-small": (360, 740)}
CHATS = {
    "phone-desktop": ("Akukho gesi kusukela ekuseni", "eNkobongo", "isimo"),
    "phone-small": ("the street lights are off in Shakaville", "what is my status"),
}


def write(page: Page, text: str) -> None:
    """Sends a message and waits for its answer."""
    shown = page.get_by_role("log").get_by_role("listitem")
    before = shown.count()
    page.get_by_label("Message", exact=True).fill(text)
    page.get_by_role("button", name="Send").click()
    expect(shown.nth(before + 1)).to_be_visible(timeout=30_000)
    page.wait_for_timeout(2500)


def main() -> None:
    """Writes one picture a size."""
    address = sys.argv[1] if len(sys.argv) > 1 else "http://localhost:8000"
    chromium = shutil.which("chromium")
    if chromium is None:
        sys.exit("Debian's chromium is not installed: apt-get install chromium")
    PICTURES.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        for number, (name, (width, height)) in enumerate(SIZES.items()):
            page = browser.new_page(viewport={"width": width, "height": height})
            page.goto(f"{address}/phone")
            page.get_by_label("Phone number").fill(f"+2782555010{number}")
            page.get_by_label("Phone number").press("Tab")
            for text in CHATS[name]:
                write(page, text)
            page.screenshot(path=PICTURES / f"{name}.png")
            print(f"docs/pictures/{name}.png")
        browser.close()


if __name__ == "__main__":
    main()
