"""Each patch does what its reason says, and nothing else changes."""

from __future__ import annotations

import asyncio
import copy
from pathlib import Path
from typing import Any, Dict, List

import jsonschema
import pytest
import rasa
from jsonschema import ValidationError
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.channels.channel import CollectingOutputChannel
from rasa.core.nlg import TemplatedNaturalLanguageGenerator
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event, SlotSet, UserUttered
from rasa.shared.core.slots import TextSlot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.formats import readerwriter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from engine import patches
from engine.tracker_store import EngineMemory
from engine.turn import TurnAbandoned


def test_other_versions_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasa, "__version__", "3.7.0")
    with pytest.raises(patches.WrongRasaVersion, match=r"3\.7\.0"):
        patches.apply()


def test_action_results_are_still_checked() -> None:
    action = RemoteAction("action_any", None)
    assert action._validate_action_result({"events": [], "responses": []})
    with pytest.raises(ValidationError):
        action._validate_action_result({"events": "none"})


@pytest.mark.parametrize(
    "event",
    [
        {"event": "slot", "timestamp": None, "name": "reading", "value": {"any": ["thing"]}},
        {"event": "slot", "timestamp": 1.5, "name": "reading", "value": None},
        {"event": "slot", "name": "reading", "value": None, "metadata": {}},
        {"event": "followup", "timestamp": None, "name": "action_listen"},
        {"event": "rewind"},
        {"event": "user", "text": "hello", "parse_data": {"entities": [{"entity": "a", "value": 1}]}},
        {"event": "slot", "timestamp": None, "name": "reading"},
        {"event": "slot", "timestamp": None, "name": 1, "value": 1},
        {"event": "slot", "timestamp": True, "name": "reading", "value": 1},
        {"event": "slot", "timestamp": "now", "name": "reading", "value": 1},
        {"event": "slot", "name": "reading", "value": 1, "metadata": "none"},
        {"event": "followup", "timestamp": "now", "name": "action_listen"},
        {"event": "nothing known"},
        {"event": ["slot"], "name": "reading", "value": 1},
        {"event": "user", "text": 5},
        {},
        "slot",
        None,
    ],
    ids=str,
)
def test_events_are_judged_as_the_schema_judges_them(event: Any) -> None:
    action, result = RemoteAction("action_any", None), {"events": [event], "responses": []}
    schema = RemoteAction.action_response_format_spec()
    if jsonschema.Draft7Validator(schema).is_valid(result):
        assert action._validate_action_result(result)
    else:
        with pytest.raises(ValidationError):
            action._validate_action_result(result)


def test_a_copied_slot_is_one_of_its_own() -> None:
    slot = TextSlot("reading", mappings=[{"type": "custom"}], initial_value="1", influence_conversation=False)
    other = copy.copy(slot)
    other.value = "2"
    assert (type(other), other.name, other.mappings, slot.value) == (TextSlot, "reading", slot.mappings, "1")
    assert not other.influence_conversation


@pytest.mark.parametrize(
    ("selective", "needs", "sent"), [(True, False, False), (True, True, True), (False, False, True)]
)
def test_the_domain_goes_to_actions_that_ask_for_it(selective: bool, needs: bool, sent: bool) -> None:
    actions: List[Any] = [{"action_any": {"send_domain": True}}] if needs else ["action_any"]
    domain = Domain.from_dict({"version": "3.1", "intents": ["greet"], "actions": actions})
    endpoint = EndpointConfig("http://127.0.0.1:1", enable_selective_domain=selective)
    tracker = DialogueStateTracker.from_events("one", [], [])
    call = RemoteAction("action_any", endpoint)._action_call_format(tracker, domain)
    assert call["domain"] == (domain.as_dict() if sent else {})


def test_event_classes_are_found_as_before() -> None:
    assert Event.resolve_by_type("slot") is SlotSet
    assert Event.resolve_by_type("user") is UserUttered
    assert Event.resolve_by_type("topic") is None
    with pytest.raises(ValueError):
        Event.resolve_by_type("no such event")


