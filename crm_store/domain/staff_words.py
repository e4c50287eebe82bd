"""What staff read about a case: one line for the desk and a telephone, a few for an e-mail.

Colleagues are written to in English; nothing here goes to a citizen.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AboutCase:
    """What may be said of the case; of a confidential one only its reference."""

    reference: str
    case_class: str
    category: str
    where: str
    confidential: bool


def line(kind: str, data: Mapping[str, Any], case: AboutCase | None) -> str:
    """The notice in one line of at most 160 characters."""
    said = _SAID.get(kind, "Please look at this case.").format_map(_Known(data))
    if case is None:
        return said[:160]
    what = "confidential" if case.confidential else f"{case.case_class}, {case.category}, {case.where}"
    return f"{case.reference} ({what}): {said}"[:160]


def mail(kind: str, data: Mapping[str, Any], case: AboutCase | None) -> tuple[str, str]:
    """Subject and body of the e-mail. What citizens wrote stays out of it: mail is read on many screens."""
    told = line(kind, data, case)
    command = f"\n\nphendula case show {case.reference}" if case and not case.confidential else ""
    return f"Phendula: {told}", f"{told}{command}\n\nThis e-mail comes from Phendula by itself."


class _Known(dict[str, Any]):
    def __missing__(self, key: str) -> str:
        return "-"


_SAID = {
    "assigned": "was given to you.",
    "answered": "the citizen answered; the clock runs again.",
    "escalation": "{percent} % of its time is used; due {due_at}.",
    "file_added": "the person sent a file.",
    "follow_up": "ask {body} how far it is.",
    "ping_pong": "came back again and again: decide where it stays.",
    "referral": "was referred to your department: accept or decline it.",
    "referral_declined": "came back: the referral was declined.",
    "chat_given": "{by} gave you a chat.",
    "chat_moved": "{by} passed a chat on to your team.",
    "chat_returned": "a chat came back: {by} did not write and the person waits.",
    "chat_unclaimed": "nobody has taken a chat that waits.",
    "early_warning": "{category} in {area}: {observed} people today, usually {usual}.",
    "incident_overdue": "incident {incident} is past the end that was told: end it or say a new one.",
    "compliment": "praise for {praised}: please pass it on.",
}
