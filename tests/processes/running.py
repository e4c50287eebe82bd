"""The whole product as real processes on free ports, beside the stand-ins of Twilio and Telegram."""

import contextlib
import itertools
import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import psycopg
from psycopg.rows import dict_row
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from crm_store import queue
from phendula.places import ROOT
from phendula.ports import free_port
from tests.stand_ins.twilio import sign

ACCOUNT_SID = "ACtest"
AUTH_TOKEN = "twilio-token"
SMS_FROM = "+27310000001"
WHATSAPP_FROM = "+27310000002"
BOT_TOKEN = "4242:test-token"
BOT_SECRET = "telegram-secret"
START_WITHIN_SECONDS = 240


@dataclass
class Process:
    """A started process whose output is kept for the failure message."""

    process: subprocess.Popen[str]
    lines: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        for line in self.process.stdout or ():
            self.lines.append(line.rstrip("\n"))

    def tail(self, count: int = 60) -> str:
        return "\n".join(self.lines[-count:])


def start(*command: str, env: dict[str, str] | None = None, folder: Path = ROOT) -> Process:
    """Starts a process in the root of the checkout, in a session of its own."""
    return Process(
        subprocess.Popen(
            command,
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        )
    )


def wait_until(
    what: str, test: Callable[[], Any], within_seconds: float, details: Callable[[], str] = str
) -> Any:
    """Returns the test's first true answer; fails with what was waited for."""
    until = time.monotonic() + within_seconds
    while True:
        answer = test()
        if answer:
            return answer
        if time.monotonic() > until:
            raise AssertionError(f"waited {within_seconds:.0f} s in vain: {what}\n{details()}")
        time.sleep(0.1)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