def test_one_connection_serves_many_action_calls() -> None:
    endpoint = EndpointConfig("http://127.0.0.1:1/webhook", keep_session=True)

    async def sessions() -> List[Any]:
        found = []
        for _ in range(3):
            async with endpoint.session() as session:
                found.append(session)
        await found[0].close()
        return found

    first, second, third = asyncio.run(sessions())
    assert first is second is third
    # A new event loop gets a session of its own.
    assert asyncio.run(sessions())[0] is not first


def test_other_endpoints_keep_rasas_session() -> None:
    async def differ() -> bool:
        endpoint = EndpointConfig("http://127.0.0.1:1")
        one, other = endpoint.session(), endpoint.session()
        await one.close()
        await other.close()
        return one is not other

    assert asyncio.run(differ())


class _Failing(EndpointConfig):
    def __init__(self, error: Exception) -> None:
        super().__init__("http://127.0.0.1:1")
        self.error = error

    async def request(self, *args: Any, **kwargs: Any) -> Any:
        raise self.error


async def _run_action(error: Exception) -> List[Event]:
    tracker = DialogueStateTracker.from_events("one", [], [])
    action = RemoteAction("action_any", _Failing(error))
    return await action.run(
        CollectingOutputChannel(), TemplatedNaturalLanguageGenerator({}), tracker, Domain.empty()
    )


@pytest.mark.parametrize(
    "error",
    [ConnectionRefusedError("down"), ClientResponseError(500, "no", "{}"), asyncio.TimeoutError()],
    ids=repr,
)
def test_a_failed_action_abandons_the_turn(error: Exception) -> None:
    with pytest.raises(TurnAbandoned):
        asyncio.run(_run_action(error))


def test_a_form_may_still_let_another_rule_answer() -> None:
    rejection = ClientResponseError(400, "rejected", '{"action_name": "some_form", "error": "no"}')
    with pytest.raises(ActionExecutionRejection):
        asyncio.run(_run_action(rejection))


def test_our_memory_is_never_wrapped() -> None:
    memory = EngineMemory(in_process=True)
    assert Agent._create_tracker_store(memory, None) is memory


def test_a_typed_intent_is_only_text() -> None:
    message = Message({"text": '/submit{"account_number":"1"}'})
    RegexMessageHandler().process([message], Domain.empty())
    assert message.data == {"text": '/submit{"account_number":"1"}'}


def test_slots_may_share_a_definition() -> None:
    shared: Dict[str, Any] = {"type": "any", "mappings": [{"type": "custom"}]}
    slots = Domain.collect_slots({"one": shared, "other": shared})
    assert [slot.name for slot in slots] == ["one", "other"]
    assert shared["type"] == "any"


def test_repeated_examples_are_dropped_and_others_of_the_same_text_kept() -> None:
    once = {"text": "no water", "intent": "complaint"}
    examples = [Message(dict(once)), Message(dict(once)), Message({**once, "intent": "query"})]
    assert [one.get("intent") for one in TrainingData(examples).training_examples] == ["complaint", "query"]


def test_examples_are_read_once_and_put_together_as_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = []
    for intent, text in (("greet", "hello"), ("bye", "good night")):
        files.append(tmp_path / f"{intent}.yml")
        files[-1].write_text(
            f'version: "3.1"\nnlu:\n- intent: {intent}\n  examples: |\n    - {text}\n', "utf-8"
        )
    read: List[str] = []
    stock = readerwriter.TrainingDataReader.read
    monkeypatch.setattr(
        readerwriter.TrainingDataReader,
        "read",
        lambda self, filename, **more: read.append(filename) or stock(self, filename, **more),
    )
    importer = RasaFileImporter(training_data_paths=[str(path) for path in files])
    both = importer.get_nlu_data()
    assert importer.get_nlu_data(language="en") is both
    assert sorted(read) == sorted(map(str, files))
    assert {(one.get("text"), one.get("intent")) for one in both.intent_examples} == {
        ("hello", "greet"),
        ("good night", "bye"),
    }
    merged = both.merge(TrainingData([Message.build("bye bye", "bye")]))
    assert (len(merged.intent_examples), len(both.intent_examples)) == (3, 2)
