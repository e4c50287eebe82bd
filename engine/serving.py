"""`run`: serves the newest model on Rasa's documented HTTP, on loopback unless ENGINE_HOST says otherwise."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import rasa.core.run
from rasa.core.agent import Agent
from rasa.core.utils import AvailableEndpoints

from engine.start import ROOT, EngineError
from engine.tracker_store import EngineMemory, MemoryUnavailable, check_database
from engine.training import newest_model

DEFAULT_ACTIONS_URL = "http://127.0.0.1:5055/webhook"


def serve(models: Path, port: int) -> None:
    """Serves until stopped. Raises `EngineError` when there is no model, database or free port."""
    model = newest_model(models)
    if model is None:
        raise EngineError(f"There is no model in {models}: run `make train`.")
    host = os.environ.get("ENGINE_HOST", "127.0.0.1")
    _check_port(host, port)
    try:
        check_database(os.environ.get("DATABASE_URL", ""))
    except MemoryUnavailable as error:
        raise EngineError(str(error)) from error
    os.environ["ACTIONS_URL"] = _webhook_of(os.environ.get("ACTIONS_URL") or DEFAULT_ACTIONS_URL)
    rasa.core.run.load_agent_on_start = _load_agent
    rasa.core.run.serve_application(
        model_path=str(model),
        interface=host,
        port=port,
        credentials=str(ROOT / "credentials.yml"),
        enable_api=True,
        endpoints=AvailableEndpoints.read_endpoints(str(ROOT / "endpoints.yml")),
        server_listeners=[(_close_memory, "after_server_stop")],
    )


_stock_load_agent = rasa.core.run.load_agent_on_start


async def _load_agent(
    model_path: str, endpoints: AvailableEndpoints, remote_storage: Any, app: Any, loop: Any
) -> Agent:
    """As Rasa's, which serves on without a model or on another memory when loading fails; we stop."""
    agent = await _stock_load_agent(model_path, endpoints, remote_storage, app, loop)
    if not agent.is_ready():
        raise EngineError(f"The model {model_path} could not be loaded: run `make train`.")
    if not isinstance(agent.tracker_store, EngineMemory):
        raise EngineError("endpoints.yml must name engine.tracker_store.EngineMemory as the tracker store.")
    return agent


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
