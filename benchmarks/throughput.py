"""Plays conversations with one side and measures speed, waiting, CPU, memory and a long history's cost."""

import math
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle

import httpx

from benchmarks import meters
from benchmarks.scripts import ONE_PERSON_SAYS, Script, with_reference
from benchmarks.sides import Answer, NoAnswer, Side
from benchmarks.texts import segments

PEOPLE_AT_ONCE = 8
WINDOW = 2 * len(ONE_PERSON_SAYS)
IDLE_SECONDS = 10


@dataclass
class Exchange:
    """A message and its answer; None when none came."""

    said: str
    answer: Answer | None


@dataclass
class Played:
    """The conversations as they went."""

    seconds: float
    conversations: list[list[Exchange]]
    cpu_ms: dict[str, float]
    #: of the whole machine's CPU, what neither the side nor the benchmark used
    others_share: float
    #: CPU of the load generator (and the provider's stand-in) a message
    generator_ms: float

    @property
    def answers(self) -> list[Answer]:
        """All answers."""
        return [one.answer for talk in self.conversations for one in talk if one.answer]

    @property
    def messages(self) -> int:
        """How many messages were sent in."""
        return sum(map(len, self.conversations))

    @property
    def unanswered(self) -> int:
        """How many of them were never answered."""
        return self.messages - len(self.answers)

    @property
    def per_second(self) -> float:
        """Messages answered in a second."""
        return len(self.answers) / self.seconds

    def waiting(self, share: float, last: bool = True) -> float:
        """Milliseconds within which that share of the messages had its last reply (or its first)."""
        times = sorted(one.last_seconds if last else one.first_seconds for one in self.answers)
        return 1000 * times[min(len(times) - 1, math.ceil(share * len(times)) - 1)]

    @property
    def segments_a_conversation(self) -> float:
        """SMS segments sent out, as the provider would count them."""
        sent = sum(segments(text) for answer in self.answers for text in answer.texts)
        return sent / len(self.conversations)


@dataclass
class Window:
    """The cost of one message at some point of one person's history: the mean of ten messages up to there."""

    at: int
    milliseconds: float
    cpu_ms: dict[str, float]


@dataclass
class Measured:
    """All figures of one side."""

    name: str
    examples: int
    seconds_to_start: float = 0.0
    played: Played | None = None
    memory_mb: dict[str, float] = field(default_factory=dict)
    idle_cpu_ms: dict[str, float] = field(default_factory=dict)
    windows: list[Window] = field(default_factory=list)
    stopped_at: int | None = None


def new_people(first: int) -> Iterator[str]:
    """Numbers that nobody has used in this run."""
    number = first
    while True:
        yield f"+2771{number:07d}"
        number += 1


def play(side: Side, scripts: Sequence[Script], people: Iterator[str]) -> Played:
    """All conversations, eight people at once; each waits for the answer before the next message."""
    tasks = [(script, next(people)) for script in scripts]
    before = meters.cpu(side.roles, side.own_processes())
    machine_before, own_before = meters.machine_seconds(), meters.own_seconds()
    began = time.perf_counter()
    with ThreadPoolExecutor(PEOPLE_AT_ONCE) as pool:
        talks = list(pool.map(lambda task: converse(side, *task), tasks))
    seconds = time.perf_counter() - began
    after = meters.cpu(side.roles, side.own_processes())
    own = meters.own_seconds() - own_before
    others = meters.machine_seconds() - machine_before - own
    others -= sum(after.seconds.values()) - sum(before.seconds.values())
    messages = sum(map(len, talks))
    share = max(0.0, others / (seconds * (os.cpu_count() or 1)))
    return Played(seconds, talks, after.since(before, messages), share, 1000 * own / messages)


