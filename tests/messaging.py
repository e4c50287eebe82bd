"""What the tests of channels and turns share: a database, the stand-ins, the application, a worker."""

from __future__ import annotations

import asyncio
import itertools
import json
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text

from bot import tasks, web
from bot.engine_client import engine as engine_line
from crm_store import embedded
from crm_store.database import forget_engine, sql_engine, transaction
from crm_store.migrations import migrate
from crm_store.queue import worker_app
from crm_store.region import region
from crm_store.settings import settings
from crm_store.tables import Address, Conversation, Message
from tests.stand_ins import telegram, twilio
from tests.stand_ins.engine import Engine
from tests.stand_ins.serving import served

PUBLIC_URL = "https://bot.example.org/base"
ACCOUNT, TOKEN = "ACtest", "twilio-token"
BOT_TOKEN, BOT_SECRET = "4242:test-token", "telegram-secret"
CREDENTIALS = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": TOKEN,
    "TWILIO_SMS_FROM": "+27310000001",
    "TWILIO_WHATSAPP_FROM": "+27310000002",
    "TELEGRAM_BOT_TOKEN": BOT_TOKEN,
    "TELEGRAM_WEBHOOK_SECRET": BOT_SECRET,
}
_numbers = itertools.count(20_000_000)


def new_number() -> str:
    """A phone number that no test has used."""
    return f"+278{next(_numbers)}"


def new_sid() -> str:
    """A message id as Twilio makes them."""
    return "SM" + secrets.token_hex(16)


@contextmanager
def environment(monkeypatch: pytest.MonkeyPatch, **values: str) -> Iterator[None]:
    """These settings, and no others from outside."""
    for name in (*CREDENTIALS, "TWILIO_MESSAGING_SERVICE_SID", "TWILIO_API_BASE", "TELEGRAM_API_BASE"):
        monkeypatch.setenv(name, "")
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    engine_line.cache_clear()
    try:
        yield
    finally:
        monkeypatch.undo()
        settings.cache_clear()
        engine_line.cache_clear()


class Messaging:
    """The messaging side at work: webhooks in by `client`, jobs done by `work`, what went out."""

    def __init__(self, twilio_app: FastAPI, telegram_app: FastAPI, engine: Engine) -> None:
        self.twilio, self.telegram, self.engine = twilio_app.state, telegram_app.state, engine
        app = FastAPI()
        app.include_router(web.routes())
        self.client = TestClient(app, client=("127.0.0.1", 50000))

    # --- in ---

    def sms(self, sender: str, body: str = "", /, **form: str) -> int:
        """A signed message webhook; WhatsApp when the sender has its prefix. Returns the status."""
        whole = {
            "MessageSid": new_sid(),
            "From": sender,
            "To": "+27310000001",
            "Body": body,
            "NumMedia": "0",
            **form,
        }
        return self.signed("/webhooks/twilio", whole)

    def signed(self, path: str, form: dict[str, str], token: str = TOKEN) -> int:
        return self.client.post(
            path,
            content=urlencode(form),
            headers={
                "Content-Type": "application/x-www-form-urlencoded",
                "X-Twilio-Signature": twilio.sign(token, PUBLIC_URL + path, form),
            },
        ).status_code

    def update(self, update: dict[str, Any], secret: str | None = BOT_SECRET) -> int:
        """A Telegram update. Returns the status."""
        headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
        # json.dumps writes half a surrogate pair as an escape, which is how one would come in.
        return self.client.post("/webhooks/telegram", content=json.dumps(update), headers=headers).status_code

    # --- work ---

    def work(self, rounds: int = 20) -> None:
        """Runs the worker until nothing is due."""
        for _ in range(rounds):
            asyncio.run(self._work_once())
            if not self.due():
                return
        raise AssertionError("the worker never comes to an end")

    async def _work_once(self) -> None:
        async with worker_app().open_async() as app:
            worker = tasks.PromptWorker(
                app=app, concurrency=4, wait=False, delete_jobs="successful", install_signal_handlers=False
            )
            # No periodic work in between: a test says itself what time it is.
            worker._periodic_deferrer = asyncio.Event().wait  # type: ignore[method-assign]
            await worker.run()

    def due(self) -> int:
        with transaction() as session:
            return session.execute(
                text(
                    "SELECT count(*) FROM procrastinate_jobs AS job"
                    " WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= now())"
                    " AND NOT EXISTS (SELECT FROM procrastinate_jobs AS earlier WHERE earlier.lock = job.lock"
                    " AND earlier.status IN ('todo', 'doing') AND earlier.id < job.id)"
                )
            ).scalar_one()

    def hurry(self) -> None:
        """As if every retry were due now."""
        with transaction() as session:
            session.execute(text("UPDATE procrastinate_jobs SET scheduled_at = NULL WHERE status = 'todo'"))

    # --- what is there ---

    def messages(self, channel: str, address: str, direction: str | None = None) -> list[Message]:
        with transaction() as session:
            found = (
                session.query(Message)
                .join(Conversation, Conversation.id == Message.conversation_id)
                .join(Address, Address.id == Conversation.address_id)
                .filter(Address.channel == channel, Address.address == address)
                .order_by(Message.sequence)
                .all()
            )
        return [message for message in found if direction in (None, message.direction)]

    def conversation(self, channel: str, address: str) -> Conversation:
        with transaction() as session:
            return (
                session.query(Conversation)
                .join(Address, Address.id == Conversation.address_id)
                .filter(Address.channel == channel, Address.address == address)
                .one()
            )

    def opted_out(self, channel: str, address: str) -> bool:
        with transaction() as session:
            row = session.query(Address).filter(Address.channel == channel, Address.address == address).one()
        return row.opted_out_at is not None

    def keys(self, channel: str, address: str) -> list[str | None]:
        """The keys of the replies, the privacy notice left out."""
        out = self.messages(channel, address, "out")
        return [message.response_key for message in out if message.response_key != "utter_privacy_notice"]

    def reset(self) -> None:
        self.engine.reset()
        for state in (self.twilio, self.telegram):
            state.sent.clear()
            state.refused.clear()
            state.failures.clear()
        self.twilio.opted_out.clear()
        self.telegram.blocked.clear()
        self.telegram.answered.clear()
        self.telegram.updates.clear()
        with transaction() as session:
            session.execute(text("TRUNCATE procrastinate_jobs CASCADE"))


