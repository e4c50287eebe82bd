"""Numbers shown or logged by their last four digits only."""

import re

_SHOWN = 4
_LONG_NUMBER = re.compile(r"(?<![A-Za-z0-9-])\+?[0-9](?:[ -]?[0-9]){6,}(?![A-Za-z0-9-])")


def mask_account(number: str) -> str:
    """'41006273' -> '..6273'; a number of four digits or fewer shows only the last one."""
    return ".." + (number[-_SHOWN:] if len(number) > _SHOWN else number[-1:])


def mask_phone(number: str) -> str:
    """'+27821234567' -> '+27..4567', '0821234567' -> '..4567'."""
    country = "+27" if number.startswith("+27") else ""
    return country + mask_account(number.removeprefix("+27"))


def mask_numbers(text: str) -> str:
    """The text with every number of seven or more digits masked, for logs; references keep their letters and
    stay.
    """
    return _LONG_NUMBER.sub(lambda match: mask_account(re.sub(r"[^0-9]", "", match[0])), text)
