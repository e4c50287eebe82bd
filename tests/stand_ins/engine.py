"""A stand-in for the engine: Rasa's REST channel with replies that a test lays down.

It remembers what it was asked, and may fail, be slow, or say nothing as Rasa does without its action server.
"""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse


def reply(key: str, **values: Any) -> dict[str, Any]:
    """A reply as the engine's texts component gives it; `buttons` and `understood` by those names."""
    buttons, understood = values.pop("buttons", []), values.pop("understood", None)
    understood = understood or {
        "class": "greet",
        "language": "en",
        "language_confidence": 0.99,
        "entities": [],
    }
    return {"response": key, "values": values, "buttons": buttons, "understood": understood}


def in_language(language: str, confidence: float = 0.99) -> dict[str, Any]:
    """What the engine understood, as far as the language goes."""
    return {"class": "greet", "language": language, "language_confidence": confidence, "entities": []}


class Engine:
    """The stand-in's memory: `plan` gives the replies by message text, else `otherwise`."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.plan: dict[str, list[dict[str, Any]]] = {}
        self.otherwise: list[dict[str, Any]] = [reply("utter_greet")]
        self.failures: list[int] = []  # statuses to give first; 0: an empty list of replies
        self.delay_seconds = 0.0
        self.app = FastAPI()
        self.app.post("/webhooks/rest/webhook")(self.converse)
        self.app.get("/status")(self.status)

    def reset(self) -> None:
        self.asked.clear()
        self.plan.clear()
        self.failures.clear()
        self.delay_seconds = 0.0
        self.otherwise = [reply("utter_greet")]

    async def status(self) -> dict[str, str]:
        return {"model_file": "stand-in"}

    async def converse(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        await asyncio.sleep(self.delay_seconds)
        if self.failures:
            status = self.failures.pop(0)
            return JSONResponse([], 200) if status == 0 else Response(status_code=status)
        replies = self.plan.get(body["message"], self.otherwise)
        return JSONResponse([{"recipient_id": body["sender"], "custom": custom} for custom in replies])
