"""Telling every process, at once, that something changed: what open pages of the desk listen to.

Told only when the transaction commits (PostgreSQL's NOTIFY), and to whoever listens just then: it says 'look
again', and what is true stands in the tables.
"""

import json

from sqlalchemy import text
from sqlalchemy.orm import Session

CHANNEL = "phendula_live"
_MOST_BYTES = 7000  # of PostgreSQL's 8000


def publish(session: Session, topic: str, **small: str | int | float | bool | None) -> None:
    """Tell the topic ('chats', 'chat:<id>', 'overview'; desk/live.py lists them) at commit.

    `small` goes to every page that listens: ids, states and counts, never words or numbers of people. The
    same message twice in one transaction is told once.
    """
    message = json.dumps({"topic": topic, **small}, separators=(",", ":"))
    if len(message.encode()) > _MOST_BYTES:
        raise ValueError(f"a live message of {len(message)} characters: publish ids, not contents")
    session.execute(text("SELECT pg_notify(:channel, :message)"), {"channel": CHANNEL, "message": message})
