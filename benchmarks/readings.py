"""A day of meter readings through the real webhook, at a smaller scale: speed, waiting, segments a reading.

    python -m benchmarks.readings --readings 400

Every phone sends its water reading first (first contact: the privacy notice is owed) and later the one of its
electricity. The processes are the real ones (web, worker, engine, actions, PostgreSQL); Twilio is a stand-in.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

from crm_store import embedded
from crm_store.migrations import migrate
from tests.processes.running import RunningSystem
from tests.store_fixtures import postgres_folder

A_DAY = 35_000
SENDERS_AT_ONCE = 8
LAST_WATER, LAST_ELECTRICITY = 2196, 45_000
HEADER = (
    "account_number,municipality,service,meter_number,dials,last_reading,last_reading_date,average_per_month,"
    "holder,phone,read_day,balance"
)
# As people word them; {a} account, {r} reading, {s} service in the message's language.
WORDINGS = (
    *(
        "{a} {r}",
        "{r} {a}",
        "{a},{r}",
        "acc {a} reading {r}",
        "reading {r} acc {a} {s}",
        "{s} {r} account {a}",
    ),
    *(
        "My {s} meter reads {r}. Account {a}. Thank you",
        "Good morning, reading for {a} is {r}",
        "{a} {s} {r}",
    ),
    *("i-akhawunti {a} imitha ithi {r}", "imitha {s} {r} akhawunti {a}", "akhawunti {a} {s} {r}"),
    *("Sawubona, nansi imitha: {r}, i-akhawunti {a}", "{s} {r} i-akhawunti {a} ngiyabonga"),
)
SERVICES = {"water": ("water", "amanzi"), "electricity": ("electricity", "ugesi")}
# Of a hundred: numbers that are no account, readings that look wrong and are put right when asked.
UNKNOWN, DOUBTED = 2, 4


def main() -> None:
    """Runs both rounds and prints the table of docs/readings.md."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=400, help="readings in all, over both rounds")
    parser.add_argument("--seed", type=int, default=7)
    given = parser.parse_args()
    phones = given.readings // 2
    with postgres_folder() as folder:
        url = embedded.start_embedded(folder)
        migrate(url)
        system = RunningSystem(folder, url)
        try:
            system.start()
            load_accounts(system, phones)
            print("| round | messages | readings | a second | median s | 95 % s | segments out a reading |")
            print("|---|---|---|---|---|---|---|")
            for service, name in (("water", "first contact"), ("electricity", "known phone")):
                play(system, service, name, phones, random.Random(given.seed))
        finally:
            system.stop()
            embedded.stop_embedded(folder)


def account_of(phone: int) -> str:
    """The account of the phone."""
    return str(41_000_000 + phone)


def load_accounts(system: RunningSystem, phones: int) -> None:
    """An account for each phone, with water and electricity; seven of ten phones are on file."""
    today = datetime.now(UTC).date()
    lines = [HEADER]
    for phone in range(phones):
        on_file = f"+2782{phone:07d}" if phone % 10 < 7 else ""
        common = f"{today - timedelta(days=30)},{{average}},,{on_file},{today.day},"
        account = account_of(phone)
        lines.append(
            f"{account},KDM,water,WM{phone:07d},5,{LAST_WATER:05d},{common.format(average=20)}\n"
            f"{account},KDM,electricity,EM{phone:07d},5,{LAST_ELECTRICITY},{common.format(average=400)}"
        )
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "accounts.csv"
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        done = system.command("account", "import", str(file))
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)


def play(system: RunningSystem, service: str, name: str, phones: int, chance: random.Random) -> None:
    """Every phone sends one reading of the service; prints the row of the table."""
    last, use = (LAST_WATER, 18) if service == "water" else (LAST_ELECTRICITY, 380)
    said: list[tuple[str, str]] = []
    again: list[tuple[str, str]] = []
    for phone in range(phones):
        wording, luck, sender = chance.choice(WORDINGS), chance.randrange(100), f"+2782{phone:07d}"
        account = account_of(phone) if luck >= UNKNOWN else str(51_000_000 + phone)
        digits = f"{last + use + chance.randrange(-4, 5):05d}"
        if UNKNOWN <= luck < UNKNOWN + DOUBTED:
            again.append((sender, digits))
            digits = f"{last - 7:05d}"
        elif luck < UNKNOWN:
            again.append((sender, account_of(phone)))
        word = SERVICES[service]["imitha" in wording or "akhawunti" in wording]
        said.append((sender, wording.format(a=account, r=digits, s=word)))
    since, begun = datetime.now(UTC), time.monotonic()
    for batch in (said, again):
        with ThreadPoolExecutor(SENDERS_AT_ONCE) as senders:
            list(senders.map(lambda one: system.sms(*one), batch))
        system.wait_until_quiet(3600)
    seconds = time.monotonic() - begun
    waits = sorted(
        float(row["seconds"])
        for row in system.rows(
            "SELECT extract(epoch FROM max(o.sent_at) - i.received_at) AS seconds FROM messages i"
            " JOIN messages o ON o.reply_to = i.id WHERE i.received_at >= %s GROUP BY i.id, i.received_at",
            since,
        )
    )
    (out,) = system.rows(
        "SELECT sum(segments) AS n FROM messages WHERE direction = 'out' AND created_at >= %s", since
    )
    (taken,) = system.rows(
        "SELECT count(*) AS n FROM readings WHERE state <> 'superseded' AND taken_at >= %s", since
    )
    messages, readings = len(said) + len(again), int(taken["n"])
    print(
        f"| {name} | {messages} | {readings} of {phones} | {readings / seconds:.1f} | "
        f"{statistics.median(waits):.2f} | {waits[int(len(waits) * 0.95)]:.2f} | {out['n'] / readings:.2f} |"
    )
    print(f"(a day of {A_DAY} readings at this speed: {A_DAY * seconds / readings / 3600:.1f} hours)")


if __name__ == "__main__":
    main()
