"""A month of meter readings through the real webhook: speed, waiting, segments, memory, what is stored.

    python -m benchmarks.readings                                       # 30 days of 20: some minutes
    python -m benchmarks.readings --per-day 35000 --folder /srv/replay  # the whole month: hours a day

The processes are the real ones (web, worker, engine, actions, PostgreSQL); Twilio is a stand-in. People
answer what they are asked. With `--folder` everything is kept, and the same command goes on where the last
one ended: a message that was sent already is a repeated webhook, which changes nothing. Without `--speed` as
many people as `--at-once` write at any time, each as soon as another has been answered; with it messages come
as they do over a day of 35,000, so many times faster.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from benchmarks import meters
from benchmarks.reading_figures import A_DAY, Day, figures_of, parts, summary
from benchmarks.reading_month import Month, Sending, arrivals
from crm_store import embedded
from crm_store.migrations import migrate
from tests.processes.running import RunningSystem
from tests.store_fixtures import postgres_folder

DAY_SECONDS = 86_400
#: A person gives up after so many answers.
MOST_ANSWERS = 4
PATIENCE_SECONDS = 1800
HEADER = (
    "account_number,municipality,service,meter_number,dials,last_reading,last_reading_date,average_per_month,"
    "phone,read_day"
)
ROLES = ("web", "worker", "engine", "actions")
_ANSWERED = (
    "SELECT i.provider_id, c.asking FROM messages i JOIN conversations c ON c.id = i.conversation_id"
    " WHERE i.channel = 'sms' AND i.provider_id = ANY(%s) AND i.status IN ('handled', 'failed')"
    " AND NOT EXISTS (SELECT FROM messages o WHERE o.reply_to = i.id AND o.status IN ('stored', 'sending'))"
)


@dataclass(frozen=True)
class Given:
    """What the command was given."""

    days: int
    per_day: int
    at_once: int
    speed: float
    seed: int
    started_on: str


class Answers:
    """Waits for messages to be answered: one query for all who wait."""

    def __init__(self, database_url: str) -> None:
        self._connection = psycopg.connect(database_url, autocommit=True)
        self.process = self._connection.info.backend_pid
        self._waiting: dict[str, threading.Event] = {}
        self._asked: dict[str, str | None] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def wait(self, sid: str) -> str | None:
        """Returns what the sender is asked now. Raises TimeoutError."""
        answered = self._waiting[sid] = threading.Event()
        if not answered.wait(PATIENCE_SECONDS):
            raise TimeoutError(f"{sid} was not answered")
        return self._asked.pop(sid)

    def close(self) -> None:
        """Ends the looking."""
        self._over.set()
        self._thread.join()
        self._connection.close()

    def _look(self) -> None:
        while not self._over.wait(0.05):
            waiting = list(self._waiting)
            if not waiting:
                continue
            for sid, asking in self._connection.execute(_ANSWERED, [waiting]).fetchall():
                self._asked[sid] = asking
                self._waiting.pop(sid).set()


class Replay:
    """The month, played day by day."""

    def __init__(self, system: RunningSystem, month: Month, given: Given, database_process: int) -> None:
        self.system, self.month, self.given = system, month, given
        self._answers = Answers(system.database_url)
        self._database_process = database_process

    def day(self, day: int, since: datetime, resumed: bool) -> Day:
        """Plays the day; `since`: when it was begun first; `resumed`: by an earlier run."""
        sendings = list(self.month.sendings(day))
        speed = self.given.speed
        due = (
            arrivals(len(sendings), len(sendings) / A_DAY * DAY_SECONDS / speed)
            if speed
            else [0.0] * len(sendings)
        )
        before, begun = meters.cpu(self.roles, [self._answers.process]), time.monotonic()

        def play(one: tuple[Sending, float]) -> None:
            time.sleep(max(0.0, begun + one[1] - time.monotonic()))
            self._play(day, one[0])

        with ThreadPoolExecutor(self.given.at_once) as people:
            for _ in people.map(play, zip(sendings, due, strict=True)):
                pass
        seconds = time.monotonic() - begun
        cpu = meters.cpu(self.roles, [self._answers.process])
        self.system.http.post(f"{self.system.twilio}/_reset")
        with psycopg.connect(self.system.database_url) as connection:
            figures = figures_of(connection, since)
        return Day(
            number=day + 1,
            seconds=seconds,
            expected=sum(one.brings for one in sendings),
            cpu_ms=cpu.since(before, figures.messages),
            memory_mb=meters.memory(self.roles),
            resumed=resumed,
            **asdict(figures),
        )

    def _play(self, day: int, sending: Sending) -> None:
        """Sends the message, answers what is asked, and corrects what was wrong."""
        texts = [sending.text]
        step = 0
        corrected = sending.afterwards is None
        while texts:
            sid = "SM" + hashlib.md5(f"{self.given.seed} {day} {sending.slot} {step}".encode()).hexdigest()
            self.system.sms(sending.person.phone, texts.pop(), sid=sid)
            asking = self._answers.wait(sid)
            step += 1
            if asking is not None and step <= MOST_ANSWERS:
                texts = [sending.answers.get(asking, "0")]
            elif not corrected and sending.afterwards is not None:
                texts, corrected = [sending.afterwards], True

    def roles(self) -> dict[str, list[int]]:
        """The product's processes now."""
        found = {name: [self.system.process_named(name).pid] for name in ROLES}
        found["postgres"] = [self._database_process]
        assert self.system.supervisor is not None
        found["supervisor"] = [self.system.supervisor.process.pid]
        return found

    def close(self) -> None:
        """Ends the waiting for answers."""
        self._answers.close()


