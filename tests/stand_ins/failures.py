"""Failures that a stand-in was told to give, used up one by one."""

from __future__ import annotations

import threading
from typing import Any

from pydantic import BaseModel, Field


class Failure(BaseModel):
    """What to do to the next `times` sends (to one receiver, or to all)."""

    status: int = 500
    code: int | None = None
    retry_after: float | None = None
    delay_seconds: float = 0.0
    #: the message is taken all the same: the answer is what gets lost
    take_it: bool = False
    times: int = 1
    to: str | None = None
    message: str = Field(default="told to fail")


class Failures:
    """The failures still to be given."""

    def __init__(self) -> None:
        self._waiting: list[Failure] = []
        self._lock = threading.Lock()

    def add(self, failure: Failure) -> None:
        with self._lock:
            self._waiting.append(failure.model_copy())

    def clear(self) -> None:
        with self._lock:
            self._waiting.clear()

    def take(self, to: str) -> Failure | None:
        with self._lock:
            for failure in self._waiting:
                if failure.to in (None, to):
                    failure.times -= 1
                    if failure.times <= 0:
                        self._waiting.remove(failure)
                    return failure
        return None

    def left(self) -> list[dict[str, Any]]:
        with self._lock:
            return [failure.model_dump() for failure in self._waiting]
