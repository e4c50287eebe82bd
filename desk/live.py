"""Live pages: GET /desk/live?topics=chats,chat:<id> is a stream of server-sent events.

One connection a process listens to what `crm_store.live.publish` tells, and gives it to the streams of that
process. An event says only 'look again': the page fetches its fragment by the usual door, with its rights.
The event 'look' says so of the whole page: what changed before the process listened was told to nobody.
What concerns one chat or case is told at once. What concerns a list (a topic without an id) is told at once
too, but then only every TOGETHER_SECONDS: many pages show it, and each looks again at all of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import psycopg
import structlog
from fastapi import APIRouter, Depends, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import StreamingResponse

from crm_store.database import transaction
from crm_store.domain.roles import Permission
from crm_store.embedded import database_url
from crm_store.live import CHANNEL
from crm_store.services.desk_sessions import living
from desk.access import SignedIn, allowed, idle_time

log = structlog.get_logger(__name__)
router = APIRouter(prefix="/desk")

HEARTBEAT_SECONDS = 15
TOGETHER_SECONDS = 2.0
_MOST_APART_SECONDS = 0.025
_RETRY_SECONDS = (0.5, 1, 2, 5)
_MOST_TOPICS = 20
_MOST_WAITING = 200  # events a slow page may be behind; then it is told to look at everything again

#: The first word of a topic -> who may listen to it. Topics that are not here are heard by nobody.
TOPICS: dict[str, Permission] = {
    "chats": "chats",
    "chat": "chats",
    "words": "chats",  # said in a chat, which for the rest is as it was
    "cases": "cases",
    "case": "cases",
    "citizen": "citizens",
    "overview": "overview",
    "training": "train",
}


@dataclass(eq=False)
class Stream:
    """One open page, and what it has not read yet."""

    session_id: UUID
    topics: frozenset[str]
    waiting: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(_MOST_WAITING))
    #: set: this is the last word
    over: bool = False

    def tell(self, event: str) -> None:
        """Give the page an event, or, when it is far behind, the word to look at everything again."""
        if self.waiting.full():
            while not self.waiting.empty():
                self.waiting.get_nowait()
            event = _LOOK
        self.waiting.put_nowait(event)

    def end(self, last_word: str = "") -> None:
        """The page gets no more events. Without a last word its browser connects again by itself."""
        while not self.waiting.empty():
            self.waiting.get_nowait()
        self.over = True
        self.waiting.put_nowait(last_word)


class Hub:
    """The streams of this process and the one connection that feeds them, open while there are any."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._listening = False
        #: lists told of a moment ago -> the end of the moment, and what to tell then
        self._resting: dict[str, asyncio.TimerHandle] = {}
        self._to_tell: dict[str, str] = {}

    def join(self, stream: Stream) -> None:
        """From now on the stream is told its topics; it is told to look as soon as the process listens."""
        self.streams.add(stream)
        if self._listening:
            stream.tell(_LOOK)
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._watch_sessions())]

    def leave(self, stream: Stream) -> None:
        """The page was closed; without any the connection is closed too."""
        self.streams.discard(stream)
        if not self.streams:
            for task in self._tasks:
                task.cancel()
            for moment in self._resting.values():
                moment.cancel()
            self._tasks, self._resting, self._to_tell, self._listening = [], {}, {}, False

    def close(self) -> None:
        """End all streams: this process stops, and the pages connect to another or to its successor."""
        for stream in list(self.streams):
            stream.end()

    async def _listen(self) -> None:
        """Listen for ever; whenever that begins every page looks, since it may have missed something."""
        failures = 0
        while True:
            try:
                connection = await psycopg.AsyncConnection.connect(
                    database_url(), autocommit=True, application_name="phendula desk live"
                )
                async with connection:
                    await connection.execute(f"LISTEN {CHANNEL}")
                    failures, self._listening = 0, True
                    for stream in self.streams:
                        stream.tell(_LOOK)
                    async for notice in connection.notifies():
                        self._hear(notice.payload)
            except psycopg.Error as error:
                log.warning("live_connection_lost", error=str(error).strip())
            self._listening = False
            await asyncio.sleep(_RETRY_SECONDS[min(failures, len(_RETRY_SECONDS) - 1)])
            failures += 1

    def _hear(self, payload: str) -> None:
        try:
            message: dict[str, Any] = json.loads(payload)
            topic = str(message["topic"])
        except (ValueError, KeyError, TypeError):
            return  # another program's word on our channel
        if topic == "sessions":
            self._checking = asyncio.create_task(self._end_ended())
            return
        event = _event("changed", message)
        if topic in self._resting:
            self._to_tell[topic] = event
        else:
            self._tell(topic, event)

    def _tell(self, topic: str, event: str) -> None:
        listening = [stream for stream in self.streams if topic in stream.topics]
        if ":" in topic:
            for stream in listening:
                stream.tell(event)
            return
        # One after another: pages that all look again at the same moment hold up whatever else is asked then.
        loop = asyncio.get_running_loop()
        apart = min(_MOST_APART_SECONDS, TOGETHER_SECONDS / 2 / max(len(listening), 1))
        for place, stream in enumerate(listening):
            if place == 0:
                stream.tell(event)  # now, before whatever is heard next
            else:
                loop.call_later(place * apart, stream.tell, event)
        self._resting[topic] = loop.call_later(TOGETHER_SECONDS, self._rested, topic)

    def _rested(self, topic: str) -> None:
        """What was told of the list meanwhile is told now, in one word."""
        del self._resting[topic]
        if event := self._to_tell.pop(topic, None):
            self._tell(topic, event)

    async def _watch_sessions(self) -> None:
        """Sessions end by time too: one question for all streams."""
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            await self._end_ended()

    async def _end_ended(self) -> None:
        ids = {stream.session_id for stream in self.streams}
        try:
            alive = await run_in_threadpool(_living, ids)
        except Exception as error:  # the database restarts: the streams wait for it
            log.warning("live_sessions_unknown", error=str(error).strip())
            return
        for stream in list(self.streams):
            if stream.session_id in ids and stream.session_id not in alive:
                stream.end(_event("ended", {}))


