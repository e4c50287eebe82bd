"""`run`: serves the published model on Rasa's HTTP, on loopback unless ENGINE_HOST says otherwise."""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from pathlib import Path
from typing import Any, Optional, Tuple

import rasa.core.run
from rasa.core.agent import Agent
from rasa.core.utils import AvailableEndpoints

from engine.published import DamagedModel, ModelStore, Publication
from engine.start import ROOT, EngineError
from engine.swapping import Follower
from engine.tracker_store import EngineMemory, MemoryUnavailable, check_database
from engine.training import facts_of, frame, newest_model

logger = logging.getLogger(__name__)
DEFAULT_ACTIONS_URL = "http://127.0.0.1:5055/webhook"


def serve(models: Path, port: int) -> None:
    """Serves until stopped. Raises `EngineError` when there is no model, database or free port.

    `models`: a folder, whose newest model is served until another is published; or one file, which is served
    whatever is published.
    """
    host = os.environ.get("ENGINE_HOST", "127.0.0.1")
    _check_port(host, port)
    try:
        check_database(os.environ.get("DATABASE_URL", ""))
    except MemoryUnavailable as error:
        raise EngineError(str(error)) from error
    store = ModelStore(os.environ["DATABASE_URL"])
    model, publication, error_text = choose_model(models, store)
    follower = None if models.is_file() else Follower(store, port, publication, error_text)
    newest = newest_model(models)
    listeners = [(_close_memory, "after_server_stop")]
    if follower is not None:
        listeners += [(_follow(follower), "after_server_start"), (_leave(follower), "after_server_stop")]
    os.environ["ACTIONS_URL"] = _webhook_of(os.environ.get("ACTIONS_URL") or DEFAULT_ACTIONS_URL)
    rasa.core.run.load_agent_on_start = _loader(newest if newest != model else None, follower)
    rasa.core.run.serve_application(
        model_path=str(model),
        interface=host,
        port=port,
        credentials=str(ROOT / "credentials.yml"),
        enable_api=True,
        endpoints=AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml")),
        server_listeners=listeners,
    )


def choose_model(models: Path, store: ModelStore) -> Tuple[Path, Optional[Publication], str]:
    """The file to serve, the publication it fulfils, and why it is not the published one ('' where it is).

    A model that somebody published stays in service until another is, or until the product itself changes:
    then it would not know the new rules, and the model that came with the product goes into service.
    """
    newest = newest_model(models)
    if models.is_file() and newest is not None:
        return newest, None, ""
    published, error = store.current(), ""
    if published is not None and (published.kind != "installed" or newest is None):
        if published.frame == frame():
            try:
                return store.file_of(published), published, ""
            except DamagedModel as damaged:
                error = str(damaged)
        else:
            error = f"Model {published.name} was made by another version of Phendula; train and publish anew."
        logger.error("The published model is not served: %s", error)
    if newest is None:
        raise EngineError(f"There is no model in {models}: run `make train`.")
    if published is None or published.name != newest.name:
        published = store.install(newest, facts_of(newest))
    return newest, published, error


def _follow(follower: Follower) -> Any:
    async def start(app: Any, _loop: Any) -> None:
        app.ctx.following = asyncio.get_running_loop().create_task(follower.follow(app))

    return start


def _leave(follower: Follower) -> Any:
    async def stop(app: Any, _loop: Any) -> None:
        app.ctx.following.cancel()
        follower.stop()

    return stop


_stock_load_agent = rasa.core.run.load_agent_on_start


def _loader(spare: Optional[Path], follower: Optional[Follower]) -> Any:
    """As Rasa's, which serves on without a model or on another memory when loading fails; we stop.

    `spare`: the model that came with the product, where another one is published: rather that than none.
    """

    async def load(
        model_path: str, endpoints: AvailableEndpoints, remote_storage: Any, app: Any, loop: Any
    ) -> Agent:
        agent = await _stock_load_agent(model_path, endpoints, remote_storage, app, loop)
        if not agent.is_ready() and spare is not None and follower is not None:
            agent = await _stock_load_agent(str(spare), endpoints, remote_storage, app, loop)
            follower.refuse("it cannot be loaded")
        if not agent.is_ready():
            raise EngineError(f"The model {model_path} could not be loaded: run `make train`.")
        if not isinstance(agent.tracker_store, EngineMemory):
            raise EngineError("endpoints.yml must name engine.tracker_store.EngineMemory as tracker store.")
        return agent

    return load


async def _close_memory(app: Any, _loop: Any) -> None:
    agent = getattr(app.ctx, "agent", None)
    if agent is not None and isinstance(agent.tracker_store, EngineMemory):
        await agent.tracker_store.close()


def _webhook_of(url: str) -> str:
    return url if url.rstrip("/").endswith("/webhook") else url.rstrip("/") + "/webhook"


def _check_port(host: str, port: int) -> None:
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise EngineError(
                f"Port {port} on {host} cannot be used ({error.strerror}): set PHENDULA_ENGINE_PORT."
            ) from error
