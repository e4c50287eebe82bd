"""The desk under load: agents with open streams, people who write, and how fast the pages stay.

    python -m benchmarks.desk                     200 agents, 50 messages a second, 60 seconds

Every agent has taken one chat over and has a page open with its stream: most the chat, one in ten the list
of chats, one in twenty the overview. The messages come by Twilio's signed webhook into these chats, since
that is what the desk is busy with (the assistant's own speed: `benchmarks.run`). What a page is told of it
fetches again, as its script does; meanwhile other pages are opened as agents open them. The first ten seconds
do not count.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import re
import statistics
import time
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import cycle
from urllib.parse import urlencode
from uuid import UUID

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from crm_store import embedded
from crm_store.domain.municipality import load_region
from crm_store.migrations import migrate
from crm_store.services.conversations import take_over
from crm_store.services.desk_sessions import begin_session
from crm_store.services.inbox import InboundMessage, accept_message
from crm_store.services.turns import finish_turn
from crm_store.tables import User
from desk.access import cookie_name
from tests.processes.running import ACCOUNT_SID, SMS_FROM, RunningSystem, wait_until
from tests.stand_ins.twilio import sign
from tests.store.many_cases import open_many
from tests.store_fixtures import ROOT, postgres_folder

CASES = 20_000
_RESTS_PERCENT = 8
#: The web server has just started, and all chats begin at once: what is measured is a desk at work.
_WARMS_UP_SECONDS = 10
_MESSAGE = re.compile(rb'id="message-(\d+)"')

#: What agents open while they work, as often as they do.
PAGES = (
    *("/desk/chats/{chat}", "/desk/chats") * 3,
    *("/desk/cases", "/desk/cases?q=pothole", "/desk/capture", "/desk/citizens?q=082"),
)


class Client:
    """Requests to the web server over kept connections.

    Not httpx: it takes as long for a request as the desk does, and both share the cores that are measured.
    """

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self._idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection of one's own."""
        return await asyncio.open_connection(self.host, self.port)

    async def ask(
        self, method: str, path: str, headers: dict[str, str], body: bytes = b""
    ) -> tuple[int, bytes]:
        """Sends the request, reads the whole answer, and returns its status and body."""
        reader, writer = self._idle.pop() if self._idle else await self.connect()
        writer.write(head(method, path, {**headers, "Content-Length": str(len(body))}) + body)
        try:
            answer = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        except (asyncio.IncompleteReadError, ConnectionResetError):  # it was idle for too long
            return await self.ask(method, path, headers, body)
        status, _, fields = answer.partition("\r\n")
        length = dict(line.split(": ", 1) for line in fields.split("\r\n") if line).get("content-length", "0")
        said = await reader.readexactly(int(length))
        self._idle.append((reader, writer))
        return int(status.split()[1]), said


def head(method: str, path: str, headers: dict[str, str]) -> bytes:
    """A request up to its body."""
    lines = [
        f"{method} {path} HTTP/1.1",
        "Host: desk",
        *(f"{key}: {value}" for key, value in headers.items()),
    ]
    return "\r\n".join([*lines, "", ""]).encode()


@dataclass(frozen=True)
class OpenPage:
    """The parts of a page that it fetches, and the topics of each."""

    fragments: dict[str, tuple[str, ...]]


CHAT = OpenPage(
    {
        "/desk/chats/{chat}/_state": ("chat:{chat}",),
        "/desk/chats/{chat}/_thread": ("chat:{chat}", "words:{chat}"),
    }
)
#: What the page of a chat fetches of it when all that changed is that the person said something.
SAID = "/desk/chats/{chat}/_thread?after={newest}"
LISTS = OpenPage({"/desk/chats/_lists": ("chats",)})
OVERVIEW = OpenPage({"/desk/overview/_now": ("overview", "chats", "cases")})
#: The pages of twenty agents.
OPEN = (*(CHAT,) * 17, LISTS, LISTS, OVERVIEW)


@dataclass
class Agent:
    """A clerk with a chat in hand."""

    username: str
    token: str
    chat: UUID
    phone: str
    page: OpenPage
    #: the newest message that their page shows
    newest: int = 0


@dataclass
class Heard:
    """What was measured."""

    seconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    wrong: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    #: when the oldest message of each chat was sent that its page has not begun to fetch, and how long it
    #: took from there until it was shown
    sent: dict[UUID, float] = field(default_factory=dict)
    shown: list[float] = field(default_factory=list)
    posted: list[float] = field(default_factory=list)
    sent_in_all: int = 0
    refused: int = 0
    #: when the measurement began
    since: float = 0.0

    def note(self, times: list[float], began: float) -> None:
        """What began just then is over."""
        if began >= self.since:
            times.append(time.monotonic() - began)


