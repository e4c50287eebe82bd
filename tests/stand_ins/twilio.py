"""A stand-in for Twilio's REST API: `python -m tests.stand_ins.twilio --port 9101`.

As strict as the real one about what we send (account, required parameters, lengths, number formats) and able
to sign webhooks by a second, independent implementation of Twilio's rule. It keeps everything in memory.

Control, for tests: GET /_sent, POST /_media/NAME (the bytes of a message's picture), POST /_fail,
POST /_receipts {"sid", "status", "error_code"}, POST /_reset,
POST /_inbound {"url", "form"} (signs and posts a message as Twilio would; returns the status).
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections import deque
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from tests.stand_ins.failures import Failure, Failures

# Parameters of POST Messages.json in Twilio's OpenAPI document (twilio_api_v2010, CreateMessageRequest).
PARAMETERS = {
    "To",
    "StatusCallback",
    "ApplicationSid",
    "MaxPrice",
    "ProvideFeedback",
    "Attempt",
    "ValidityPeriod",
    "ForceDelivery",
    "ContentRetention",
    "AddressRetention",
    "SmartEncoded",
    "PersistentAction",
    "ShortenUrls",
    "ScheduleType",
    "SendAt",
    "SendAsMms",
    "ContentVariables",
    "RiskCheck",
    "From",
    "MessagingServiceSid",
    "Body",
    "MediaUrl",
    "ContentSid",
}
PHONE = re.compile(r"^\+[1-9]\d{6,14}$")
SENDER = re.compile(r"^(\+[1-9]\d{6,14}|\d{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11})$")


class Receipt(BaseModel):
    """A status callback to post now."""

    sid: str
    status: str
    error_code: str | None = None


class Inbound(BaseModel):
    """A message to sign and post."""

    url: str
    form: dict[str, str]


def sign(token: str, url: str, form: dict[str, str]) -> str:
    """Twilio's signature, written from its documentation and not with its library."""
    text = url + "".join(key + form[key] for key in sorted(form))
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()