@pytest.fixture(scope="session")
def messaging_database() -> Iterator[str]:
    """A database with our tables, for the tests of channels and turns."""
    # Not pytest's own folder: as root the server runs as another user, who may not enter that one.
    folder = Path(tempfile.mkdtemp(prefix="phendula-messaging-"))
    folder.chmod(0o755)
    url = embedded.start_embedded(folder)
    migrate(url)
    yield url
    forget_engine()
    embedded.stop_embedded(folder)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def messaging_apps() -> Iterator[tuple[FastAPI, str, FastAPI, str, Engine, str]]:
    """The stand-ins of the providers and of the engine, each served on a port of its own."""
    # Receipts are posted by the tests themselves, so that their order is theirs.
    twilio_app, telegram_app, engine = twilio.create_app(receipts=False), telegram.create_app(), Engine()
    with served(twilio_app) as first, served(telegram_app) as second, served(engine.app) as third:
        yield twilio_app, first, telegram_app, second, engine, third


@pytest.fixture
def messaging(messaging_database, messaging_apps, monkeypatch) -> Iterator[Messaging]:
    """The messaging side with credentials for all channels."""
    twilio_app, twilio_url, telegram_app, telegram_url, engine, engine_url = messaging_apps
    values = {"TWILIO_API_BASE": twilio_url, "TELEGRAM_API_BASE": telegram_url, **CREDENTIALS}
    with environment(
        monkeypatch,
        DATABASE_URL=messaging_database,
        PUBLIC_URL=PUBLIC_URL,
        ENGINE_URL=engine_url,
        PHENDULA_ENV="development",
        **values,
    ):
        forget_engine()
        sql_engine()
        region()
        side = Messaging(twilio_app, telegram_app, engine)
        side.reset()
        yield side
        forget_engine()


@pytest.fixture
def sandbox(messaging_database, messaging_apps, monkeypatch) -> Iterator[Messaging]:
    """The messaging side without any credentials."""
    twilio_app, _, telegram_app, _, engine, engine_url = messaging_apps
    with environment(
        monkeypatch,
        DATABASE_URL=messaging_database,
        PUBLIC_URL=PUBLIC_URL,
        ENGINE_URL=engine_url,
        PHENDULA_ENV="development",
    ):
        forget_engine()
        side = Messaging(twilio_app, telegram_app, engine)
        side.reset()
        yield side
        forget_engine()