def main() -> None:
    """Prints the table of docs/performance.md's desk."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--agents", type=int, default=200)
    asked.add_argument("--rate", type=float, default=50, help="messages a second")
    asked.add_argument("--seconds", type=float, default=60)
    asked.add_argument(
        "--pages", type=float, default=10, help="pages opened a second, by all agents together"
    )
    given = asked.parse_args()
    with postgres_folder() as folder:
        url = embedded.start_embedded(folder)
        migrate(url)
        agents = furnish(url, given.agents)
        system = RunningSystem(folder, url)
        try:
            system.start()
            system.wait_until_quiet(300)
            rest(system)
            print(
                f"{given.agents} agents with open streams, {given.rate:g} messages and {given.pages:g} pages"
                f" a second, for {given.seconds:g} seconds",
                flush=True,
            )
            heard = asyncio.run(play(system, agents, given))
            system.wait_until_quiet(300)
            tell(system, heard)
        finally:
            system.stop()
            embedded.stop_embedded(folder)


def furnish(url: str, count: int) -> list[Agent]:
    """Cases to look through, and agents who have each taken a chat over."""
    region, now = load_region(ROOT / "municipalities/ilembe.yml"), datetime.now(UTC)
    engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1))
    agents = []
    with Session(engine, expire_on_commit=False) as session, session.begin():
        open_many(session, region, CASES, now)
        for number in range(count):
            phone = f"+2782{number:07d}"
            shown = OPEN[number % len(OPEN)]
            role = "supervisor" if shown is OVERVIEW else "agent"
            user = User(username=f"agent{number}", role=role, name=f"Agent {number}")
            session.add(user)
            session.flush()
            begun = begin_session(session, user.id, "127.0.0.1", "benchmark", now)
            accepted = accept_message(
                session,
                InboundMessage(
                    channel="sms", address=phone, provider_id=f"first-{number}", body="Ngicela usizo"
                ),
            )
            finish_turn(session, accepted.message_id, [], asking=None, choices=[])
            take_over(session, accepted.conversation_id, user.username)
            agents.append(Agent(user.username, begun.token, accepted.conversation_id, phone, shown))
    engine.dispose()
    return agents


def rest(system: RunningSystem) -> None:
    """Until the worker has seen to the cases it found: their search words, and what is due."""
    worker = system.process_named("worker")
    wait_until("the worker to rest", lambda: worker.cpu_percent(5) < _RESTS_PERCENT, 300)


async def play(system: RunningSystem, agents: list[Agent], given: argparse.Namespace) -> Heard:
    """Streams open, messages come, pages are opened, for as long as asked."""
    heard, until = Heard(), asyncio.Event()
    client = Client("127.0.0.1", system.web_port)
    streams = [asyncio.create_task(listen(client, agent, heard, until)) for agent in agents]
    await asyncio.sleep(5)
    begin = time.monotonic() + _WARMS_UP_SECONDS
    heard.since, end = begin, begin + given.seconds
    await asyncio.gather(
        write(client, system.web, agents, heard, given.rate, end),
        open_pages(client, agents, heard, given.pages, end),
    )
    until.set()
    for stream in streams:
        stream.cancel()
    return heard


async def listen(client: Client, agent: Agent, heard: Heard, until: asyncio.Event) -> None:
    """An open page: its stream, and the fragments it fetches when it is told of a change."""
    told = {
        topic.format(chat=agent.chat): {one for one, its in agent.page.fragments.items() if topic in its}
        for topics in agent.page.fragments.values()
        for topic in topics
    }
    if agent.page is CHAT:
        await open_page(client, agent, "/desk/chats/{chat}/_thread", Heard())
    stale: set[str] = set()
    refreshing: asyncio.Task[None] | None = None
    address = f"/desk/live?topics={','.join(told)}"
    reader, writer = await client.connect()
    writer.write(head("GET", address, cookies(agent)))
    while not until.is_set() and (line := await reader.readline()):
        if line.startswith(b"data: {"):
            message = json.loads(line[6:])
            fragments = told.get(message.get("topic"), set())
            stale |= {SAID if "said" in message and "_thread" in one else one for one in fragments}
        if stale and (refreshing is None or refreshing.done()):
            refreshing = asyncio.create_task(refresh(client, agent, heard, stale))
    writer.close()


async def refresh(client: Client, agent: Agent, heard: Heard, stale: set[str]) -> None:
    """One fetch at a time; what changes meanwhile is fetched once more."""
    while stale:
        fragments = sorted(stale)
        stale.clear()
        sent = heard.sent.pop(agent.chat, None)
        await asyncio.gather(*(open_page(client, agent, one, heard) for one in fragments))
        if sent is not None and agent.page is CHAT:
            heard.note(heard.shown, sent)


async def write(client: Client, web: str, agents: list[Agent], heard: Heard, rate: float, end: float) -> None:
    """People write at an even rate, each answer awaited beside the next message."""
    running: set[asyncio.Task[None]] = set()
    begun = time.monotonic()
    for number, agent in enumerate(cycle(agents)):
        due = begun + number / rate
        if due > end:
            break
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        task = asyncio.create_task(send(client, web, agent, number, heard))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


async def send(client: Client, web: str, agent: Agent, number: int, heard: Heard) -> None:
    """One SMS by the signed webhook."""
    form = {"MessageSid": f"SM{number:032d}", "AccountSid": ACCOUNT_SID, "From": agent.phone, "To": SMS_FROM}
    form |= {"Body": f"Ngisalindile, umlayezo {number}", "NumMedia": "0"}
    began = time.monotonic()
    heard.sent_in_all += 1
    heard.sent.setdefault(agent.chat, began)
    signature = sign("twilio-token", f"{web}/webhooks/twilio", form)
    headers = {"X-Twilio-Signature": signature, "Content-Type": "application/x-www-form-urlencoded"}
    status, _ = await client.ask("POST", "/webhooks/twilio", headers, urlencode(form).encode())
    heard.note(heard.posted, began)
    heard.refused += status != HTTPStatus.OK


async def open_pages(client: Client, agents: list[Agent], heard: Heard, rate: float, end: float) -> None:
    """Pages opened at an even rate, by agents in turn."""
    chance = random.Random(7)
    running: set[asyncio.Task[None]] = set()
    begun = time.monotonic()
    for number, page in enumerate(cycle(PAGES)):
        due = begun + number / rate
        if due > end:
            break
        await asyncio.sleep(max(0.0, due - time.monotonic()))
        task = asyncio.create_task(open_page(client, chance.choice(agents), page, heard))
        running.add(task)
        task.add_done_callback(running.discard)
    await asyncio.gather(*running)


async def open_page(client: Client, agent: Agent, page: str, heard: Heard) -> None:
    """One page, timed to its last byte."""
    began = time.monotonic()
    path = page.format(chat=agent.chat, newest=agent.newest)
    status, said = await client.ask("GET", path, cookies(agent))
    heard.note(heard.seconds[page], began)
    if "_thread" in page:
        agent.newest = max([agent.newest, *map(int, _MESSAGE.findall(said))])
    heard.wrong[page] += status != HTTPStatus.OK


def cookies(agent: Agent) -> dict[str, str]:
    """What signs the agent's requests."""
    return {"Cookie": f"{cookie_name()}={agent.token}"}


