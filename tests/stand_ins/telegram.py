"""A stand-in for Telegram's Bot API: `python -m tests.stand_ins.telegram --port 9102`.

Strict about token, parameters and lengths, as https://core.telegram.org/bots/api has them. It keeps
everything in memory. Control, for tests: GET /_sent, POST /_fail, POST /_updates (an update for getUpdates),
POST /_block {"chat_id"}, POST /_inbound {"url", "secret", "update"} (posts a webhook as Telegram would),
POST /_reset.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import time
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from tests.stand_ins.failures import Failure, Failures

BOT = {
    "id": 4242,
    "is_bot": True,
    "first_name": "Phendula",
    "username": "phendula_bot",
    "can_join_groups": False,
}


class Inbound(BaseModel):
    """A webhook call to make."""

    url: str
    secret: str
    update: dict[str, Any]


def create_app(token: str = "4242:test-token") -> FastAPI:
    """The stand-in for the bot of this token."""
    app = FastAPI(title="Telegram stand-in")
    sent: list[dict[str, Any]] = []
    answered: list[str] = []
    refused: list[dict[str, Any]] = []
    updates: list[dict[str, Any]] = []
    blocked: set[int] = set()
    files: dict[str, bytes] = {}
    photos: list[bytes] = []
    documents: list[tuple[str, bytes]] = []
    app.state.files, app.state.photos, app.state.documents = files, photos, documents
    failures = Failures()
    state: dict[str, Any] = {"webhook": None, "message_id": 100}
    http = httpx.AsyncClient(timeout=10, trust_env=False)
    app.state.sent, app.state.answered, app.state.refused, app.state.updates = (
        sent,
        answered,
        refused,
        updates,
    )
    app.state.failures, app.state.blocked = failures, blocked

    def ok(result: Any) -> JSONResponse:
        return JSONResponse({"ok": True, "result": result})

    def error(code: int, description: str, **parameters: Any) -> JSONResponse:
        refused.append({"error_code": code, "description": description})
        content: dict[str, Any] = {"ok": False, "error_code": code, "description": description}
        if parameters:
            content["parameters"] = parameters
        return JSONResponse(content, code)

    def keyboard_fault(markup: Any) -> str | None:
        if markup is None:
            return None
        rows = markup.get("inline_keyboard") if isinstance(markup, dict) else None
        if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
            return "Bad Request: object expected as reply markup"
        for key in (key for row in rows for key in row):
            if not key.get("text"):
                return 'Bad Request: field "text" is empty'
            if not 1 <= len(str(key.get("callback_data", "")).encode()) <= 64:
                return "Bad Request: BUTTON_DATA_INVALID"
        return None

    async def send_message(values: dict[str, Any]) -> Response:
        text = str(values.get("text", ""))
        try:
            chat = int(values["chat_id"])
        except (KeyError, ValueError):
            return error(400, "Bad Request: chat_id is empty")
        failure = failures.take(str(chat))
        if failure is not None:
            await asyncio.sleep(failure.delay_seconds)
            if failure.status == 429:
                wait = int(failure.retry_after or 1)
                return error(429, f"Too Many Requests: retry after {wait}", retry_after=wait)
            if failure.status != 200:
                return error(failure.status, failure.message)
        if chat in blocked:
            return error(403, "Forbidden: bot was blocked by the user")
        if chat == 0:
            return error(400, "Bad Request: chat not found")
        if not text.strip():
            return error(400, "Bad Request: message text is empty")
        if len(text) > 4096:
            return error(400, "Bad Request: message is too long")
        markup = values.get("reply_markup")
        markup = json.loads(markup) if isinstance(markup, str) else markup
        if wrong := keyboard_fault(markup):
            return error(400, wrong)
        state["message_id"] += 1
        message = {
            "message_id": state["message_id"], "date": int(time.time()), "text": text, "from": BOT,
            "chat": {"id": chat, "type": "private", "first_name": "Test"},
        }  # fmt: skip
        if markup is not None:
            message["reply_markup"] = markup
        sent.append(message)
        return ok(message)

    def caption_of(values: dict[str, Any]) -> dict[str, str]:
        return {"text": values["caption"]} if values.get("caption") else {}

    async def get_updates(values: dict[str, Any]) -> Response:
        if state["webhook"]:
            return error(409, "Conflict: can't use getUpdates method while webhook is active")
        offset = int(values.get("offset") or 0)
        updates[:] = [update for update in updates if update["update_id"] >= offset]
        until = time.monotonic() + min(float(values.get("timeout") or 0), 2.0)
        while not updates and time.monotonic() < until:
            await asyncio.sleep(0.02)
        return ok(updates[: int(values.get("limit") or 100)])

    @app.api_route("/bot{given}/{method}", methods=["GET", "POST"])
    async def call(given: str, method: str, request: Request) -> Response:
        if given != token:
            return error(401, "Unauthorized")
        kind = request.headers.get("content-type", "")
        values: dict[str, Any]
        if kind.startswith("application/json"):
            values = await request.json()
        else:
            values = {
                **request.query_params,
                **{key: str(value) for key, value in (await request.form()).items()},
            }
        match method.lower():
            case "getme":
                return ok(BOT)
            case "sendmessage":
                return await send_message(values)
            case "sendphoto":
                upload = (await request.form()).get("photo")
                content = await upload.read() if hasattr(upload, "read") else b""
                if not content:
                    return error(400, "Bad Request: there is no photo in the request")
                photos.append(content)
                return await send_message({"text": "(photo)", **values, **caption_of(values)})
            case "senddocument":
                upload = (await request.form()).get("document")
                content = await upload.read() if hasattr(upload, "read") else b""
                if not content:
                    return error(400, "Bad Request: there is no document in the request")
                documents.append((upload.filename, content))
                return await send_message({"text": "(document)", **values, **caption_of(values)})
            case "answercallbackquery":
                if not values.get("callback_query_id"):
                    return error(
                        400,
                        "Bad Request: query is too old and response timeout expired or query ID is invalid",
                    )
                answered.append(str(values["callback_query_id"]))
                return ok(True)
            case "getupdates":
                return await get_updates(values)
            case "setwebhook":
                state["webhook"] = values.get("url")
                return ok(True)
            case "deletewebhook":
                state["webhook"] = None
                return ok(True)
            case "getfile":
                if values.get("file_id") not in files:
                    return error(400, "Bad Request: wrong file_id or the file is temporarily unavailable")
                name = values["file_id"]
                return ok({"file_id": name, "file_unique_id": name, "file_path": f"photos/{name}"})
            case "sendchataction" | "leavechat":
                return ok(True)
        return error(404, "Not Found")

    @app.get("/file/bot{given}/photos/{name}")
    async def give(given: str, name: str) -> Response:
        if given != token or name not in files:
            return error(404, "Not Found")
        return Response(files[name], media_type="application/octet-stream")

    @app.get("/_sent")
    async def control_sent() -> dict[str, Any]:
        return {"sent": sent, "answered": answered, "refused": refused, "failures": failures.left()}

    @app.post("/_fail")
    async def control_fail(failure: Failure) -> dict[str, str]:
        failures.add(failure)
        return {"status": "ok"}

    @app.post("/_updates")
    async def control_updates(update: dict[str, Any]) -> dict[str, str]:
        updates.append(update)
        return {"status": "ok"}

    @app.post("/_block")
    async def control_block(body: dict[str, int]) -> dict[str, str]:
        blocked.add(body["chat_id"])
        return {"status": "ok"}

    @app.post("/_inbound")
    async def control_inbound(inbound: Inbound) -> dict[str, Any]:
        headers = {"X-Telegram-Bot-Api-Secret-Token": inbound.secret}
        response = await http.post(inbound.url, json=inbound.update, headers=headers)
        return {"status": response.status_code, "text": response.text}

    @app.post("/_reset")
    async def control_reset() -> dict[str, str]:
        sent.clear()
        answered.clear()
        refused.clear()
        updates.clear()
        blocked.clear()
        failures.clear()
        return {"status": "ok"}

    return app


def main() -> None:
    """Serves the stand-in until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--token", default="4242:test-token")
    options = parser.parse_args()
    uvicorn.run(create_app(options.token), host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