def create_app(
    account_sid: str = "ACtest", auth_token: str = "twilio-token", receipts: bool = True
) -> FastAPI:
    """The stand-in; `receipts` posts 'sent' and 'delivered' back by itself."""
    app = FastAPI(title="Twilio stand-in")
    sent: list[dict[str, Any]] = []
    refused: deque[dict[str, Any]] = deque(maxlen=1000)
    failures = Failures()
    opted_out: set[str] = set()
    posting: set[asyncio.Task[None]] = set()
    media: dict[str, bytes | str] = {}  # a string is where the medium is redirected to
    media_failures: list[int] = []
    store_headers: list[dict[str, str]] = []
    app.state.media, app.state.media_failures, app.state.store_headers = media, media_failures, store_headers
    http = httpx.AsyncClient(timeout=10, trust_env=False)
    app.state.sent, app.state.refused, app.state.failures, app.state.opted_out = (
        sent,
        refused,
        failures,
        opted_out,
    )

    def error(status: int, code: int, message: str, headers: dict[str, str] | None = None) -> JSONResponse:
        refused.append({"status": status, "code": code, "message": message})
        more = f"https://www.twilio.com/docs/errors/{code}"
        return JSONResponse(
            {"code": code, "message": message, "more_info": more, "status": status}, status, headers=headers
        )

    def unauthorised(request: Request, account: str) -> JSONResponse | None:
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        try:
            pair = base64.b64decode(given, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            pair = ""
        if scheme.lower() != "basic" or pair != f"{account_sid}:{auth_token}" or account != account_sid:
            return error(401, 20003, "Authenticate")
        return None

    def fault(form: dict[str, str]) -> tuple[int, str] | None:
        to, sender, body = form.get("To", ""), form.get("From", ""), form.get("Body", "")
        if unknown := set(form) - PARAMETERS:
            return 20001, f"Unknown parameters: {sorted(unknown)}"
        if not to:
            return 21604, "A 'To' phone number is required."
        if not sender and not form.get("MessagingServiceSid"):
            return 21603, "A 'From' phone number is required."
        if form.get("MessagingServiceSid") and not re.fullmatch(
            r"MG[0-9A-Za-z]+", form["MessagingServiceSid"]
        ):
            return 21705, "The Messaging Service Sid is invalid."
        whatsapp = to.startswith("whatsapp:")
        if sender and whatsapp != sender.startswith("whatsapp:"):
            return 21910, "Invalid From and To pair. From and To should be of the same channel"
        if not PHONE.fullmatch(to.removeprefix("whatsapp:")):
            return 21211, f"Invalid 'To' Phone Number: {to}"
        if sender and not SENDER.fullmatch(sender.removeprefix("whatsapp:")):
            return 21212, f"Invalid From Number: {sender}"
        if not body and not form.get("MediaUrl") and not form.get("ContentSid"):
            return 21602, "Message body is required."
        if len(body) > 1600:
            return 21617, "The concatenated message body exceeds the 1600 character limit"
        callback = urlsplit(form.get("StatusCallback", "http://x"))
        if callback.scheme not in ("http", "https") or not callback.netloc:
            return 21609, "The StatusCallback URL is not valid."
        if to in opted_out:
            return 21610, "Attempt to send to unsubscribed recipient"
        return None

    def take(form: dict[str, str]) -> dict[str, Any]:
        now = format_datetime(datetime.now(UTC))
        kind = "MM" if form.get("MediaUrl") else "SM"
        sid = kind + secrets.token_hex(16)
        message = {
            "sid": sid,
            "account_sid": account_sid,
            "api_version": "2010-04-01",
            "body": form.get("Body", ""),
            "to": form["To"],
            "from": form.get("From"),
            "messaging_service_sid": form.get("MessagingServiceSid"),
            "direction": "outbound-api",
            "status": "queued",
            "date_created": now,
            "date_updated": now,
            "date_sent": None,
            "error_code": None,
            "error_message": None,
            "num_media": "0",
            "num_segments": "1",
            "price": None,
            "price_unit": "USD",
            "subresource_uris": {},
            "uri": f"/2010-04-01/Accounts/{account_sid}/Messages/{sid}.json",
        }
        sent.append({**message, "callback": form.get("StatusCallback"), "form": form})
        return message

    async def call_back(message: dict[str, Any], status: str, error_code: str | None = None) -> int:
        url = message.get("callback")
        if not url:
            return 0
        form = {
            "MessageSid": message["sid"],
            "SmsSid": message["sid"],
            "AccountSid": account_sid,
            "MessageStatus": status,
            "SmsStatus": status,
            "To": message["to"],
            "From": message["from"] or "",
            "ApiVersion": "2010-04-01",
        }
        if error_code:
            form["ErrorCode"] = error_code
        message["status"] = status
        try:
            response = await http.post(
                url, data=form, headers={"X-Twilio-Signature": sign(auth_token, url, form)}
            )
        except httpx.HTTPError:
            return 0
        return response.status_code

    async def deliver(message: dict[str, Any]) -> None:
        for status in ("sent", "delivered"):
            await call_back(message, status)

    @app.post("/2010-04-01/Accounts/{account}/Messages.json")
    async def create(account: str, request: Request) -> Response:
        if wrong := unauthorised(request, account):
            return wrong
        if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
            return error(415, 20415, "Unsupported content type")
        pairs = parse_qsl((await request.body()).decode(), keep_blank_values=True)
        form = dict(pairs)
        if len(form) != len(pairs):
            return error(400, 20001, "A parameter was given twice")
        if found := fault(form):
            return error(400, *found)
        failure = failures.take(form["To"])
        if failure is not None:
            if failure.take_it:
                take(form)
            await asyncio.sleep(failure.delay_seconds)
            if failure.status != 201:
                headers = (
                    {"Retry-After": str(failure.retry_after)} if failure.retry_after is not None else None
                )
                return error(failure.status, failure.code or 20000 + failure.status, failure.message, headers)
        message = take(form)
        if receipts:
            task = asyncio.create_task(deliver(sent[-1]))
            posting.add(task)
            task.add_done_callback(posting.discard)
        return JSONResponse(message, 201)

    @app.get("/2010-04-01/Accounts/{account}/Messages.json")
    async def messages(account: str, request: Request) -> Response:
        if wrong := unauthorised(request, account):
            return wrong
        query = request.query_params
        hidden = ("callback", "form")
        found = [
            {key: value for key, value in message.items() if key not in hidden}
            for message in reversed(sent)
            if query.get("To") in (None, message["to"]) and query.get("From") in (None, message["from"])
        ]
        size = min(int(query.get("PageSize", "50")), 1000)
        page = {
            "messages": found[:size],
            "page": 0,
            "page_size": size,
            "start": 0,
            "end": max(0, len(found[:size]) - 1),
            "uri": str(request.url.path),
            "first_page_uri": str(request.url.path),
            "next_page_uri": None,
            "previous_page_uri": None,
        }
        return JSONResponse(page)

    def give(name: str) -> Response:
        content = media.get(name)
        if content is None:
            return error(404, 20404, "The requested resource was not found")
        if isinstance(content, str):
            return Response(status_code=307, headers={"location": content})
        return Response(content, media_type="image/jpeg")

    @app.get("/2010-04-01/Accounts/{account}/Messages/{message}/Media/{name}")
    async def medium(account: str, message: str, name: str, request: Request) -> Response:
        if wrong := unauthorised(request, account):
            return wrong
        if media_failures:
            return Response(status_code=media_failures.pop(0))
        return give(name)

    @app.post("/_media/{name}")
    async def control_media(name: str, request: Request) -> dict[str, str]:
        media[name] = await request.body()
        return {"path": f"/2010-04-01/Accounts/{account_sid}/Messages/MM1/Media/{name}"}

    @app.get("/_store/{name}")
    async def store(name: str, request: Request) -> Response:
        store_headers.append(dict(request.headers))
        return give(name)

    @app.get("/_sent")
    async def control_sent() -> dict[str, Any]:
        return {"sent": sent, "refused": list(refused), "failures": failures.left()}

    @app.post("/_fail")
    async def control_fail(failure: Failure) -> dict[str, str]:
        failures.add(failure)
        return {"status": "ok"}

    @app.post("/_opt_out")
    async def control_opt_out(body: dict[str, str]) -> dict[str, str]:
        opted_out.add(body["to"])
        return {"status": "ok"}

    @app.post("/_receipts")
    async def control_receipt(receipt: Receipt) -> dict[str, int]:
        for message in sent:
            if message["sid"] == receipt.sid:
                return {"status": await call_back(message, receipt.status, receipt.error_code)}
        return {"status": 404}

    @app.post("/_inbound")
    async def control_inbound(inbound: Inbound) -> dict[str, Any]:
        headers = {
            "X-Twilio-Signature": sign(auth_token, inbound.url, inbound.form),
            "Content-Type": "application/x-www-form-urlencoded",
        }
        response = await http.post(inbound.url, content=urlencode(inbound.form), headers=headers)
        return {"status": response.status_code, "text": response.text}

    @app.post("/_reset")
    async def control_reset() -> dict[str, str]:
        sent.clear()
        refused.clear()
        failures.clear()
        opted_out.clear()
        return {"status": "ok"}

    return app


def main() -> None:
    """Serves the stand-in until it is stopped."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--account-sid", default="ACtest")
    parser.add_argument("--auth-token", default="twilio-token")
    parser.add_argument("--no-receipts", action="store_true")
    options = parser.parse_args()
    app = create_app(options.account_sid, options.auth_token, not options.no_receipts)
    uvicorn.run(app, host="127.0.0.1", port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