def converse(side: Side, script: Script, person: str) -> list[Exchange]:
    """One conversation; it ends early when no answer comes."""
    talk: list[Exchange] = []
    heard: list[str] = []
    for text in script.says:
        said = with_reference(text, heard)
        try:
            answer = side.say(person, said)
        except (NoAnswer, httpx.HTTPError):
            talk.append(Exchange(said, None))
            break
        talk.append(Exchange(said, answer))
        heard += answer.texts
    return talk


def warm_up(side: Side, people: Iterator[str]) -> None:
    """A few people write before anything is measured: first times are dearer everywhere."""
    for _ in range(5):
        converse(side, Script("warm-up", ONE_PERSON_SAYS), next(people))


def idle(side: Side) -> dict[str, float]:
    """CPU milliseconds a second when nobody writes."""
    before = meters.cpu(side.roles, side.own_processes())
    time.sleep(IDLE_SECONDS)
    return meters.cpu(side.roles, side.own_processes()).since(before, IDLE_SECONDS)


def first_messages(side: Side, people: Iterator[str]) -> Window:
    """What the very first message of a person costs: ten people, a message each."""
    return _window(side, 1, [(next(people), text) for text in (*ONE_PERSON_SAYS, *ONE_PERSON_SAYS)])


def one_person(side: Side, person: str, stops: Sequence[int], cap_seconds: float) -> tuple[list[Window], int]:
    """One person writes and writes: windows that end at the stops, and how many messages it came to."""
    windows: list[Window] = []
    texts = cycle(ONE_PERSON_SAYS)
    until = time.monotonic() + cap_seconds
    done = 0
    while done < max(stops) and time.monotonic() < until:
        try:
            window = _window(side, done + WINDOW, [(person, next(texts)) for _ in range(WINDOW)])
        except (NoAnswer, httpx.HTTPError):
            break
        done += WINDOW
        if done in stops:
            windows.append(window)
    if done and done not in stops:
        windows.append(window)
    return windows, done


def _window(side: Side, at: int, messages: list[tuple[str, str]]) -> Window:
    before = meters.cpu(side.roles, side.own_processes())
    times = [side.say(person, text).last_seconds for person, text in messages]
    after = meters.cpu(side.roles, side.own_processes())
    return Window(at, 1000 * statistics.fmean(times), after.since(before, len(messages)))


def measure(
    sides: Sequence[Side], scripts: Sequence[Script], *, rounds: int, long_history: int, cap_seconds: float
) -> list[Measured]:
    """Everything about sides that all run already.

    The sides take turns, round by round, so that whatever else the machine does meets both alike.
    """
    measured = [Measured(side.name, side.examples) for side in sides]
    people = [new_people(1) for _ in sides]
    for side, figures, numbers in zip(sides, measured, people, strict=True):
        warm_up(side, numbers)
        figures.idle_cpu_ms = idle(side)
    played: list[list[Played]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, rounds_played, numbers in zip(sides, played, people, strict=True):
            rounds_played.append(play(side, scripts, numbers))
    for side, figures, rounds_played, numbers in zip(sides, measured, played, people, strict=True):
        figures.played = together(rounds_played)
        figures.memory_mb = meters.memory(side.roles)
        figures.windows = [first_messages(side, numbers)]
    stops = [stop for stop in (100, 1000) if stop <= long_history] or [long_history]
    for side, figures, numbers in zip(sides, measured, people, strict=True):
        windows, done = one_person(side, next(numbers), stops, cap_seconds)
        figures.windows += windows
        figures.stopped_at = done if done < max(stops) else None
    return measured


def together(rounds: Sequence[Played]) -> Played:
    """Several rounds as one."""
    messages = sum(one.messages for one in rounds)
    seconds = sum(one.seconds for one in rounds)
    return Played(
        seconds,
        [talk for one in rounds for talk in one.conversations],
        {
            role: sum(one.cpu_ms[role] * one.messages for one in rounds) / messages
            for role in rounds[0].cpu_ms
        },
        sum(one.others_share * one.seconds for one in rounds) / seconds,
        sum(one.generator_ms * one.messages for one in rounds) / messages,
    )
