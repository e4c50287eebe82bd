"""Whatever is killed in the middle of a burst: nothing accepted is lost, and nothing is done twice."""

import threading
import time
from collections import Counter

import pytest

from tests.processes.running import RunningSystem, wait_until

pytestmark = pytest.mark.processes

REPORTS = (
    "Awekho amanzi eSundumbili kusukela izolo",
    "robots not working corner king shaka and hulett stanger",
    "streetlights are off in Nkobongo since Monday",
)
SENDERS = [f"+2782990{number:04d}" for number in range(8)]
#: What is killed, and after how many seconds of the burst.
KILLS = (("worker", 0.6), ("engine", 1.2), ("actions", 2.5), ("web", 3.2), ("worker", 6.0))


class Provider(threading.Thread):
    """One sender's messages, posted as Twilio does: signed, in order, each again until it is acknowledged."""

    def __init__(self, system: RunningSystem, sender: str) -> None:
        super().__init__()
        self.system = system
        self.forms = [system.twilio_form(sender, text) for text in REPORTS]
        self.acknowledged: list[str] = []

    def run(self) -> None:
        for form in self.forms:
            if self.system.post_until_acknowledged(form):
                self.acknowledged.append(form["MessageSid"])
            time.sleep(1.0)


def kill_in_the_middle(system: RunningSystem) -> None:
    began = time.monotonic()
    for name, after_seconds in KILLS:
        time.sleep(max(0.0, began + after_seconds - time.monotonic()))
        wait_until(f"{name} to run", lambda name=name: runs(system, name), 60, system.tail)
        system.kill(name)


def runs(system: RunningSystem, name: str) -> bool:
    try:
        system.process_named(name)
    except AssertionError:
        return False
    return True


@pytest.fixture(scope="module")
def burst(running_system):
    """The burst with its kills, over and everything answered; the acknowledged message ids."""
    providers = [Provider(running_system, sender) for sender in SENDERS]
    for provider in providers:
        provider.start()
    kill_in_the_middle(running_system)
    for provider in providers:
        provider.join()
    running_system.wait_until_ready()
    running_system.wait_until_quiet(within_seconds=240)
    return [sid for provider in providers for sid in provider.acknowledged]


def stored(system: RunningSystem, query: str):
    return system.rows(query, SENDERS)


def test_everything_was_acknowledged_in_the_end(burst):
    assert len(burst) == len(SENDERS) * len(REPORTS)


def test_every_acknowledged_message_is_stored_and_handled_once(running_system, burst):
    rows = stored(
        running_system,
        "SELECT m.provider_id, m.status FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " JOIN addresses a ON a.id = c.address_id WHERE a.address = ANY(%s) AND m.direction = 'in'",
    )
    assert sorted(row["provider_id"] for row in rows) == sorted(burst)
    assert {row["status"] for row in rows} == {"handled"}


def test_one_case_per_report(running_system, burst):
    rows = stored(
        running_system,
        "SELECT m.provider_id, count(k.id) AS cases FROM messages m"
        " JOIN conversations c ON c.id = m.conversation_id"
        " JOIN addresses a ON a.id = c.address_id LEFT JOIN cases k ON k.source_message_id = m.id"
        " WHERE a.address = ANY(%s) AND m.direction = 'in' GROUP BY 1",
    )
    assert Counter(row["cases"] for row in rows) == {1: len(burst)}


def test_one_set_of_replies_per_message(running_system, burst):
    rows = stored(
        running_system,
        "SELECT r.reply_to, r.position, r.response_key FROM messages r"
        " JOIN conversations c ON c.id = r.conversation_id"
        " JOIN addresses a ON a.id = c.address_id WHERE a.address = ANY(%s) AND r.direction = 'out'",
    )
    # What we say unasked (a known trouble, an offer) answers no message.
    answered = {row["reply_to"] for row in rows if row["reply_to"] is not None}
    assert len(answered) == len(burst)
    repeated = [
        key
        for key, count in Counter((r["reply_to"], r["response_key"]) for r in rows if r["reply_to"]).items()
        if count > 1
    ]
    assert repeated == []


def test_every_reply_reached_the_provider_once(running_system, burst):
    rows = stored(
        running_system,
        "SELECT a.address, r.body, r.status FROM messages r JOIN conversations c ON c.id = r.conversation_id"
        " JOIN addresses a ON a.id = c.address_id WHERE a.address = ANY(%s) AND r.direction = 'out'",
    )
    assert {row["status"] for row in rows} <= {"sent", "delivered"}
    expected = Counter((row["address"], row["body"]) for row in rows)
    taken = Counter(
        (message["to"], message["body"])
        for message in running_system.sent_by_twilio()
        if message["to"] in SENDERS
    )
    assert taken == expected
