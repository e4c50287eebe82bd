"""What axe finds on a page by WCAG 2.2 AA, whose own rules it leaves out unless they are asked for."""

from axe_playwright_python.base import AxeResults
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def examined(page: Page) -> AxeResults:
    """The faults of the page as it is now."""
    return Axe().run(page, options={"runOnly": RULES})
