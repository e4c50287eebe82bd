"""A month of meter readings through the real webhook: speed, waiting, segments, memory, what is stored.

    python -m benchmarks.readings                                       # 30 days of 20: some minutes
    python -m benchmarks.readings --per-day 35000 --folder /srv/replay  # the whole month: hours a day
    python -m benchmarks.readings --past 29 --days 1 --per-day 35000 --folder /srv/replay  # its last day

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
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg

from benchmarks import meters
from benchmarks import reading_costs as costs
from benchmarks.reading_accounts import load
from benchmarks.reading_figures import A_DAY, Day, figures_of, parts, summary
from benchmarks.reading_month import Month, Sending, arrivals
from benchmarks.reading_past import fill, is_filled
from benchmarks.reading_progress import Given, Progress
from crm_store import embedded
from crm_store.migrations import migrate
from tests.processes.running import RunningSystem
from tests.store_fixtures import postgres_folder

DAY_SECONDS = 86_400
#: A person gives up after so many answers.
MOST_ANSWERS = 4
PATIENCE_SECONDS = 1800
ROLES = ("web", "worker", "engine", "actions")
_ANSWERED = (
    "SELECT i.provider_id, c.asking FROM messages i JOIN conversations c ON c.id = i.conversation_id"
    " WHERE i.channel = 'sms' AND i.provider_id = ANY(%s) AND i.status IN ('handled', 'failed')"
    " AND NOT EXISTS (SELECT FROM messages o WHERE o.reply_to = i.id AND o.status IN ('stored', 'sending'))"
)


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
        expected = sum(one.brings for one in sendings)
        if resumed:
            sendings = self._left(day, sendings)
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
            expected=expected,
            cpu_ms=cpu.since(before, figures.messages),
            memory_mb=meters.memory(self.roles),
            resumed=resumed,
            **asdict(figures),
        )

    def _left(self, day: int, sendings: list[Sending]) -> list[Sending]:
        """Without those that were answered, and asked nothing, in an earlier run."""
        answered = {
            row["provider_id"]
            for row in self.system.rows(
                "SELECT m.provider_id FROM messages m JOIN conversations c ON c.id = m.conversation_id"
                " WHERE m.direction = 'in' AND m.status = 'handled' AND c.asking IS NULL"
            )
        }
        return [one for one in sendings if one.afterwards or self._sid(day, one, 0) not in answered]

    def _sid(self, day: int, sending: Sending, step: int) -> str:
        return "SM" + hashlib.md5(f"{self.given.seed} {day} {sending.slot} {step}".encode()).hexdigest()

    def _play(self, day: int, sending: Sending) -> None:
        """Sends the message, answers what is asked, and corrects what was wrong."""
        texts = [sending.text]
        step = 0
        corrected = sending.afterwards is None
        while texts:
            sid = self._sid(day, sending, step)
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
    parser.add_argument("--days", type=int, default=30, help="days that are played")
    parser.add_argument(
        "--past", type=int, default=0, help="days before them, with which the store is filled"
    )
    parser.add_argument("--per-day", type=int, default=20, help="messages that bring readings")
    parser.add_argument("--at-once", type=int, default=8, help="people who write at the same time, at most")
    parser.add_argument(
        "--speed", type=float, default=0.0, help="times the arrivals of a day of 35,000; 0: at once"
    )
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path, help="keeps the data, and goes on where the last run ended")
    parser.add_argument("--stop-after", type=float, default=float("inf"), help="minutes; ends after the day")
    told = parser.parse_args()
    if told.past == 1:
        parser.error("--past 1: there is nothing to copy; play two days (--days 2)")
    until = time.monotonic() + 60 * told.stop_after
    today = datetime.now(UTC).date()
    given = Given(told.days, told.per_day, told.at_once, told.speed, told.seed, today.isoformat(), told.past)
    with contextlib.ExitStack() as stack:
        folder = told.folder or stack.enter_context(postgres_folder())
        folder.mkdir(parents=True, exist_ok=True)
        progress = Progress(folder, given)
        first_day = date.fromisoformat(progress.given.started_on)
        month = Month(given.past + given.days, given.per_day, given.seed, first_day, given.past)
        url = embedded.start_embedded(folder)
        stack.callback(embedded.stop_embedded, folder)
        migrate(url)
        if given.past and not progress.filled:
            make_past(folder, url, month, progress)
        with running(folder, url) as system, playing(system, month, given) as replay:
            if not progress.loaded:
                load(system, month, range(given.days))
                progress.note_loaded()
            if given.past and not progress.filled:
                load(system, month, range(given.past, month.days))
                print(costs.tidy_up(system), flush=True)
                progress.note_filled()
            for day in range(given.past, month.days):
                if time.monotonic() > until:
                    break
                if not progress.has_done(day):
                    play(replay, day, progress)
            played = [one for one in progress.days if one.number > given.past]
            if not played:
                print("No day was played yet: the same command goes on.")
                return
            since = progress.begin(given.past)
            with psycopg.connect(url) as connection:
                print(summary(played, parts(connection, since)))
                print(costs.hours(connection, since))
                print(costs.sizes(connection), flush=True)
            print(costs.of_work(system, today), flush=True)


@contextlib.contextmanager
def running(folder: Path, url: str) -> Iterator[RunningSystem]:
    """The product, started; stopped at the end."""
    system = RunningSystem(folder, url)
    try:
        system.start()
        yield system
    finally:
        system.stop()


@contextlib.contextmanager
def playing(system: RunningSystem, month: Month, given: Given) -> Iterator[Replay]:
    """What plays days on the product."""
    postmaster = (system.folder / "postgres" / "postmaster.pid").read_text()
    replay = Replay(system, month, given, int(postmaster.splitlines()[0]))
    try:
        yield replay
    finally:
        replay.close()


def play(replay: Replay, day: int, progress: Progress) -> None:
    """Plays the day and notes it."""
    resumed = progress.has_begun(day)
    done = replay.day(day, progress.begin(day), resumed)
    progress.note(done)
    print(done.line(), flush=True)


def make_past(folder: Path, url: str, month: Month, progress: Progress) -> None:
    """Plays the first day, or what is left of it, and fills the other days of the past with its copies."""
    with psycopg.connect(url) as connection:
        if is_filled(connection, month):
            return
    if not progress.has_done(0):
        with running(folder, url) as system, playing(system, month, progress.given) as replay:
            if not progress.loaded:
                load(system, month, range(1))
                progress.note_loaded()
            play(replay, 0, progress)
            system.wait_until_quiet(600)
    with psycopg.connect(url) as connection:
        today = datetime.now(UTC).date()
        fill(connection, month, month.today, today, lambda line: print(line, flush=True))


if __name__ == "__main__":
    main()
