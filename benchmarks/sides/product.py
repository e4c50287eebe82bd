"""Phendula as people run it: `phendula up` with its own PostgreSQL, Twilio's stand-in as the provider."""

import os
import secrets
import subprocess
import sys
import threading
import time
from contextlib import ExitStack
from pathlib import Path
from queue import Empty
from types import TracebackType

import httpx
import psutil
import psycopg

from benchmarks.models import Models
from benchmarks.sides import Answer, NoAnswer
from benchmarks.sides.children import answers, started
from benchmarks.sides.database import Database, fresh_database
from benchmarks.sides.provider import Provider, listening
from phendula.places import ROOT
from phendula.ports import free_port
from tests.stand_ins.twilio import sign

ACCOUNT_SID, AUTH_TOKEN, SENDER = "ACbenchmark", "benchmark-token", "+27310000001"
PATIENCE_SECONDS = 60
ACCOUNTS = ROOT / "benchmarks" / "accounts.csv"
ROLE_MARKS = {"web": "web", "worker": "worker", "engine": "start.py", "actions": "actions.server"}
#: How many replies a message has: they are all stored before the first is sent.
REPLIES = (
    "SELECT count(*) FROM messages o JOIN messages i ON i.id = o.reply_to"
    " WHERE i.channel = 'sms' AND i.provider_id = %s AND o.status <> 'suppressed'"
)


class Product:
    """Phendula: the processes of `phendula up`."""

    name = "Phendula"

    def __init__(self, folder: Path, models: Models) -> None:
        self.folder = folder
        self.model = models.product
        self.examples = models.example_count
        self._stack = ExitStack()
        self._provider = Provider(ACCOUNT_SID, AUTH_TOKEN)
        self._http = httpx.Client(timeout=PATIENCE_SECONDS, trust_env=False)
        self._one_at_a_time = threading.Lock()

    def __enter__(self) -> "Product":
        with ExitStack() as stack:
            self._database: Database = stack.enter_context(fresh_database(self.folder))
            port, provider_port = free_port(), free_port()
            self._url = f"http://127.0.0.1:{port}"
            stack.enter_context(listening(self._provider, provider_port))
            env = self._environment(port, provider_port)
            self._supervisor = stack.enter_context(
                started(
                    [sys.executable, "-m", "phendula", "up"],
                    env=env,
                    log=self.folder / "phendula.log",
                    ready=lambda: answers(f"{self._url}/ready"),
                )
            )
            importing = [sys.executable, "-m", "phendula", "account", "import", str(ACCOUNTS)]
            subprocess.run(importing, cwd=ROOT, env=env, check=True, stdout=subprocess.DEVNULL)
            self._connection = stack.enter_context(psycopg.connect(self._database.url, autocommit=True))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()
        self._stack.close()

    def _environment(self, port: int, provider_port: int) -> dict[str, str]:
        return {
            **os.environ,
            "DATABASE_URL": self._database.url,
            "PUBLIC_URL": self._url,
            "PHENDULA_ENV": "production",
            "PHENDULA_SECRET_KEY": secrets.token_hex(32),
            "PHENDULA_HOST": "127.0.0.1",
            "PHENDULA_PORT": str(port),
            "PHENDULA_ENGINE_PORT": str(free_port()),
            "PHENDULA_ACTIONS_PORT": str(free_port()),
            "PHENDULA_DATA_DIR": str(self.folder),
            "PHENDULA_MODELS": str(self.model),
            "PHENDULA_MUNICIPALITIES": "municipalities/ilembe.yml",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_SMS_FROM": SENDER,
            "TWILIO_API_BASE": f"http://127.0.0.1:{provider_port}",
        }

    def say(self, person: str, text: str) -> Answer:
        """See Side: a signed webhook, until the last reply of the turn has reached the provider."""
        url = f"{self._url}/webhooks/twilio"
        sid = "SM" + secrets.token_hex(16)
        form = {
            "MessageSid": sid, "AccountSid": ACCOUNT_SID, "From": person, "To": SENDER, "Body": text,
            "NumMedia": "0", "NumSegments": "1", "ApiVersion": "2010-04-01",
        }  # fmt: skip
        headers = {"X-Twilio-Signature": sign(AUTH_TOKEN, url, form)}
        mailbox = self._provider.mailboxes[person]
        began = time.perf_counter()
        self._http.post(url, data=form, headers=headers).raise_for_status()
        try:
            arrivals = [mailbox.get(timeout=PATIENCE_SECONDS)]
            while len(arrivals) < self._replies(sid):
                arrivals.append(mailbox.get(timeout=PATIENCE_SECONDS))
        except Empty:
            raise NoAnswer(text) from None
        return Answer([one.text for one in arrivals], arrivals[0].at - began, arrivals[-1].at - began)

    def _replies(self, sid: str) -> int:
        with self._one_at_a_time:
            row = self._connection.execute(REPLIES, [sid]).fetchone()
        return int(row[0]) if row else 0

    def roles(self) -> dict[str, list[int]]:
        """See Side."""
        roles: dict[str, list[int]] = {role: [] for role in ROLE_MARKS}
        supervisor = psutil.Process(self._supervisor.pid)
        for child in supervisor.children():
            words = {part.rsplit("/", 1)[-1] for part in child.cmdline()}
            role = next((role for role, mark in ROLE_MARKS.items() if mark in words), None)
            if role:
                roles[role].append(child.pid)
        missing = [role for role, pids in roles.items() if not pids]
        if missing:
            raise NoAnswer(f"not running: {', '.join(missing)}")
        roles["postgres"] = [self._database.server_process]
        roles["supervisor"] = [self._supervisor.pid]  # last: its children belong to their own roles
        return roles

    def own_processes(self) -> list[int]:
        """See Side: the connection that counts replies."""
        return [self._connection.info.backend_pid]
