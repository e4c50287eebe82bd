"""The engine over Rasa's documented REST channel: one message in, a list of replies out."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from typing import Any

import httpx
import structlog

from crm_store.settings import settings

log = structlog.get_logger(__name__)
TIME_OUT_SECONDS = 20.0
CONNECT_SECONDS = 2.0
# A replica that refused a connection is left alone this long when there is another.
REST_SECONDS = 5.0


class EngineUnavailable(Exception):
    """The engine did not answer: it failed, took too long, or said nothing (action server down)."""


@dataclass(frozen=True)
class EngineReply:
    """One reply: a key with its values, or plain text from an engine that keeps its own texts."""

    key: str | None
    text: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    buttons: list[dict[str, str]] = field(default_factory=list)
    understood: dict[str, Any] | None = None


class EngineClient:
    """Speaks to one or several engine replicas; a conversation keeps to one while that one answers."""

    def __init__(self, urls: Sequence[str], time_out_seconds: float = TIME_OUT_SECONDS) -> None:
        self._urls = [url.rstrip("/") for url in urls]
        self._resting: dict[str, float] = {}
        self._lock = threading.Lock()
        self._http = httpx.Client(
            timeout=httpx.Timeout(time_out_seconds, connect=CONNECT_SECONDS),
            limits=httpx.Limits(max_connections=64, max_keepalive_connections=16, keepalive_expiry=4.0),
            trust_env=False,
        )

    def converse(self, conversation_id: str, text: str, metadata: dict[str, Any]) -> list[EngineReply]:
        """The replies to one message, at least one. Raises EngineUnavailable."""
        failure = "no engine"
        for url in self._in_order(conversation_id):
            try:
                response = self._http.post(
                    f"{url}/webhooks/rest/webhook",
                    json={"sender": conversation_id, "message": text, "metadata": metadata},
                )
            except (
                httpx.ConnectError,
                httpx.ConnectTimeout,
                httpx.RemoteProtocolError,
                httpx.ReadError,
            ) as error:
                # The message id in the metadata makes a repetition at another replica harmless.
                failure = f"{url}: {error!r}"
                self._rest(url)
                continue
            except httpx.HTTPError as error:
                raise EngineUnavailable(f"{url}: {error!r}") from error
            if response.status_code != 200:
                raise EngineUnavailable(f"{url}: HTTP {response.status_code}")
            return _replies(url, response)
        raise EngineUnavailable(failure)

    def ready(self) -> list[str]:
        """What keeps the engine from answering, an entry a replica; empty when at least one can."""
        faults = []
        for url in self._urls:
            try:
                response = self._http.get(f"{url}/status", timeout=CONNECT_SECONDS)
            except httpx.HTTPError as error:
                faults.append(f"{url}: {error!r}")
                continue
            if response.status_code == 200:
                return []
            faults.append(f"{url}: HTTP {response.status_code}")
        return faults

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def _in_order(self, conversation_id: str) -> list[str]:
        """Every replica, those that rest last; by highest random weight, so that each talk has a home."""

        def weight(url: str) -> bytes:
            return blake2b(f"{conversation_id} {url}".encode(), digest_size=8).digest()

        now = time.monotonic()
        with self._lock:
            resting = {url for url, until in self._resting.items() if until > now}
        return sorted(self._urls, key=lambda url: (url in resting, weight(url)))

    def _rest(self, url: str) -> None:
        with self._lock:
            self._resting[url] = time.monotonic() + REST_SECONDS


@cache
def engine() -> EngineClient:
    """This process's line to the engine of ENGINE_URL."""
    return EngineClient(settings().engine_urls)


def _replies(url: str, response: httpx.Response) -> list[EngineReply]:
    try:
        content = response.json()
        replies = [_reply(item) for item in content]
    except (ValueError, TypeError, AttributeError) as error:
        raise EngineUnavailable(f"{url}: an answer that is no list of replies") from error
    # Rasa answers 200 and nothing when its action server is down.
    if not replies:
        raise EngineUnavailable(f"{url}: no reply")
    return replies


def _reply(item: dict[str, Any]) -> EngineReply:
    custom = item.get("custom")
    if isinstance(custom, dict) and custom.get("response"):
        return EngineReply(
            key=str(custom["response"]),
            values=dict(custom.get("values") or {}),
            buttons=list(custom.get("buttons") or []),
            understood=custom.get("understood"),
        )
    text = item.get("text")
    if not isinstance(text, str):
        raise ValueError("a reply without a key or text")
    return EngineReply(key=None, text=text, buttons=list(item.get("buttons") or []))
