"""People who write while something is done to the product; afterwards each message has its answer, once."""

import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.processes.running import RunningSystem, wait_until

SENDERS = [f"+2782770{number:04d}" for number in range(6)]
TEXTS = (
    "Awekho amanzi eSundumbili kusukela izolo",
    "streetlights are off in Nkobongo since Monday",
    "I-robot ayisebenzi e-Stanger corner Hulett",
)


class Writer(threading.Thread):
    """One person who writes on and on, each message posted as Twilio does until it is acknowledged."""

    def __init__(
        self, system: RunningSystem, sender: str, stop: threading.Event, texts: Sequence[str]
    ) -> None:
        super().__init__()
        self.system, self.sender, self.stop, self.texts = system, sender, stop, texts
        self.acknowledged: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            text = self.texts[len(self.acknowledged) % len(self.texts)]
            form = self.system.twilio_form(self.sender, text)
            if self.system.post_until_acknowledged(form):
                self.acknowledged.append(form["MessageSid"])
            time.sleep(0.5)


@contextmanager
def people_writing(system: RunningSystem, texts: Sequence[str] = TEXTS) -> Iterator[list[Writer]]:
    """Six people write; at the end each message must have been answered once and each answer sent once."""
    stop = threading.Event()
    writers = [
        Writer(system, sender, stop, [*texts[number:], *texts[:number]])
        for number, sender in enumerate(SENDERS)
    ]
    for writer in writers:
        writer.start()
    try:
        yield writers
    finally:
        stop.set()
        for writer in writers:
            writer.join(90)
    system.wait_until_quiet(180)
    nothing_lost_or_doubled(system, [sid for writer in writers for sid in writer.acknowledged])


def nothing_lost_or_doubled(system: RunningSystem, sids: list[str]) -> None:
    """Every message is handled once, has its replies, and each reply left once."""
    handled = system.rows(
        "SELECT m.provider_id, m.status, count(r.id) AS replies, count(DISTINCT r.position) AS places"
        " FROM messages m LEFT JOIN messages r ON r.reply_to = m.id"
        " WHERE m.direction = 'in' AND m.provider_id = ANY(%s) GROUP BY 1, 2",
        sids,
    )
    assert len(handled) == len(sids), "a message was lost"
    assert {row["status"] for row in handled} == {"handled"}
    assert all(0 < row["replies"] == row["places"] for row in handled), "a reply is missing or doubled"
    sent = [message["to"] for message in system.sent_by_twilio() if message["to"] in SENDERS]
    stored = system.rows(
        "SELECT a.address FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " JOIN addresses a ON a.id = c.address_id WHERE m.direction = 'out' AND a.address = ANY(%s)",
        SENDERS,
    )
    assert Counter(sent) == Counter(row["address"] for row in stored), "a reply went out twice, or not at all"


def write_a_while(people: Sequence[Writer], messages: int) -> None:
    """Until each person has written so many more."""
    goals = [len(writer.acknowledged) + messages for writer in people]
    wait_until(
        "people to write",
        lambda: all(len(one.acknowledged) >= goal for one, goal in zip(people, goals, strict=True)),
        60,
    )
