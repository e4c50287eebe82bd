"""What stands in the store before people write: billing's accounts, and the phones that wrote before."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psycopg

from benchmarks.reading_month import Month
from tests.processes.running import RunningSystem

HEADER = (
    "account_number,municipality,service,meter_number,dials,last_reading,last_reading_date,average_per_month,"
    "phone,read_day"
)


def load(system: RunningSystem, month: Month, days: range) -> None:
    """Billing's file by the product's own import, and the phones that wrote to us before this month.

    Of all who write in these days; it may be done again.
    """
    begun, count = time.monotonic(), 0
    with tempfile.TemporaryDirectory() as directory:
        file = Path(directory) / "accounts.csv"
        with file.open("w", encoding="utf-8") as lines:
            lines.write(HEADER + "\n")
            for line in month.accounts(days):
                lines.write(line)
                count += 1
        done = system.command("account", "import", str(file), within_seconds=3600)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    print(f"{count:,} meters imported in {time.monotonic() - begun:.0f} s", flush=True)
    with psycopg.connect(system.database_url) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE known (phone text, language text, whole boolean)")
        with cursor.copy("COPY known FROM STDIN") as copy:
            for person, language in month.known(days):
                copy.write_row((person.phone, language, person.luck("whole") < 0.5))
        # Half of them wrote of something else before and had the whole notice; half sent only readings.
        cursor.execute(
            "WITH people AS (SELECT gen_random_uuid() AS citizen, gen_random_uuid() AS address, phone,"
            " language, whole FROM known"
            " WHERE NOT EXISTS (SELECT FROM addresses a WHERE a.channel = 'sms' AND a.address = phone)),"
            " c AS (INSERT INTO citizens (id, language, created_at)"
            " SELECT citizen, language, now() - interval '1 year' FROM people),"
            " a AS (INSERT INTO addresses (id, citizen_id, channel, address, created_at, notice_sent_at,"
            " short_notice_sent_at) SELECT address, citizen, 'sms', phone, now() - interval '1 year',"
            " CASE WHEN whole THEN now() - interval '1 year' END,"
            " CASE WHEN NOT whole THEN now() - interval '1 year' END FROM people)"
            " INSERT INTO conversations (id, address_id, language, updated_at)"
            " SELECT gen_random_uuid(), address, language, now() - interval '1 month' FROM people"
        )
