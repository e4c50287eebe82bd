"""A model is published and put back over the real processes while people write: nothing lost or doubled.

The candidate learns a small slice of the examples, so that training takes seconds.
"""

import json
import re
from itertools import count
from pathlib import Path

import pytest

from phendula.places import ROOT
from tests.processes.models import a_twin, name_of, put_into_service, served
from tests.processes.people import people_writing, write_a_while
from tests.processes.running import RunningSystem, wait_until

pytestmark = [pytest.mark.processes, pytest.mark.timeout(1500)]

#: Of the examples of a block every so many is learnt.
EVERY = 4
#: So many messages are read along.
READ_ALONG = 40


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


@pytest.fixture
def people(running_system):
    """Six people who write until the test is over; afterwards each message has its answer, once."""
    with people_writing(running_system) as writers:
        yield writers


def test_published_and_put_back_while_people_write(running_system, candidate, people):
    write_a_while(people, 2)
    refused = running_system.command("nlu", "publish", str(candidate), "--why", "a trial")
    assert refused.returncode == 1
    assert "The gate is closed" in refused.stderr
    override = ("--override", "a trial of hot publication")
    for _ in range(2):
        done = running_system.command("nlu", "publish", str(candidate), "--why", "a trial", *override)
        assert "serves it" in done.stdout, done.stdout + done.stderr
        assert served(running_system.engine).endswith(name_of(running_system, candidate))
        write_a_while(people, 2)
        back = running_system.command("nlu", "rollback", "--why", "the trial is over")
        assert "serves it" in back.stdout, back.stdout + back.stderr
        assert not served(running_system.engine).endswith(name_of(running_system, candidate))
        write_a_while(people, 1)
    assert "trial of hot publication" in running_system.command("nlu", "history").stdout


@pytest.fixture(scope="module")
def twin(running_system: RunningSystem) -> int:
    """The number of a second model that understands what the one in service does."""
    return a_twin(running_system)


def test_the_supervisor_killed_right_after_a_publication(running_system, twin, people):
    write_a_while(people, 1)
    put_into_service(running_system, twin)
    running_system.kill_supervisor()
    running_system.start_supervisor()
    wait_until(
        "the engine to serve what was published",
        lambda: served(running_system.engine).endswith(name_of(running_system, twin)),
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


@pytest.mark.parametrize("other", ["twin", "candidate"])
def test_a_model_reads_along_and_nobody_notices(running_system, other, request):
    """Live messages come by webhook; the model reads each once, silently, and is stopped by a command."""
    number = request.getfixturevalue(other)
    lines = (ROOT / "nlu_data" / "heldout" / "development.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [text for line in lines if len((text := json.loads(line)["text"]).split()) > 3][:READ_ALONG]
    started = running_system.command("nlu", "shadow", "start", str(number), "--share", "100")
    assert started.returncode == 0, started.stderr
    phones = (f"+278288{number % 10}{person:04d}" for person in count())
    sids = [running_system.sms(next(phones), text) for text in texts]
    running_system.wait_until_quiet(180)

    def replies():
        return running_system.rows(
            "SELECT r.id, r.body FROM messages r JOIN messages m ON m.id = r.reply_to"
            " WHERE m.provider_id = ANY(%s) ORDER BY r.id",
            sids,
        )

    said = replies()
    assert len(said) >= len(sids)

    def read():
        return running_system.rows(
            "SELECT s.agree, s.published, s.candidate, m.understanding FROM shadow_readings s"
            " JOIN messages m ON m.id = s.message_id WHERE m.provider_id = ANY(%s)",
            sids,
        )

    def asked_and_read():
        # The worker's clock asks every five minutes; a message is read some seconds after its turn.
        running_system.defer("read_along", queue="training", lock="training", timestamp=0)
        wait_until(
            "the reading to end",
            lambda: (
                not running_system.rows(
                    "SELECT id FROM procrastinate_jobs WHERE task_name = 'read_along'"
                    " AND status IN ('todo', 'doing')"
                )
            ),
            120,
            running_system.tail,
        )
        return len(read()) == len(sids)

    wait_until("every message to be read", asked_and_read, 240, lambda: f"{len(read())} of {len(sids)}")
    found = read()
    assert all(row["published"]["language"] == row["understanding"]["language"] for row in found)
    differ = sum(not row["agree"] for row in found)
    assert differ == 0 if other == "twin" else 0 < differ < len(found)
    shown = running_system.command("nlu", "shadow", "show").stdout
    assert f"{len(found) - differ} of {len(found)} alike" in shown
    assert replies() == said, "reading along said something to somebody"
    assert running_system.command("nlu", "shadow", "stop").stdout == "No model reads along any more.\n"
    sids.append(running_system.sms(next(phones), texts[0]))
    running_system.wait_until_quiet(60)
    assert not asked_and_read()
    assert len(read()) == len(found)
