"""The engine's memory: bounded, repeatable, and the same in PostgreSQL as in a test's process."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Awaitable, Callable, Iterator, List

import psycopg
import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActiveLoop,
    BotUttered,
    Event,
    SessionStarted,
    SlotSet,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker

from engine.tracker_store import EngineMemory, MemoryUnavailable, check_database, state_of
from engine.turn import current_message_id

DOMAIN = Domain.from_yaml(
    """
    version: "3.1"
    intents: [complaint, inform]
    slots:
      location: {type: any, influence_conversation: false, mappings: [{type: custom}]}
      account_number: {type: any, influence_conversation: false, mappings: [{type: custom}]}
    forms:
      complaint_form: {required_slots: [location]}
    actions: [action_open_complaint]
    session_config: {session_expiration_time: 1440, carry_over_slots_to_new_session: false}
    """
)


def turn(number: int, *between: Event) -> List[Event]:
    parse_data = {
        "intent": {"name": "inform", "confidence": 1.0},
        "entities": [],
        "text": f"message {number}",
    }
    return [
        UserUttered(f"message {number}", parse_data["intent"], [], parse_data),
        *between,
        BotUttered("", {"custom": {"response": "utter_any", "values": {"long": "x" * 500}}}),
        ActionExecuted("action_listen"),
    ]


SESSION: List[Event] = [
    ActionExecuted("action_session_start"),
    SessionStarted(),
    ActionExecuted("action_listen"),
]


@pytest.fixture(params=["in_process", "postgresql"])
def run(
    request: pytest.FixtureRequest,
) -> Iterator[Callable[[Callable[[EngineMemory], Awaitable[Any]]], Any]]:
    """Runs a coroutine of the memory; each memory is tried in a test's process and in PostgreSQL."""
    if request.param == "in_process":
        memory = EngineMemory(DOMAIN, in_process=True)
    else:
        memory = EngineMemory(DOMAIN, database_url=request.getfixturevalue("engine_memory"))
    loop = asyncio.new_event_loop()
    yield lambda work: loop.run_until_complete(work(memory))
    loop.run_until_complete(memory.close())
    loop.close()


async def say(memory: EngineMemory, message_id: str, *events: Event) -> DialogueStateTracker:
    """One turn: finds the conversation, adds events, saves."""
    marker = current_message_id.set(message_id)
    try:
        tracker = await memory.get_or_create_tracker("person", append_action_listen=False)
        if not tracker.events:
            tracker.update_with_events([*SESSION], DOMAIN)
        tracker.update_with_events(list(events), DOMAIN)
        await memory.save(tracker)
        return tracker
    finally:
        current_message_id.reset(marker)


