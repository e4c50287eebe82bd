"""What a text costs as an SMS."""

from smsutil import split


def segments(text: str) -> int:
    """SMS segments of a text (smsutil has no answer for an empty one)."""
    return len(split(text).parts) if text else 0