def main() -> None:
    """Plays the days that are missing and prints the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--per-day", type=int, default=20, help="messages that bring readings")
    parser.add_argument("--at-once", type=int, default=8, help="people who write at the same time, at most")
    parser.add_argument(
        "--speed", type=float, default=0.0, help="times the arrivals of a day of 35,000; 0: at once"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="keeps the data, and goes on where the last run ended")
    parser.add_argument("--stop-after", type=float, default=float("inf"), help="minutes; ends after the day")
    told = parser.parse_args()
    until = time.monotonic() + 60 * told.stop_after
    given = Given(
        told.days, told.per_day, told.at_once, told.speed, told.seed, datetime.now(UTC).date().isoformat()
    )
    with contextlib.ExitStack() as stack:
        folder = told.folder or stack.enter_context(postgres_folder())
        folder.mkdir(parents=True, exist_ok=True)
        progress = Progress(folder, given)
        month = Month(given.days, given.per_day, given.seed, date.fromisoformat(progress.given.started_on))
        url = embedded.start_embedded(folder)
        stack.callback(embedded.stop_embedded, folder)
        migrate(url)
        system = RunningSystem(folder, url)
        stack.callback(system.stop)
        system.start()
        if not progress.loaded:
            load(system, month)
            progress.note_loaded()
        process = int((folder / "postgres" / "postmaster.pid").read_text().splitlines()[0])
        replay = Replay(system, month, given, process)
        stack.callback(replay.close)
        for day in range(len(progress.days), given.days):
            resumed = progress.has_begun(day)
            done = replay.day(day, progress.begin(day), resumed)
            progress.note(done)
            print(done.line(), flush=True)
            if time.monotonic() > until:
                break
        with psycopg.connect(url) as connection:
            print(summary(progress.days, parts(connection)))


class Progress:
    """What was done, in the folder: the command's figures, the days, and when the day under way was begun."""

    def __init__(self, folder: Path, given: Given) -> None:
        self._file = folder / "progress.json"
        stored = json.loads(self._file.read_text()) if self._file.exists() else {}
        self.given = Given(**stored["given"]) if stored else given
        kept = ("days", "per_day", "seed")
        if any(getattr(self.given, name) != getattr(given, name) for name in kept):
            raise SystemExit(f"{folder} holds another month: {self.given}. Take another folder.")
        self.loaded: bool = stored.get("loaded", False)
        self.days = [Day(**one) for one in stored.get("done", ())]
        self._begun: dict[str, str] = stored.get("begun", {})
        self._write()

    def has_begun(self, day: int) -> bool:
        """Whether a run began the day."""
        return str(day) in self._begun

    def begin(self, day: int) -> datetime:
        """When the day was begun for the first time."""
        self._begun.setdefault(str(day), datetime.now(UTC).isoformat())
        self._write()
        return datetime.fromisoformat(self._begun[str(day)])

    def note(self, day: Day) -> None:
        """The day is done."""
        self.days.append(day)
        self._write()

    def note_loaded(self) -> None:
        """The accounts and the known phones are there."""
        self.loaded = True
        self._write()

    def _write(self) -> None:
        content = {
            "given": asdict(self.given),
            "loaded": self.loaded,
            "begun": self._begun,
            "done": [asdict(one) for one in self.days],
        }
        new = self._file.with_suffix(".new")
        new.write_text(json.dumps(content))
        new.replace(self._file)


def load(system: RunningSystem, month: Month) -> None:
    """Billing's file by the product's own import, and the phones that wrote to us before this month."""
    begun, count = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "accounts.csv"
        with file.open("w", encoding="utf-8") as lines:
            lines.write(HEADER + "\n")
            for line in month.accounts():
                lines.write(line)
                count += 1
        done = system.command("account", "import", str(file), within_seconds=3600)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    print(f"{count:,} meters imported in {time.monotonic() - begun:.0f} s", flush=True)
    with psycopg.connect(system.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE known (phone text, language text)")
        with cursor.copy("COPY known FROM STDIN") as copy:
            for phone, language in _known(month):
                copy.write_row((phone, language))
        # Half of them wrote of something else before and had the whole notice; half sent only readings.
        cursor.execute(
            "WITH people AS (SELECT gen_random_uuid() AS citizen, gen_random_uuid() AS address, phone,"
            " language, random() < 0.5 AS whole FROM known),"
            " c AS (INSERT INTO citizens (id, language, created_at)"
            " SELECT citizen, language, now() - interval '1 year' FROM people),"
            " a AS (INSERT INTO addresses (id, citizen_id, channel, address, created_at, notice_sent_at,"
            " short_notice_sent_at) SELECT address, citizen, 'sms', phone, now() - interval '1 year',"
            " CASE WHEN whole THEN now() - interval '1 year' END,"
            " CASE WHEN NOT whole THEN now() - interval '1 year' END FROM people)"
            " INSERT INTO conversations (id, address_id, language, updated_at)"
            " SELECT gen_random_uuid(), address, language, now() - interval '1 month' FROM people"
        )


def _known(month: Month) -> Iterator[tuple[str, str]]:
    written = set()
    for day in range(month.days):
        for sending in month.sendings(day):
            if sending.person.known and sending.person.number not in written:
                written.add(sending.person.number)
                yield sending.person.phone, "zu" if sending.answers["same_reading"] == "yebo" else "en"


if __name__ == "__main__":
    main()
