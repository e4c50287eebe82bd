"""What we change in Rasa 3.6.21, each with its reason.

3.6.21 is the last release of Rasa Open Source, so nothing moves under these patches; `apply` refuses to run
on another version all the same. Figures are from the house's measurements on a 2-core machine.
"""

from __future__ import annotations

import copy
import functools
from types import SimpleNamespace
from typing import Any, Dict, List, Optional, Text, Tuple

import aiohttp
import jsonschema
import rasa
import rasa.core.actions.forms
import rasa.core.policies.rule_policy
import rasa.core.processor
import rasa.shared.nlu.training_data.training_data
from rasa.core.actions.action import ActionExecutionRejection, RemoteAction
from rasa.core.agent import Agent
from rasa.core.policies.policy import PolicyPrediction
from rasa.core.policies.rule_policy import RulePolicy
from rasa.core.tracker_store import TrackerStore
from rasa.nlu.classifiers.regex_message_handler import RegexMessageHandler
from rasa.shared.core.constants import ACTION_LISTEN_NAME
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import Event
from rasa.shared.core.slots import Slot
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.importers.rasa import RasaFileImporter
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from rasa.utils.endpoints import EndpointConfig

from engine.straight_runner import StraightGraphRunner
from engine.tracker_store import EngineMemory
from engine.turn import TurnAbandoned

RASA_VERSION = "3.6.21"
# All that an action of ours writes into its most frequent events.
SOUND_KEYS = {
    "slot": frozenset({"event", "timestamp", "name", "value"}),
    "followup": frozenset({"event", "timestamp", "name"}),
}
ACTION_TIMEOUT_SECONDS = 15  # less than the 20 s after which the bot gives a turn up


class WrongRasaVersion(RuntimeError):
    """The patches were written for another version of Rasa."""


def apply() -> None:
    """Applies every patch, once."""
    if rasa.__version__ != RASA_VERSION:
        raise WrongRasaVersion(
            f"engine/patches.py is written for rasa {RASA_VERSION}, found {rasa.__version__}"
        )
    if getattr(rasa, "_phendula_patched", False):
        return
    _tell_examples_apart_by_their_text()
    _put_examples_together_without_copies()
    _read_the_examples_once()
    _compile_the_action_schema_once()
    _remember_event_classes()
    _run_the_graph_straight()
    _copy_slots_quickly()
    _copy_nothing_for_the_log()
    _send_the_domain_only_where_it_is_asked_for()
    _keep_the_connection_to_the_actions()
    _abandon_the_turn_when_an_action_fails()
    _never_fall_back_to_memory()
    _let_nobody_type_an_intent()
    _let_slots_share_a_definition()
    _say_not_understood_once()
    rasa._phendula_patched = True


def _tell_examples_apart_by_their_text() -> None:
    """To drop repetitions Rasa writes each example as JSON and digests it, whenever files are put together.

    Two examples of one text are still compared in everything.
    """
    Message.__hash__ = lambda self: hash(self.data.get("text"))


def _put_examples_together_without_copies() -> None:
    """Whenever files are put together Rasa copies each example to its last string, a dozen times in all: a
    tenth of a training. Nothing changes the parts afterwards, which are dropped.
    """
    shallow = SimpleNamespace(copy=copy.copy, deepcopy=copy.copy)
    rasa.shared.nlu.training_data.training_data.copy = shallow


def _read_the_examples_once() -> None:
    """Rasa keeps what it has read by the arguments of the call, and calls with the language and without it:
    all files are read twice, three seconds of a training.
    """
    stock = RasaFileImporter.get_nlu_data

    def get_nlu_data(self: RasaFileImporter, language: Optional[Text] = "en") -> TrainingData:
        if not hasattr(self, "_phendula_nlu_data"):
            self._phendula_nlu_data = stock(self, language)
        return self._phendula_nlu_data

    RasaFileImporter.get_nlu_data = get_nlu_data


def _compile_the_action_schema_once() -> None:
    """Rasa checks its own JSON schema against the metaschema at every action call: 55 ms, 56 % of a turn."""
    schema = RemoteAction.action_response_format_spec()
    validator = jsonschema.Draft7Validator(schema)

    def validate_action_result(self: RemoteAction, result: Dict[Text, Any]) -> bool:
        # The schema holds each event against the kinds of all events in turn: half a millisecond for one of
        # the forty slots that a form empties. What those must be is said in three lines.
        events = result.get("events") if isinstance(result, dict) else None
        if isinstance(events, list):
            result = {**result, "events": [event for event in events if not _is_sound(event)]}
        validator.validate(result)
        return True

    RemoteAction._validate_action_result = validate_action_result


def _is_sound(event: Any) -> bool:
    """Whether an event is one of the frequent kinds and as the schema wants it; others are for the schema."""
    kind = event.get("event") if isinstance(event, dict) else None
    if not isinstance(kind, str) or kind not in SOUND_KEYS or event.keys() - SOUND_KEYS[kind]:
        return False
    if kind == "slot" and not (isinstance(event.get("name"), str) and "value" in event):
        return False
    return event.get("timestamp") is None or type(event["timestamp"]) in (int, float)


def _remember_event_classes() -> None:
    """Rasa walks all subclasses of `Event` for each event it reads: 35 % of a turn with a long history."""
    stock = Event.resolve_by_type
    Event.resolve_by_type = staticmethod(functools.lru_cache(maxsize=None)(stock))


def _run_the_graph_straight() -> None:
    """Dask plans the graph anew for each message and each prediction: 0.8 ms each time."""
    rasa.core.processor.DaskGraphRunner = StraightGraphRunner


