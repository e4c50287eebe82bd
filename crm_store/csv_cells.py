"""Cells of a CSV file that spreadsheets open."""

from typing import Any


def cell(value: Any) -> Any:
    """The value; what a spreadsheet would run as a formula (a leading = + - @) gets an apostrophe before it.

    What citizens write lands in spreadsheets. Numbers stay numbers.
    """
    if (
        isinstance(value, str)
        and value[:1] in "=+-@\t\r"
        and not value.lstrip("+-").replace(".", "", 1).isdigit()
    ):
        return "'" + value
    return value
