"""What the engine remembers of a conversation: slots, the active form and the last few events, in one row.

Rasa's own stores replay a person's whole history at each message (22 ms after 10 messages, 1,088 ms after
1,000). Here the 1,000th costs what the 10th does. The row also keeps the state *before* its last message:
when a turn is tried again after a crash, the same message id comes again and finds the state it found first.
"""

from __future__ import annotations

import json
import logging
import os
import select
from typing import Any, Dict, Iterable, Iterator, List, Optional, Text

import psycopg
from psycopg.rows import tuple_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from rasa.core.brokers.broker import EventBroker
from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.constants import ACTION_LISTEN_NAME, ACTION_SESSION_START_NAME, REQUESTED_SLOT
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionReverted,
    ActiveLoop,
    AllSlotsReset,
    BotUttered,
    Event,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
    deserialise_events,
)
from rasa.shared.core.trackers import DialogueStateTracker

from engine.turn import current_message_id

logger = logging.getLogger(__name__)

# Rules look back at the message under way and the one before; older turns live on in the slots.
TURNS_KEPT = 2
POOL_SIZE = 4
# Needed neither for a rule nor for a slot, and by far the longest part of an event.
PARSE_DATA_LEFT_OUT = frozenset({"text_tokens", "intent_ranking", "metadata"})

READ = "SELECT state, before, message_id FROM engine_memory WHERE conversation_id = %s"
WRITE = """
INSERT INTO engine_memory (conversation_id, state, before, message_id, updated_at)
VALUES (%s, %s, %s, %s, now())
ON CONFLICT (conversation_id) DO UPDATE
SET state = excluded.state, before = excluded.before, message_id = excluded.message_id, updated_at = now()
"""

State = Dict[str, Any]


class MemoryUnavailable(RuntimeError):
    """The engine's memory cannot be used as configured."""


async def _check(connection: psycopg.AsyncConnection) -> None:
    """A database that was restarted is noticed before a turn fails on it, and without asking it each time.

    Of an idle connection there is only something to read when its server has ended it.
    """
    poll = select.poll()
    if not connection.closed:
        poll.register(connection.fileno(), select.POLLIN)
    if connection.closed or poll.poll(0):
        await connection.close()  # else the pool would take it back
        raise psycopg.OperationalError("the server has closed this connection")