def _copy_slots_quickly() -> None:
    """Each copy of a tracker copies its forty slots by the pickling protocol: 7 % of a turn."""

    def copied(self: Slot) -> Slot:
        other = self.__class__.__new__(self.__class__)
        other.__dict__.update(self.__dict__)
        return other

    Slot.__copy__ = copied


def _copy_nothing_for_the_log() -> None:
    """Rasa copies events, entities and states for debug lines, written or not: 8 % of a turn.

    These modules copy nothing else. Rasa's debug lines are never written here (`start._say_log_level`).
    """

    class NoCopies:
        @staticmethod
        def deepcopy(value: Any) -> Any:
            return value

    for module in (rasa.core.processor, rasa.core.policies.rule_policy, rasa.core.actions.forms):
        module.copy = NoCopies


def _send_the_domain_only_where_it_is_asked_for() -> None:
    """The domain is 30 KB, which the engine writes and the actions read at every call: 9 % of a turn here.

    With `enable_selective_domain` (endpoints.yml) only actions with `send_domain: true` (domain.yml) get it.
    rasa-sdk 3.21 refuses calls without any domain, so the others get an empty one.
    """
    stock_format = RemoteAction._action_call_format

    def action_call_format(
        self: RemoteAction, tracker: DialogueStateTracker, domain: Domain
    ) -> Dict[Text, Any]:
        return {"domain": {}, **stock_format(self, tracker, domain)}

    RemoteAction._action_call_format = action_call_format


def _keep_the_connection_to_the_actions() -> None:
    """Rasa opens a new HTTP session and connection for each action call: about 5 ms of CPU.

    One session per event loop and server address, kept for the life of the process. The time-out is ours:
    Rasa waits five minutes, the bot gives up after twenty seconds.
    """
    stock_session = EndpointConfig.session

    class KeptSession:
        def __init__(self, session: aiohttp.ClientSession) -> None:
            self._session = session

        async def __aenter__(self) -> aiohttp.ClientSession:
            return self._session

        async def __aexit__(self, *_error: Any) -> None:
            return None

    def session(self: EndpointConfig) -> Any:
        if self.type is not None or not self.kwargs.get("keep_session"):
            return stock_session(self)
        kept: Optional[aiohttp.ClientSession] = getattr(self, "_kept_session", None)
        if kept is None or kept.closed or kept._loop.is_closed():
            auth = None
            if self.basic_auth:
                auth = aiohttp.BasicAuth(self.basic_auth["username"], self.basic_auth["password"])
            kept = aiohttp.ClientSession(headers=self.headers, auth=auth)
            self._kept_session = kept
        return KeptSession(kept)

    stock_request = EndpointConfig.request

    async def request(self: EndpointConfig, *args: Any, **kwargs: Any) -> Optional[Any]:
        if self.kwargs.get("keep_session"):
            kwargs["timeout"] = aiohttp.ClientTimeout(total=ACTION_TIMEOUT_SECONDS, connect=3)
        return await stock_request(self, *args, **kwargs)

    EndpointConfig.session = session
    EndpointConfig.request = request


def _abandon_the_turn_when_an_action_fails() -> None:
    """Rasa logs a failed action, goes on, answers 200 with nothing and saves the conversation.

    A turn must be all or nothing, or its retry would start from a state in which half of it happened.
    """
    stock_run = RemoteAction.run

    async def run(self: RemoteAction, *args: Any, **kwargs: Any) -> List[Event]:
        try:
            return await stock_run(self, *args, **kwargs)
        except ActionExecutionRejection:  # part of the protocol: a form that lets another rule answer
            raise
        except Exception as error:
            raise TurnAbandoned(f"action '{self.name()}' failed: {error}") from error

    RemoteAction.run = run


def _never_fall_back_to_memory() -> None:
    """Rasa wraps every tracker store in one that goes on in memory when the database fails."""
    stock_create = Agent._create_tracker_store

    def create(store: Optional[TrackerStore], domain: Optional[Domain]) -> TrackerStore:
        if isinstance(store, EngineMemory):
            store.domain = domain or Domain.empty()
            return store
        return stock_create(store, domain)

    Agent._create_tracker_store = staticmethod(create)


def _let_nobody_type_an_intent() -> None:
    """A typed `/submit_reading{"account_number":"1"}` would fire that intent with those slots."""

    # Rasa reads the annotations of this method to build its graph: `self` must have none.
    def process(self, messages: List[Message], domain: Optional[Domain] = None) -> List[Message]:  # type: ignore
        return messages

    RegexMessageHandler.process = process


def _let_slots_share_a_definition() -> None:
    """Rasa empties a slot's definition as it reads it, so a YAML alias (`category: *slot`) finds nothing."""
    stock_collect = Domain.collect_slots

    def collect(slot_dict: Dict[Text, Any]) -> List[Slot]:
        return stock_collect({name: copy.deepcopy(definition) for name, definition in slot_dict.items()})

    Domain.collect_slots = staticmethod(collect)


def _say_not_understood_once() -> None:
    """After a fallback action of one's own no rule applies, so Rasa predicts it again: ten times in a row."""
    stock_predict = RulePolicy._predict

    def predict(
        self: RulePolicy, tracker: DialogueStateTracker, domain: Domain
    ) -> Tuple[PolicyPrediction, Any]:
        prediction, source = stock_predict(self, tracker, domain)
        predicted = domain.action_names_or_texts[prediction.max_confidence_index]
        if predicted == self._fallback_action_name == tracker.latest_action_name:
            listen = self._prediction_result(ACTION_LISTEN_NAME, tracker, domain)
            return self._rule_prediction(listen, source), source
        return prediction, source

    RulePolicy._predict = predict