def test_slots_and_form_survive(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        await say(
            memory,
            "1",
            *turn(
                1, ActionExecuted("complaint_form"), ActiveLoop("complaint_form"), SlotSet("location", "x")
            ),
        )
        found = await memory.retrieve("person")
        assert found is not None
        assert found.get_slot("location") == "x"
        assert found.active_loop_name == "complaint_form"
        assert found.latest_message is not None
        assert found.latest_message.text == "message 1"
        assert found.latest_action_name == "action_listen"

    run(work)


def test_slots_and_form_survive_many_turns(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        await say(
            memory, "1", *turn(1, ActiveLoop("complaint_form"), SlotSet("location", {"name": "x", "n": [1]}))
        )
        for number in range(2, 12):
            await say(memory, str(number), *turn(number))
        found = await memory.retrieve("person")
        assert found is not None
        assert found.get_slot("location") == {"name": "x", "n": [1]}
        assert found.active_loop_name == "complaint_form"
        await say(memory, "12", *turn(12, SlotSet("location", None), ActiveLoop(None)))
        await say(memory, "13", *turn(13))
        await say(memory, "14", *turn(14))
        found = await memory.retrieve("person")
        assert found is not None
        assert found.get_slot("location") is None
        assert found.active_loop_name is None

    run(work)


def test_a_copy_says_the_same_as_the_original(run: Any) -> None:
    """Rasa copies the tracker for each action by replaying its events."""

    async def work(memory: EngineMemory) -> None:
        await say(memory, "1", *turn(1, ActiveLoop("complaint_form"), SlotSet("location", "x")))
        for number in range(2, 6):
            await say(memory, str(number), *turn(number))
        found = await memory.retrieve("person")
        assert found is not None
        assert found.copy().current_slot_values() == found.current_slot_values()
        assert found.copy().active_loop_name == "complaint_form"

    run(work)


def test_the_state_does_not_grow(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        sizes = []
        for number in range(60):
            await say(memory, str(number), *turn(number, SlotSet("location", f"place {number % 10}")))
            found = await memory.retrieve("person")
            assert found is not None
            sizes.append((len(found.events), len(json.dumps(state_of(found, DOMAIN)))))
        assert max(events for events, _ in sizes[5:]) <= max(events for events, _ in sizes[:5])
        assert max(size for _, size in sizes[5:]) <= max(size for _, size in sizes[:5]) + 50

    run(work)


def test_emptying_what_is_empty_is_not_kept(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        emptied = [SlotSet("account_number", None), SlotSet("requested_slot", None)]
        await say(
            memory, "1", *turn(1, *emptied, SlotSet("location", "x"), SlotSet("location", None), *emptied)
        )
        await say(
            memory, "2", *turn(2, SlotSet("account_number", "41006273"), *emptied, SlotSet("location", "y"))
        )
        found = await memory.retrieve("person")
        assert found is not None
        set_to = [(event.key, event.value) for event in found.events if isinstance(event, SlotSet)]
        assert set_to == [
            ("requested_slot", None),
            ("location", "x"),
            ("location", None),
            ("requested_slot", None),
            ("account_number", "41006273"),
            ("account_number", None),
            ("requested_slot", None),
            ("location", "y"),
        ]
        assert found.get_slot("location") == "y"
        # A new session begins with empty slots, and what is kept says so again.
        await say(memory, "3", *SESSION, *turn(3, SlotSet("location", None), *emptied))
        found = await memory.retrieve("person")
        assert found is not None
        assert found.get_slot("location") is None
        assert [event.key for event in found.events if isinstance(event, SlotSet)] == ["requested_slot"]

    run(work)


def test_the_same_message_again_starts_from_the_state_before(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        await say(memory, "1", *turn(1, SlotSet("location", "first")))
        await say(memory, "2", *turn(2, SlotSet("location", "second")))
        marker = current_message_id.set("2")
        before = await memory.retrieve("person")
        current_message_id.reset(marker)
        assert before is not None
        assert before.get_slot("location") == "first"
        await say(memory, "2", *turn(2, SlotSet("account_number", "41006273")))
        found = await memory.retrieve("person")
        assert found is not None
        assert (found.get_slot("location"), found.get_slot("account_number")) == ("first", "41006273")
        # And a third time.
        marker = current_message_id.set("2")
        again = await memory.retrieve("person")
        current_message_id.reset(marker)
        assert again is not None
        assert (again.get_slot("location"), again.get_slot("account_number")) == ("first", None)

    run(work)


def test_the_first_message_again_starts_from_nothing(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        await say(memory, "1", *turn(1, SlotSet("location", "first")))
        marker = current_message_id.set("1")
        assert await memory.retrieve("person") is None
        current_message_id.reset(marker)

    run(work)


def test_a_turn_that_fails_leaves_no_trace(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        marker = current_message_id.set("1")
        await memory.get_or_create_tracker("person", append_action_listen=False)
        current_message_id.reset(marker)
        assert await memory.retrieve("person") is None
        assert list(await memory.keys()) == []

    run(work)


def test_a_new_session_forgets_the_slots(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        await say(memory, "1", *turn(1, SlotSet("location", "old")))
        await say(memory, "2", *SESSION, *turn(2))
        found = await memory.retrieve("person")
        assert found is not None
        assert found.get_slot("location") is None

    run(work)


def test_the_time_of_the_last_message_is_kept(run: Any) -> None:
    """Rasa ends a session by it."""

    async def work(memory: EngineMemory) -> None:
        for number in range(6):
            await say(memory, str(number), *turn(number))
        saved = await memory.retrieve("person")
        assert saved is not None
        last = saved.get_last_event_for(UserUttered)
        assert last is not None
        assert abs(last.timestamp - saved.events[-1].timestamp) < 5

    run(work)


def test_a_slot_the_domain_no_longer_has_is_dropped(run: Any) -> None:
    async def work(memory: EngineMemory) -> None:
        await say(memory, "1", *turn(1, SlotSet("location", "x"), SlotSet("account_number", "1")))
        memory.domain = Domain.from_yaml(
            'version: "3.1"\nslots:\n'
            "  location: {type: any, influence_conversation: false, mappings: [{type: custom}]}"
        )
        found = await memory.retrieve("person")
        assert found is not None
        assert set(found.current_slot_values()) >= {"location"}
        assert "account_number" not in found.current_slot_values()
        memory.domain = DOMAIN

    run(work)


def test_without_a_database_nothing_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_URL", raising=False)
    with pytest.raises(MemoryUnavailable, match="DATABASE_URL"):
        EngineMemory(DOMAIN)
    with pytest.raises(MemoryUnavailable, match="DATABASE_URL"):
        check_database("")
    with pytest.raises(MemoryUnavailable, match="cannot be used"):
        check_database("postgresql://nobody@127.0.0.1:1/none?connect_timeout=1")


def test_a_database_without_the_table_says_what_to_do(engine_memory: str) -> None:
    check_database(engine_memory)
    with pytest.raises(MemoryUnavailable, match="migrate"):
        check_database(engine_memory.replace("engine_test", "no_such"))


def test_a_database_that_was_restarted_is_noticed_before_a_turn_fails(engine_memory: str) -> None:
    async def work() -> None:
        memory = EngineMemory(DOMAIN, database_url=engine_memory)
        try:
            for _ in range(3):  # the connection has answered just now, each time
                assert await memory.retrieve("nobody") is None
                with psycopg.connect(engine_memory, autocommit=True) as other:
                    ended = other.execute(
                        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                        " WHERE datname = current_database() AND application_name = 'phendula-engine'"
                    )
                    assert ended.fetchall()
            assert await memory.retrieve("nobody") is None
        finally:
            await memory.close()

    asyncio.run(work())


def test_a_database_that_fails_is_an_error_and_never_memory(engine_memory: str) -> None:
    async def work() -> None:
        memory = EngineMemory(DOMAIN, database_url=engine_memory.replace("engine_test", "no_such"))
        try:
            with pytest.raises(Exception, match="engine_memory"):
                await memory.retrieve("person")
        finally:
            await memory.close()

    asyncio.run(work())
