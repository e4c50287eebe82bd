"""`phendula classify`: what the engine understands of each line."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import typer

from crm_store.settings import settings
from phendula.commands.refusal import Refusal
from phendula.places import ROOT
from phendula.ports import free_port
from phendula.product import engine_command, insist_on_engine
from phendula.supervisor import dies_with_its_parent, end_group
from phendula.visit import visiting_database

START_WITHIN_SECONDS = 180
NOT_UNDERSTOOD = "nlu_fallback"
AT_ONCE = 4  # requests under way, so that the engine never waits for us


def classify() -> None:
    """Read a message a line from standard input; write for each a JSON line of what was understood.

    Uses the running engine; when there is none, starts one for the batch (about 10 s) and stops it.
    """
    texts = [line.rstrip("\r\n") for line in sys.stdin]
    with (
        some_engine() as url,
        httpx.Client(base_url=url, timeout=60, trust_env=False) as client,
        ThreadPoolExecutor(AT_ONCE) as pool,
    ):
        for text, parsed in zip(texts, pool.map(lambda text: parse(client, text), texts), strict=True):
            typer.echo(json.dumps(understood(text, parsed), ensure_ascii=False))


def parse(client: httpx.Client, text: str) -> dict[str, Any]:
    """The engine's answer to one text; raises Refusal when it gives none."""
    try:
        response = client.post("/model/parse", json={"text": text})
        response.raise_for_status()
    except httpx.HTTPError as error:
        raise Refusal(f"the engine did not answer: {error}") from error
    answer: dict[str, Any] = response.json()
    return answer


def understood(text: str, parsed: dict[str, Any]) -> dict[str, Any]:
    """The line that we write for one message. A class that the engine was unsure of is its best guess."""
    intent = parsed.get("intent") or {}
    if intent.get("name") == NOT_UNDERSTOOD:
        guesses = [guess for guess in parsed.get("intent_ranking") or [] if guess["name"] != NOT_UNDERSTOOD]
        intent = guesses[0] if guesses else {"name": "out_of_scope", "confidence": 0.0}
    return {
        "text": text,
        "language": parsed.get("language"),
        "class": intent.get("name"),
        "class_confidence": rounded(intent.get("confidence")),
        "category": parsed.get("category"),
        "category_confidence": rounded(parsed.get("category_confidence")),
        "entities": [
            {"name": found["entity"], "value": found["value"], "start": found["start"], "end": found["end"]}
            for found in parsed.get("entities") or []
        ],
    }


def rounded(confidence: float | None) -> float | None:
    """Four digits are more than a confidence is good for."""
    return None if confidence is None else round(confidence, 4)


@contextlib.contextmanager
def some_engine() -> Iterator[str]:
    """The address of the running engine, or of one started for this command."""
    for url in settings().engine_urls:
        if has_model(url):
            yield url
            return
    insist_on_engine(settings().models)
    port = free_port()
    with visiting_database() as database_url:
        env = {**os.environ, "DATABASE_URL": database_url, "RASA_TELEMETRY_ENABLED": "false"}
        log = settings().data_dir / "classify-engine.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            engine = subprocess.Popen(
                engine_command(port, settings().models),
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=dies_with_its_parent,
            )
            try:
                url = f"http://127.0.0.1:{port}"
                until = time.monotonic() + START_WITHIN_SECONDS
                while not has_model(url):
                    if engine.poll() is not None or time.monotonic() > until:
                        raise Refusal(f"the engine did not start; its words are in {log}")
                    time.sleep(0.2)
                yield url
            finally:
                engine.send_signal(signal.SIGTERM)
                with contextlib.suppress(subprocess.TimeoutExpired):
                    engine.wait(10)
                end_group(engine.pid)


def has_model(url: str) -> bool:
    """Whether an engine with a loaded model answers there."""
    try:
        return httpx.get(f"{url}/status", timeout=2, trust_env=False).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
