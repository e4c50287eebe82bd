"""The status of a message on its way out: receipts come in any order, and none moves it backwards."""

from typing import Literal, get_args

OutStatus = Literal["stored", "sending", "sent", "undelivered", "failed", "suppressed", "delivered", "read"]

# A message that arrived or was read has done so, whatever was reported before. Equal ranks: the first one
# stays.
_RANK: dict[str, int] = {
    "stored": 0,
    "sending": 1,
    "sent": 2,
    "undelivered": 3,
    "failed": 3,
    "delivered": 4,
    "read": 5,
    "suppressed": 6,
}
# The providers' words for it (Twilio's MessageStatus).
_MEANS: dict[str, OutStatus] = {
    "accepted": "sending",
    "scheduled": "sending",
    "queued": "sending",
    "canceled": "failed",
}


def read_status(provider_status: str) -> OutStatus | None:
    """A provider's status in our words; None for one we do not know (it is then not recorded)."""
    word = provider_status.strip().casefold()
    if word in _MEANS:
        return _MEANS[word]
    return next((status for status in get_args(OutStatus) if status == word), None)


def later_status(current: OutStatus, new: OutStatus) -> OutStatus:
    """The further of the two. A suppressed message was never sent; only an unsent one can become
    suppressed.
    """
    if new == "suppressed":
        return new if current in ("stored", "sending") else current
    return new if _RANK[new] > _RANK[current] else current


def earlier_statuses(new: OutStatus) -> frozenset[OutStatus]:
    """Those that a report of the new one moves forward."""
    return frozenset(
        status for status in get_args(OutStatus) if status != new and later_status(status, new) == new
    )


def is_final(status: OutStatus) -> bool:
    """True when nothing more is to be done for the message."""
    return _RANK[status] >= _RANK["failed"]
