"""Takes up a newly published model while messages go on: load beside the old one, try it, change over.

Measured against a new process (docs/decisions.md): a turn under way ends on the model it began with, no
connection is refused, and it works alike for `phendula up`, containers and engines at several addresses.
"""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import socket
from typing import Any, Optional

import psycopg
from rasa.core.agent import Agent
from rasa.core.channels.channel import UserMessage
from rasa.core.processor import MessageProcessor

from engine.published import DamagedModel, ModelStore, Publication
from engine.training import frame

logger = logging.getLogger(__name__)

LOOK_SECONDS = 2.0
TELL_EVERY = 5  # looks
TRIAL = "Awekho amanzi eSundumbili, no water since yesterday"


class ModelRefused(Exception):
    """The published model cannot be served here; its text says why."""


class Follower:
    """Keeps one engine on the published model."""

    def __init__(self, store: ModelStore, port: int, served: Optional[Publication], error: str = "") -> None:
        self.store = store
        self.replica = f"{socket.gethostname()}:{port}:{os.getpid()}"
        self.served = served
        self.error = error
        # Of a publication that was refused nothing new can be learnt by trying again.
        self.refused = 0

    async def follow(self, app: Any) -> None:
        """Looks for a new publication every two seconds until the server stops."""
        looks = 0
        while True:
            try:
                changed = await asyncio.get_running_loop().run_in_executor(None, self.look, app.ctx.agent)
                if changed or looks % TELL_EVERY == 0:
                    await asyncio.get_running_loop().run_in_executor(None, self.tell, app.ctx.agent)
                looks += 1
            except psycopg.Error as error:
                logger.warning("The store does not say which model is published: %s", error)
            except Exception:  # whatever it is, this engine goes on with the model it has
                logger.exception("A new model could not be taken up")
            await asyncio.sleep(LOOK_SECONDS)

    def look(self, agent: Agent) -> bool:
        """Takes up what was published since; whether something changed. Not in the thread that answers."""
        wanted = self.store.current()
        if wanted is None or wanted.id in (self.refused, self.served.id if self.served else 0):
            return False
        if agent.model_name == wanted.name:
            self.served, self.error = wanted, ""
            return True
        with self.store.alone() as alone:
            if not alone:
                return False  # another replica is at it: ours has its turn after
            try:
                processor = self._load(agent, wanted)
            except (ModelRefused, DamagedModel) as error:
                logger.error("Model %s is not taken up: %s", wanted.name, error)
                self.refused, self.error = wanted.id, str(error)
                return True  # the model in service goes on
        _change_over(agent, processor)
        self.served, self.error = wanted, ""
        logger.info("Serving model %s", wanted.name)
        return True

    def refuse(self, why: str) -> None:
        """The model that was to be served at the start is not."""
        if self.served is not None:
            self.refused, self.served, self.error = self.served.id, None, why

    def tell(self, agent: Agent) -> None:
        """Writes what this replica serves."""
        publication = self.served.id if self.served else None
        self.store.tell(self.replica, str(agent.model_name), publication, self.error or None)

    def stop(self) -> None:
        """The server stops in order."""
        try:
            self.store.say_goodbye(self.replica)
        except psycopg.Error as error:
            logger.info("The store was not told that this engine stops: %s", error)

    def _load(self, agent: Agent, wanted: Publication) -> MessageProcessor:
        """The published model, loaded and tried on a message beside the one in service."""
        if wanted.frame != frame():
            raise ModelRefused("it was made by another version of Phendula than this engine's")
        path = self.store.file_of(wanted)
        try:
            processor = MessageProcessor(
                model_path=path,
                tracker_store=agent.tracker_store,
                lock_store=agent.lock_store,
                action_endpoint=agent.action_endpoint,
                generator=agent.nlg,
            )
            understood = asyncio.run(processor.parse_message(UserMessage(TRIAL)))
        except Exception as error:
            raise ModelRefused(f"it cannot be loaded: {error}") from error
        if not (understood.get("intent") or {}).get("name"):
            raise ModelRefused("it understands nothing")
        return processor


def _change_over(agent: Agent, processor: MessageProcessor) -> None:
    # A turn under way holds the old processor and ends on it; each assignment is one step of the interpreter.
    agent.tracker_store.domain = processor.domain
    agent.domain = processor.domain
    agent.processor = processor
    gc.collect()