def tell(system: RunningSystem, heard: Heard) -> None:
    """The table: pages by their median and 95th percentile, and what became of the messages."""
    print("| page | opened | median ms | 95 % ms | wrong |")
    print("|---|---|---|---|---|")
    everything = [one for times in heard.seconds.values() for one in times]
    for page, times in [*sorted(heard.seconds.items()), ("all pages", everything)]:
        wrong = heard.wrong[page] if page in heard.wrong else sum(heard.wrong.values())
        print(f"| {page} | {len(times)} | {_ms(times, 0.5)} | {_ms(times, 0.95)} | {wrong} |")
    (stored,) = system.rows(
        "SELECT count(*) AS n, count(*) FILTER (WHERE status = 'handled') AS handled FROM messages"
        " WHERE direction = 'in' AND provider_id LIKE 'SM%'"
    )
    count = f"{heard.sent_in_all} messages sent, {heard.refused} refused, {stored['n']} stored"
    speed = f"webhook median {_ms(heard.posted, 0.5)} ms, 95 % {_ms(heard.posted, 0.95)} ms"
    live = f"shown after median {_ms(heard.shown, 0.5)} ms, 95 % {_ms(heard.shown, 0.95)} ms"
    print(f"{count}, {stored['handled']} handled; {speed}; {live} ({len(heard.shown)} times)")


def _ms(times: list[float], share: float) -> str:
    if not times:
        return "-"
    if share == 0.5:
        return f"{statistics.median(times) * 1000:.0f}"
    return f"{sorted(times)[int(len(times) * share)] * 1000:.0f}"


if __name__ == "__main__":
    main()