class EngineMemory(TrackerStore):
    """Tracker store on the table `engine_memory`; in the process's own memory when `in_process` (tests)."""

    def __init__(
        self,
        domain: Optional[Domain] = None,
        event_broker: Optional[EventBroker] = None,
        in_process: bool = False,
        database_url: Optional[Text] = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(domain, event_broker)
        self.domain = domain or Domain.empty()
        self._rows: Optional[Dict[str, Any]] = {} if in_process else None
        self._url = database_url or os.environ.get("DATABASE_URL", "")
        self._pool: Optional[AsyncConnectionPool] = None
        if not in_process and not self._url:
            raise MemoryUnavailable("DATABASE_URL is not set: the engine keeps its memory in PostgreSQL.")

    async def retrieve(self, sender_id: Text) -> Optional[DialogueStateTracker]:
        """The conversation as the message under way must find it; None when it is new."""
        row = await self._read(sender_id)
        if row is None:
            return None
        state, before, message_id = row
        if message_id is not None and message_id == current_message_id.get():
            state = before
        if state is None:
            return None
        tracker = self._tracker_of(sender_id, state)
        tracker.state_at_start = state
        return tracker

    async def create_tracker(
        self, sender_id: Text, append_action_listen: bool = True
    ) -> DialogueStateTracker:
        """A new tracker, not saved yet: a first turn that fails must leave no trace."""
        tracker = self.init_tracker(sender_id)
        if append_action_listen:
            tracker.update(ActionExecuted(ACTION_LISTEN_NAME))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Replaces the conversation's row; the state this turn started from becomes its `before`."""
        state = state_of(tracker, self.domain)
        before = getattr(tracker, "state_at_start", None)
        await self._write(tracker.sender_id, state, before, current_message_id.get())
        tracker.state_at_start = before

    async def keys(self) -> Iterable[Text]:
        if self._rows is not None:
            return list(self._rows)
        async with (await self._open_pool()).connection() as connection:
            cursor = await connection.execute("SELECT conversation_id FROM engine_memory")
            return [key for (key,) in await cursor.fetchall()]

    async def _read(self, sender_id: str) -> Optional[Any]:
        if self._rows is not None:
            row = self._rows.get(sender_id)
            return None if row is None else json.loads(row)
        async with (await self._open_pool()).connection() as connection:
            cursor = await connection.execute(READ, (sender_id,))
            return await cursor.fetchone()

    async def _write(
        self, sender_id: str, state: State, before: Optional[State], message_id: Optional[str]
    ) -> None:
        if self._rows is not None:
            self._rows[sender_id] = json.dumps([state, before, message_id])
            return
        parameters = (sender_id, Jsonb(state), None if before is None else Jsonb(before), message_id)
        async with (await self._open_pool()).connection() as connection:
            await connection.execute(WRITE, parameters)

    async def _open_pool(self) -> AsyncConnectionPool:
        # Opened at the first message: a pool belongs to the event loop, which does not run yet at start.
        if self._pool is None:
            self._pool = AsyncConnectionPool(
                self._url,
                min_size=1,
                max_size=POOL_SIZE,
                timeout=20,  # on a busy machine a turn that waits is better than one that is begun anew
                open=False,
                check=_check,
                kwargs={"autocommit": True, "row_factory": tuple_row, "application_name": "phendula-engine"},
            )
            await self._pool.open()
        return self._pool

    async def close(self) -> None:
        if self._pool is not None:
            await self._pool.close()
            self._pool = None

    def _tracker_of(self, sender_id: Text, state: State) -> DialogueStateTracker:
        tracker = self.init_tracker(sender_id)
        events = _events_before(state, known_slots=set(tracker.slots)) + deserialise_events(state["events"])
        for event in events:
            if not (isinstance(event, SlotSet) and event.key not in tracker.slots):
                tracker.update(event)
        return tracker


def check_database(url: str) -> None:
    """Raises `MemoryUnavailable`, saying what to do, unless the engine's tables can be read at `url`."""
    if not url:
        raise MemoryUnavailable("DATABASE_URL is not set: the engine keeps its memory in PostgreSQL.")
    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            connection.execute("SELECT 1 FROM engine_memory LIMIT 1")
            connection.execute("SELECT 1 FROM publications LIMIT 1")
    except psycopg.errors.UndefinedTable as error:
        table = "publications" if "publications" in str(error) else "engine_memory"
        raise MemoryUnavailable(f"The table {table} is missing: run `uv run phendula migrate`.") from error
    except psycopg.Error as error:
        raise MemoryUnavailable(f"The database in DATABASE_URL cannot be used: {error}") from error


def state_of(tracker: DialogueStateTracker, domain: Domain) -> State:
    """All that later turns need, bounded: slots and form at the cut, then the events of the last turns."""
    events = list(tracker.events)
    cut = _cut_of(events)
    head = DialogueStateTracker(tracker.sender_id, domain.slots)
    for event in events[:cut]:
        event.apply_to(head)
    kept = [event for event in events[cut:] if not isinstance(event, BotUttered)]
    loop = head.active_loop
    return {
        "slots": {name: slot.value for name, slot in head.slots.items() if slot.value != slot.initial_value},
        "loop": loop.name if loop else None,
        "started": events[0].timestamp if events else None,
        "events": [_as_dict(event) for event in _that_change(kept, head)],
    }


def _that_change(events: List[Event], head: DialogueStateTracker) -> Iterator[Event]:
    """The events behind `head`, without those that empty a slot which is empty.

    A form that ends empties all its slots, most of which were never filled: they are most of a turn's events.
    Rasa looks for `requested_slot` among the events themselves, so those stay.
    """
    filled = {name for name, slot in head.slots.items() if slot.value is not None}
    at_first = {name for name, slot in head.slots.items() if slot.initial_value is not None}
    for event in events:
        if isinstance(event, SlotSet):
            if event.value is not None:
                filled.add(event.key)
            elif event.key in filled or event.key == REQUESTED_SLOT:
                filled.discard(event.key)
            else:
                continue
        elif isinstance(event, (SessionStarted, Restarted, AllSlotsReset)):
            filled = set(at_first)
        elif isinstance(event, (UserUtteranceReverted, ActionReverted)):
            filled = set(head.slots)  # whichever they were before: nothing more is left out
        yield event


def _cut_of(events: List[Event]) -> int:
    """Where the last `TURNS_KEPT` turns begin: just behind the `action_listen` that precedes them."""
    messages_seen = 0
    for index in range(len(events) - 1, -1, -1):
        event = events[index]
        if isinstance(event, UserUttered):
            messages_seen += 1
        elif isinstance(event, SessionStarted):
            # Keep `action_session_start`, the event before: Rasa reads the two as one.
            return max(index - 1, 0)
        elif (
            messages_seen >= TURNS_KEPT
            and isinstance(event, ActionExecuted)
            and event.action_name == ACTION_LISTEN_NAME
        ):
            return index + 1
    return 0


def _events_before(state: State, known_slots: Iterable[str]) -> List[Event]:
    """Events that bring a new tracker to the slots and the form of the cut."""
    kept = state["events"]
    if kept and kept[0].get("name") == ACTION_SESSION_START_NAME:
        return []
    at = state.get("started")
    events: List[Event] = [
        ActionExecuted(ACTION_SESSION_START_NAME, timestamp=at),
        SessionStarted(timestamp=at),
    ]
    events += [
        SlotSet(name, value, timestamp=at) for name, value in state["slots"].items() if name in known_slots
    ]
    if state.get("loop"):
        events.append(ActiveLoop(state["loop"], timestamp=at))
    events.append(ActionExecuted(ACTION_LISTEN_NAME, timestamp=at))
    return events


def _as_dict(event: Event) -> Dict[str, Any]:
    stored = event.as_dict()
    stored.pop("metadata", None)
    if isinstance(event, UserUttered):
        parse_data = stored.get("parse_data") or {}
        stored["parse_data"] = {
            key: value for key, value in parse_data.items() if key not in PARSE_DATA_LEFT_OUT
        }
    return stored