class RunningSystem:
    """Phendula under its supervisor, and how a test talks to it."""

    def __init__(self, folder: Path, database_url: str, house: Path = ROOT) -> None:
        """`house`: the checkout that runs; a copy of this one, say."""
        self.folder, self.house = folder, house
        self.database_url = database_url
        self.web_port, self.engine_port, self.actions_port = free_port(), free_port(), free_port()
        self.twilio_port, self.telegram_port = free_port(), free_port()
        self.web = f"http://127.0.0.1:{self.web_port}"
        self.engine = f"http://127.0.0.1:{self.engine_port}"
        self.twilio = f"http://127.0.0.1:{self.twilio_port}"
        self.telegram = f"http://127.0.0.1:{self.telegram_port}"
        self.http = httpx.Client(timeout=15, trust_env=False)
        self.env = {
            **os.environ,
            "DATABASE_URL": database_url,
            "PUBLIC_URL": self.web,
            "PHENDULA_ENV": "development",
            "PHENDULA_HOST": "127.0.0.1",
            "PHENDULA_PORT": str(self.web_port),
            "PHENDULA_ENGINE_PORT": str(self.engine_port),
            "PHENDULA_ACTIONS_PORT": str(self.actions_port),
            "ENGINE_URL": "",
            "PHENDULA_DATA_DIR": str(folder),
            "PHENDULA_MUNICIPALITIES": "municipalities/ilembe.yml",
            "TWILIO_ACCOUNT_SID": ACCOUNT_SID,
            "TWILIO_AUTH_TOKEN": AUTH_TOKEN,
            "TWILIO_SMS_FROM": SMS_FROM,
            "TWILIO_WHATSAPP_FROM": WHATSAPP_FROM,
            "TWILIO_API_BASE": self.twilio,
            "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
            "TELEGRAM_WEBHOOK_SECRET": BOT_SECRET,
            "TELEGRAM_API_BASE": self.telegram,
        }
        self.stand_ins: list[Process] = []
        self.supervisor: Process | None = None
        self.update_ids = itertools.count(1)

    # -------------------------------------------------------------------------------------------- life

    def start(self) -> None:
        """Starts stand-ins and product; returns when everything is ready."""
        python = sys.executable
        self.stand_ins = [
            start(python, "-m", "tests.stand_ins.twilio", "--port", str(self.twilio_port)),
            start(python, "-m", "tests.stand_ins.telegram", "--port", str(self.telegram_port)),
        ]
        self.start_supervisor()

    def start_supervisor(self) -> None:
        """Starts the product; returns when everything is ready."""
        command = (sys.executable, "-m", "phendula", "up")
        self.supervisor = start(*command, env=self.env, folder=self.house)
        self.wait_until_ready(START_WITHIN_SECONDS)

    def wait_until_ready(self, within_seconds: float = 120) -> None:
        """Until the product says so itself, and the stand-ins answer."""

        def ready() -> bool:
            if self.supervisor is not None and self.supervisor.process.poll() is not None:
                raise AssertionError(f"phendula up ended:\n{self.supervisor.tail()}")
            return all(map(answers, (f"{self.web}/ready", f"{self.twilio}/_sent", f"{self.telegram}/_sent")))

        wait_until("the system to be ready", ready, within_seconds, self.tail)

    def tail(self) -> str:
        """The last lines that the processes wrote."""
        return self.supervisor.tail() if self.supervisor else ""

    def stop(self) -> None:
        """Stops everything, the product in order."""
        processes = [self.supervisor, *self.stand_ins] if self.supervisor else self.stand_ins
        for one in processes:
            one.process.send_signal(signal.SIGTERM)
        for one in processes:
            try:
                one.process.wait(60)
            except subprocess.TimeoutExpired:
                os.killpg(one.process.pid, signal.SIGKILL)
                one.process.wait()
        self.http.close()

    def process_named(self, name: str) -> psutil.Process:
        """The running process of a part: engine, actions, web or worker."""
        marks = {"engine": "start.py", "actions": "actions.server", "web": "web", "worker": "worker"}
        assert self.supervisor is not None
        for child in psutil.Process(self.supervisor.process.pid).children():
            command = child.cmdline()
            if any(part == marks[name] or part.endswith("/" + marks[name]) for part in command):
                return child
        raise AssertionError(f"{name} does not run\n{self.tail()}")

    def kill_supervisor(self) -> None:
        """SIGKILL to `phendula up`; returns when its children have ended too."""
        assert self.supervisor is not None
        children = psutil.Process(self.supervisor.process.pid).children(recursive=True)
        self.supervisor.process.kill()
        self.supervisor.process.wait()
        _, alive = psutil.wait_procs(children, 30)
        for child in alive:
            child.kill()

    def engine_commands(self) -> list[str]:
        """What the engine's environment does now: 'run', 'train', 'judge'."""
        assert self.supervisor is not None
        found = []
        for child in psutil.Process(self.supervisor.process.pid).children(recursive=True):
            with contextlib.suppress(psutil.Error):
                command = child.cmdline()
                if any(part.endswith("start.py") for part in command):
                    found.append(command[2])
        return found

    def kill(self, name: str) -> None:
        """SIGKILL, at once; the supervisor starts the process again."""
        self.process_named(name).kill()

    # ------------------------------------------------------------------------------------- what providers do

    def twilio_form(self, sender: str, body: str, sid: str | None = None, **more: str) -> dict[str, str]:
        """The form of an inbound message, SMS or (sender with 'whatsapp:') WhatsApp."""
        to = f"whatsapp:{WHATSAPP_FROM}" if sender.startswith("whatsapp:") else SMS_FROM
        return {
            "MessageSid": sid or "SM" + secrets.token_hex(16),
            "AccountSid": ACCOUNT_SID,
            "From": sender,
            "To": to,
            "Body": body,
            "NumMedia": "0",
            "NumSegments": "1",
            "ApiVersion": "2010-04-01",
            **more,
        }

    def post_twilio(self, form: dict[str, str], token: str = AUTH_TOKEN) -> httpx.Response:
        """Posts the form signed, as Twilio does."""
        url = f"{self.web}/webhooks/twilio"
        return self.http.post(url, data=form, headers={"X-Twilio-Signature": sign(token, url, form)})

    def post_until_acknowledged(self, form: dict[str, str], within_seconds: float = 60) -> bool:
        """Posts the form again while the web process is down, as Twilio does; whether it was taken."""
        until = time.monotonic() + within_seconds
        while time.monotonic() < until:
            with contextlib.suppress(httpx.HTTPError):
                if self.post_twilio(form).status_code == httpx.codes.OK:
                    return True
            time.sleep(0.2)
        return False

    def sms(self, sender: str, body: str, **more: str) -> str:
        """Sends an SMS in; returns its MessageSid."""
        form = self.twilio_form(sender, body, **more)
        response = self.post_twilio(form)
        assert response.status_code == httpx.codes.OK, response.text
        return form["MessageSid"]

    def whatsapp(self, sender: str, body: str, **more: str) -> str:
        """Sends a WhatsApp message in; returns its MessageSid."""
        return self.sms(f"whatsapp:{sender}", body, **more)

    def telegram_update(self, chat: int, text: str) -> int:
        """Sends a Telegram message in; returns its update_id."""
        number = next(self.update_ids)
        person = {"id": chat, "is_bot": False, "first_name": "Test"}
        message = {
            "message_id": number,
            "date": int(time.time()),
            "chat": {"id": chat, "type": "private", "first_name": "Test"},
            "from": person,
            "text": text,
        }
        response = self.http.post(
            f"{self.web}/webhooks/telegram",
            json={"update_id": number, "message": message},
            headers={"X-Telegram-Bot-Api-Secret-Token": BOT_SECRET},
        )
        assert response.status_code == httpx.codes.OK, response.text
        return number

    def sent_by_twilio(self, to: str | None = None) -> list[dict[str, Any]]:
        """What the Twilio stand-in took, oldest first."""
        sent: list[dict[str, Any]] = self.http.get(f"{self.twilio}/_sent").json()["sent"]
        return [message for message in sent if to in (None, message["to"])]

    def sent_by_telegram(self, chat: int | None = None) -> list[dict[str, Any]]:
        """What the Telegram stand-in took, oldest first."""
        sent: list[dict[str, Any]] = self.http.get(f"{self.telegram}/_sent").json()["sent"]
        return [message for message in sent if chat in (None, message["chat"]["id"])]

    # ----------------------------------------------------------------------------------- what is stored

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        """The rows of a query."""
        with psycopg.connect(self.database_url, row_factory=dict_row) as connection:
            return list(connection.execute(query, values or None).fetchall())

    def wait_until_quiet(self, within_seconds: float = 60) -> None:
        """Until every message in is handled and every message out has left (or never will)."""
        open_ones = (
            "SELECT direction, status, left(body, 40) AS body, error_text FROM messages"
            " WHERE status IN ('received', 'stored', 'sending')"
        )
        wait_until(
            "every message to be handled and every reply to be sent",
            lambda: not self.rows(open_ones),
            within_seconds,
            lambda: f"{self.rows(open_ones)}\n{self.tail()}",
        )

    def replies_to(self, provider_id: str, within_seconds: float = 60) -> list[dict[str, Any]]:
        """The replies to one inbound message, once it is handled and they have left."""

        def handled() -> list[dict[str, Any]]:
            return self.rows(
                "SELECT id FROM messages WHERE provider_id LIKE %s AND status IN ('handled', 'failed')",
                f"%{provider_id}",
            )

        found = wait_until(f"{provider_id} to be handled", handled, within_seconds, self.tail)
        query = "SELECT * FROM messages WHERE reply_to = %s ORDER BY position"
        wait_until(
            f"the replies to {provider_id} to be sent",
            lambda: all(
                row["status"] not in ("stored", "sending") for row in self.rows(query, found[0]["id"])
            ),
            within_seconds,
            self.tail,
        )
        return self.rows(query, found[0]["id"])

    def defer(self, task: str, **more: Any) -> None:
        """Asks the workers for a job, as their clock does."""
        engine = create_engine(self.database_url.replace("postgresql://", "postgresql+psycopg://", 1))
        with Session(engine) as session, session.begin():
            queue.defer(session, task, **more)
        engine.dispose()

    def command(
        self, *arguments: str, stdin: str = "", within_seconds: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Runs `phendula …` beside the running system."""
        return subprocess.run(
            [sys.executable, "-m", "phendula", *arguments],
            cwd=self.house,
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=within_seconds,
        )
