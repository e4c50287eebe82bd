"""Telling every process, at once, that something changed: what open pages of the desk listen to.

Told only when the transaction commits (PostgreSQL's NOTIFY), and to whoever listens just then: it says 'look
again', and what is true stands in the tables.
"""

import json

from sqlalchemy import text
from sqlalchemy.orm import Session

CHANNEL = "phendula_live"
_MOST_BYTES = 7000  # of PostgreSQL's 8000


def publish(session: Session, *topics: str, **small: str | int | float | bool | None) -> None:
    """Tell the topics ('chats', 'chat:<id>', 'overview'; desk/live.py lists them) at commit.

    `small` goes to every page that listens: ids, states and counts, never words or numbers of people. The
    same message twice in one transaction is told once.
    """
    messages = {
        f"message_{number}": json.dumps({"topic": topic, **small}, separators=(",", ":"))
        for number, topic in enumerate(topics)
    }
    longest = max(len(message.encode()) for message in messages.values())
    if longest > _MOST_BYTES:
        raise ValueError(f"a live message of {longest} bytes: publish ids, not contents")
    calls = ", ".join(f"pg_notify(:channel, :{name})" for name in messages)
    session.execute(text(f"SELECT {calls}"), {"channel": CHANNEL, **messages})
