"""Twilio's stand-in within the benchmark's own process: it notes when each request arrives."""

import queue
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

import uvicorn

from tests.stand_ins.twilio import create_app


@dataclass(frozen=True)
class Arrival:
    """A provider request: when it was all here (perf_counter), and its text."""

    at: float
    text: str


class Provider:
    """An ASGI application around the stand-in; what is sent to a number waits in that number's mailbox."""

    def __init__(self, account_sid: str, auth_token: str) -> None:
        self._app = create_app(account_sid, auth_token)
        self.mailboxes: defaultdict[str, queue.SimpleQueue[Arrival]] = defaultdict(queue.SimpleQueue)

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """ASGI."""
        if (
            scope["type"] != "http"
            or scope["method"] != "POST"
            or not scope["path"].endswith("/Messages.json")
        ):
            await self._app(scope, receive, send)
            return
        body = b""

        async def listen() -> Any:
            nonlocal body
            event = await receive()
            body += event.get("body", b"")
            if event["type"] == "http.request" and not event.get("more_body"):
                form = parse_qs(body.decode())
                self.mailboxes[form["To"][0]].put(Arrival(time.perf_counter(), form["Body"][0]))
            return event

        await self._app(scope, listen, send)


@contextmanager
def listening(provider: Provider, port: int) -> Iterator[None]:
    """Within, the provider answers on the port."""
    server = uvicorn.Server(
        uvicorn.Config(provider, host="127.0.0.1", port=port, log_level="warning", access_log=False)  # type: ignore[arg-type]
    )
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.02)
        yield
    finally:
        server.should_exit = True
        thread.join(10)
