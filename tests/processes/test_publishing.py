"""A model is published and put back over the real processes while people write: nothing lost or doubled.

The candidate learns a small slice of the examples, so that training takes seconds.
"""

import re
import threading
import time
from collections import Counter
from pathlib import Path

import httpx
import pytest

from phendula.places import ROOT
from tests.processes.running import RunningSystem, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(1500)]

SENDERS = [f"+2782770{number:04d}" for number in range(6)]
TEXTS = (
    "Awekho amanzi eSundumbili kusukela izolo",
    "streetlights are off in Nkobongo since Monday",
    "I-robot ayisebenzi e-Stanger corner Hulett",
)
#: Of the examples of a block every so many is learnt.
EVERY = 4


def slice_of_examples(folder: Path) -> Path:
    """The files of examples with a part of their lines."""
    folder.mkdir()
    for path in (ROOT / "nlu_data").glob("*.yml"):
        kept, seen = [], 0
        for line in path.read_text(encoding="utf-8").splitlines(keepends=True):
            if re.match(r"    - ", line):
                seen += 1
                if seen % EVERY != 1:
                    continue
            kept.append(line)
        (folder / path.name).write_text("".join(kept), encoding="utf-8")
    return folder


@pytest.fixture(scope="module")
def candidate(running_system: RunningSystem, tmp_path_factory) -> int:
    """The number of a model trained on a slice and measured, by the command that trainers use."""
    folder = slice_of_examples(tmp_path_factory.mktemp("slice") / "examples")
    done = running_system.command(
        "nlu", "train", "--examples", str(folder), "--note", "a slice", within_seconds=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The gate is closed." in done.stdout
    return int(re.search(r"^Model (\d+)\.", done.stdout, re.MULTILINE)[1])


class Writer(threading.Thread):
    """One person who writes on and on, each message posted as Twilio does until it is acknowledged."""

    def __init__(self, system: RunningSystem, sender: str, stop: threading.Event) -> None:
        super().__init__()
        self.system, self.sender, self.stop = system, sender, stop
        self.acknowledged: list[str] = []

    def run(self) -> None:
        while not self.stop.is_set():
            text = TEXTS[len(self.acknowledged) % len(TEXTS)]
            form = self.system.twilio_form(self.sender, text)
            for _ in range(200):
                try:
                    if self.system.post_twilio(form).status_code == httpx.codes.OK:
                        self.acknowledged.append(form["MessageSid"])
                        break
                except httpx.HTTPError:
                    pass  # the web process is down: Twilio tries again too
                time.sleep(0.3)
            time.sleep(0.5)


@pytest.fixture
def people(running_system):
    """Six people who write until the test is over; afterwards each message has its answer, once."""
    stop = threading.Event()
    writers = [Writer(running_system, sender, stop) for sender in SENDERS]
    for writer in writers:
        writer.start()
    yield writers
    stop.set()
    for writer in writers:
        writer.join(90)
    running_system.wait_until_quiet(180)
    sids = [sid for writer in writers for sid in writer.acknowledged]
    handled = running_system.rows(
        "SELECT m.provider_id, m.status, count(r.id) AS replies, count(DISTINCT r.position) AS places"
        " FROM messages m LEFT JOIN messages r ON r.reply_to = m.id"
        " WHERE m.direction = 'in' AND m.provider_id = ANY(%s) GROUP BY 1, 2",
        sids,
    )
    assert len(handled) == len(sids), "a message was lost"
    assert {row["status"] for row in handled} == {"handled"}
    assert all(0 < row["replies"] == row["places"] for row in handled), "a reply is missing or doubled"
    sent = [message["to"] for message in running_system.sent_by_twilio() if message["to"] in SENDERS]
    stored = running_system.rows(
        "SELECT a.address FROM messages m JOIN conversations c ON c.id = m.conversation_id"
        " JOIN addresses a ON a.id = c.address_id WHERE m.direction = 'out' AND a.address = ANY(%s)",
        SENDERS,
    )
    assert Counter(sent) == Counter(row["address"] for row in stored), "a reply went out twice, or not at all"


def served(system: RunningSystem) -> str:
    """The file that the engine serves."""
    return str(httpx.get(f"{system.engine}/status", timeout=10, trust_env=False).json()["model_file"])


def name_of(system: RunningSystem, number: int) -> str:
    return system.rows("SELECT name FROM models WHERE id = %s", number)[0]["name"]


def write_a_while(people, messages: int) -> None:
    """Until each person has written so many more."""
    goals = [len(writer.acknowledged) + messages for writer in people]
    wait_until(
        "people to write",
        lambda: all(len(one.acknowledged) >= goal for one, goal in zip(people, goals, strict=True)),
        60,
    )


def test_published_and_put_back_while_people_write(running_system, candidate, people):
    write_a_while(people, 2)
    refused = running_system.command("nlu", "publish", str(candidate), "--why", "a trial")
    assert refused.returncode == 1
    assert "The gate is closed" in refused.stderr
    override = ("--override", "a trial of hot publication")
    for _ in range(2):
        done = running_system.command("nlu", "publish", str(candidate), "--why", "a trial", *override)
        assert "serves it" in done.stdout, done.stdout + done.stderr
        assert served(running_system).endswith(name_of(running_system, candidate))
        write_a_while(people, 2)
        back = running_system.command("nlu", "rollback", "--why", "the trial is over")
        assert "serves it" in back.stdout, back.stdout + back.stderr
        assert not served(running_system).endswith(name_of(running_system, candidate))
        write_a_while(people, 1)
    assert "trial of hot publication" in running_system.command("nlu", "history").stdout


@pytest.fixture(scope="module")
def twin(running_system: RunningSystem) -> int:
    """The number of a second model that understands what the one in service does."""
    (row,) = running_system.rows(
        "INSERT INTO models (name, frame, data_version, examples, origin, size, sha256)"
        " SELECT 'phendula-20990101000000-twin.tar.gz', frame, data_version, examples, 'trained', size,"
        " sha256 FROM models ORDER BY id LIMIT 1 RETURNING id"
    )
    running_system.rows(
        "INSERT INTO model_files SELECT %s, content FROM model_files ORDER BY model_id LIMIT 1"
        " RETURNING model_id",
        row["id"],
    )
    return int(row["id"])


def test_the_supervisor_killed_right_after_a_publication(running_system, twin, people):
    write_a_while(people, 1)
    running_system.rows(
        "INSERT INTO publications (model_id, kind, actor, reason) VALUES (%s, 'published', 'test', 'x')"
        " RETURNING id",
        twin,
    )
    running_system.kill_supervisor()
    running_system.start_supervisor()
    wait_until(
        "the engine to serve what was published",
        lambda: served(running_system).endswith(name_of(running_system, twin)),
        60,
        running_system.tail,
    )
    write_a_while(people, 2)
    back = running_system.command("nlu", "rollback", "--why", "the trial is over")
    assert "serves it" in back.stdout, back.stdout + back.stderr


def test_a_training_that_is_cancelled_leaves_nothing_behind(running_system):
    asked = running_system.command("nlu", "train", "--background", "--as", "thoko")
    assert asked.returncode == 0, asked.stderr

    def job():
        return running_system.rows("SELECT id, state, step FROM training_jobs ORDER BY asked_at DESC")[0]

    wait_until("the training to begin", lambda: job()["step"], 90, running_system.tail)
    second = running_system.command("nlu", "train", "--background")
    assert "under way already" in second.stderr
    done = running_system.command("nlu", "cancel", "--as", "sipho")
    assert done.returncode == 0, done.stderr
    wait_until("the training to end", lambda: job()["state"] == "cancelled", 30, running_system.tail)
    wait_until(
        "its process to end",
        lambda: "train" not in running_system.engine_commands(),
        15,
    )
