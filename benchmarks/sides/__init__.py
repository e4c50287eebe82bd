"""The assistants that are measured, each behind the same few verbs."""

from dataclasses import dataclass
from typing import Protocol


class NoAnswer(Exception):
    """Nothing came back within the time that a person would wait."""


@dataclass(frozen=True)
class Answer:
    """What came back on one message, and after how many seconds the first and the last of it."""

    texts: list[str]
    first_seconds: float
    last_seconds: float


class Side(Protocol):
    """An assistant as real processes; a context manager starts it and stops it."""

    name: str
    #: how many examples it learnt from
    examples: int

    def say(self, person: str, text: str) -> Answer:
        """One message of one person (+27…), until all of the answer is there. Raises NoAnswer."""

    def roles(self) -> dict[str, list[int]]:
        """The running processes of each role."""

    def own_processes(self) -> list[int]:
        """Processes that serve the benchmark only, such as its own database connection."""
