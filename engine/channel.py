"""The REST channel: Rasa's documented wire form, with turns that are all or nothing."""

from __future__ import annotations

import logging
import os
from typing import Any, Awaitable, Callable, Dict, Optional, Text

from rasa.core.channels.channel import CollectingOutputChannel, UserMessage
from rasa.core.channels.rest import RestInput
from sanic import Blueprint, response
from sanic.request import Request
from sanic.response import HTTPResponse

from engine.turn import TurnAbandoned, current_message_id

logger = logging.getLogger(__name__)

LONGEST_MESSAGE = 10_000  # characters; the bot cuts at the same length


class RepliesAsKeys(CollectingOutputChannel):
    """Collects each reply's key and values, once.

    Rasa would send a reply with buttons twice: as a text with buttons, and as the custom part.
    """

    async def send_response(self, recipient_id: Text, message: Dict[Text, Any]) -> None:
        if message.get("custom"):
            await self.send_custom_json(recipient_id, message["custom"])
        else:
            await super().send_response(recipient_id, message)


class MessagesIn(RestInput):
    """`POST /webhooks/rest/webhook`: one message in, the list of replies out.

    A turn that fails is answered with a status of 500 or above and leaves no trace, so that the same message
    may be sent again.
    """

    @classmethod
    def name(cls) -> Text:
        return "rest"

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        webhook = Blueprint("messages_in", __name__)

        @webhook.route("/", methods=["GET"])
        async def health(_request: Request) -> HTTPResponse:
            return response.json({"status": "ok", "process": os.getpid()})

        @webhook.route("/webhook", methods=["POST"])
        async def receive(request: Request) -> HTTPResponse:
            body = request.json
            fault = _fault_of(body)
            if fault:
                return response.json({"error": fault}, status=400)
            metadata = body.get("metadata") or {}
            replies = RepliesAsKeys()
            message = UserMessage(
                plain_text(body.get("message") or ""),
                replies,
                body["sender"],
                input_channel=self.name(),
                metadata=metadata,
            )
            marker = current_message_id.set(metadata.get("message_id"))
            try:
                await on_new_message(message)
            except TurnAbandoned as error:
                logger.error("Turn given up, to be tried again: %s", error)
                return response.json({"error": "action_failed"}, status=503)
            except Exception:
                logger.exception("Turn failed")
                return response.json({"error": "turn_failed"}, status=500)
            finally:
                current_message_id.reset(marker)
            return response.json(replies.messages)

        return webhook


def plain_text(text: str) -> str:
    """The text as people meant it: without NUL, half characters, slashes that fire intents; not too long."""
    whole = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return whole.replace("\x00", "")[:LONGEST_MESSAGE].lstrip().lstrip("/").strip()


def _fault_of(body: Any) -> Optional[str]:
    if not isinstance(body, dict):
        return "the body must be a JSON object"
    if not isinstance(body.get("sender"), str) or not body["sender"]:
        return "sender must be a non-empty string"
    if not isinstance(body.get("message", ""), (str, type(None))):
        return "message must be a string"
    if not isinstance(body.get("metadata", {}), (dict, type(None))):
        return "metadata must be an object"
    message_id = (body.get("metadata") or {}).get("message_id")
    if message_id is not None and not isinstance(message_id, str):
        return "metadata.message_id must be a string"
    return None
