"""Phones on the running product, whose billing office has sent its accounts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from tests.conversations.chat import Phones
from tests.processes.running import RunningSystem

COLUMNS = (
    "account_number,municipality,service,meter_number,dials,last_reading,last_reading_date,"
    "average_per_month,holder,phone,read_day,balance"
)
LAST_READINGS = {"41006273": 2196, "41006281": 1870, "41006299": 2180, "41006302": 2280}


@pytest.fixture(autouse=True)
def quiet_day(running_system: RunningSystem) -> None:
    """What earlier tests reported is over: it gathers into no incident of this one."""
    with psycopg.connect(running_system.database_url) as connection:
        connection.execute(
            "UPDATE cases SET opened_at = opened_at - interval '100 days'"
            " WHERE opened_at > now() - interval '99 days'"
        )
        connection.execute(
            "UPDATE incidents SET state = 'over', ended_at = now() WHERE state IN ('suggested', 'open')"
        )


@pytest.fixture(scope="session")
def phones(running_system: RunningSystem, tmp_path_factory: pytest.TempPathFactory) -> Phones:
    """New phones on every channel; each test takes its own."""
    today = datetime.now(UTC).date()
    a_month_ago = today - timedelta(days=30)
    file: Path = tmp_path_factory.mktemp("billing") / "accounts.csv"
    rows = [
        f"{account},KDM,water,9{account[1:]},5,{last},{a_month_ago},20,,,{today.day},"
        for account, last in LAST_READINGS.items()
    ]
    file.write_text("\n".join([COLUMNS, *rows]) + "\n")
    imported = running_system.command("account", "import", str(file))
    assert imported.returncode == 0, imported.stdout + imported.stderr
    return Phones(running_system)