def _living(ids: set[UUID]) -> set[UUID]:
    with transaction() as session:
        return living(session, ids, idle_time(), datetime.now(UTC))


def _event(name: str, message: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(message, separators=(',', ':'))}\n\n"


_LOOK = _event("look", {})
hub = Hub()


def topics_for(who: SignedIn, asked: str) -> frozenset[str]:
    """Those of the asked topics (comma-separated) that the user may listen to."""
    names = [name.strip() for name in asked.split(",")][:_MOST_TOPICS]
    return frozenset(
        name
        for name in names
        if (permission := TOPICS.get(name.partition(":")[0])) is not None and who.may(permission)
    )


@router.get("/_session", status_code=204)
async def still_signed_in(who: Annotated[SignedIn, Depends(allowed())]) -> None:
    """204 while the session lives, 401 when it ended: what a page asks whose stream was cut."""
    del who


@router.get("/live")
async def live(
    request: Request,
    who: Annotated[SignedIn, Depends(allowed())],
    topics: Annotated[str, Query(max_length=1000)] = "",
) -> StreamingResponse:
    """Events of the topics, until the page is closed or the session ends."""
    del request
    return StreamingResponse(
        events(Stream(who.session_id, topics_for(who, topics))),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


async def events(stream: Stream) -> AsyncIterator[str]:
    """What the stream is told, with a sign of life in between."""
    hub.join(stream)
    try:
        yield "retry: 2000\n\n"
        while not stream.over:
            event = ": alive\n\n"
            with contextlib.suppress(TimeoutError):
                event = await asyncio.wait_for(stream.waiting.get(), HEARTBEAT_SECONDS)
            yield event
    finally:
        hub.leave(stream)
