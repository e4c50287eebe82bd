"""What a trainer does on the desk's pages of models: train, compare, publish, put back."""

import re

from playwright.sync_api import Page, expect

MODELS = "/desk/training/models"
#: A training takes under a minute of a machine of its own; here five other processes want the same two cores.
TRAINED_WITHIN = 600_000


def train(page: Page, desk: str, note: str) -> int:
    """Press 'Train', see it go on, and open what came of it; returns the new model's number."""
    page.goto(desk + MODELS)
    page.get_by_label("What is new in it").fill(note)
    page.get_by_role("button", name="Train").click()
    expect(page.locator("progress")).to_be_visible(timeout=60_000)
    expect(page.locator("#job-step")).to_contain_text("Learning", timeout=TRAINED_WITHIN)
    expect(page.locator("#job-step")).to_contain_text("Measuring", timeout=TRAINED_WITHIN)
    done = page.get_by_role("link", name=re.compile(r"See how model \d+ compares"))
    # Its line comes by itself: nobody has loaded the page again.
    expect(done).to_be_visible(timeout=TRAINED_WITHIN)
    number = int(re.findall(r"\d+", done.inner_text())[0])
    done.click()
    page.wait_for_url(f"**{MODELS}/{number}")
    return number


def right(page: Page, asked: str) -> tuple[int, float, float]:
    """Of the held-out messages: how many there are, and what share was right before and is right now."""
    table = page.locator("table.compared").first
    row = table.locator("tr", has=page.get_by_role("cell", name=asked, exact=True))
    cells = row.get_by_role("cell").all_inner_texts()
    return int(cells[1]), percent(cells[2]), percent(cells[3])


def percent(cell: str) -> float:
    """72.8 of '72.8 %'."""
    return float(cell.removesuffix(" %"))


def rows_of(page: Page, summary: str) -> dict[str, list[str]]:
    """A table that lies folded under its name: its rows by their first cell."""
    page.get_by_text(summary, exact=True).first.click()
    table = page.locator("details[open] table").first
    rows = [row.get_by_role("cell").all_inner_texts() for row in table.locator("tbody tr").all()]
    return {cells[0]: cells[1:] for cells in rows}


def changed(page: Page, how: str) -> list[str]:
    """The live messages that got 'better' or 'worse', as they are shown."""
    shown = page.locator("li", has=page.locator(".badge", has_text=re.compile(f"^{how}$")))
    return shown.locator(".said").all_inner_texts()


def publish(page: Page, why: str, override: str = "") -> None:
    """Say why and press 'Put into service'."""
    page.get_by_label("Why", exact=True).fill(why)
    if override:
        page.get_by_label("Why although the gate is closed").fill(override)
    page.get_by_role("button", name="Put into service").click()


def is_served(page: Page, number: int) -> None:
    """The page says that the model is in service and that the engine has it, without being loaded again."""
    expect(page.locator(".figure", has_text=re.compile(rf"^Model {number}$"))).to_be_visible()
    expect(page.get_by_text("has it", exact=True)).to_be_visible(timeout=60_000)


def put_back(page: Page, why: str) -> None:
    """Press 'Put it back now'."""
    page.get_by_text("Put an earlier model back").click()
    page.locator("#back-reason").fill(why)
    page.get_by_role("button", name="Put it back now").click()
