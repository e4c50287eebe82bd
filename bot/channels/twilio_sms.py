"""SMS through Twilio, and the two Twilio routes, which WhatsApp shares."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
from fastapi import APIRouter, Depends, Header, HTTPException, Response

from bot import metrics
from bot.channels import twilio_wire as wire
from bot.channels import whatsapp
from bot.channels.body import body_up_to
from bot.receiving import accept
from crm_store.database import single_statements, transaction
from crm_store.domain.deliveries import read_status
from crm_store.services.deliveries import keep_receipt, record_receipt
from crm_store.services.inbox import InboundMessage
from crm_store.settings import settings
from crm_store.threads import WEBHOOKS, apart

log = structlog.get_logger(__name__)
CHANNEL = "sms"
TEXT_LIMIT = 1600  # characters; Twilio's error 21617 beyond

# --- wire form ------------------------------------------------------------------------------------

_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
# Short codes and senders with a name: robots. They are taken note of and not answered, or two robots would
# talk to each other for ever.
_ROBOT = re.compile(r"[A-Za-z0-9 ._&-]{1,32}")

# --- routes ---------------------------------------------------------------------------------------

router = APIRouter()
Body = Annotated[bytes, Depends(body_up_to(wire.BODY_LIMIT_BYTES))]
Signature = Annotated[str | None, Header(alias="X-Twilio-Signature")]


@router.post(wire.MESSAGE_PATH)
async def receive_message(body: Body, x_twilio_signature: Signature = None) -> Response:
    """A message by SMS or WhatsApp. Answers at once with an empty TwiML; replies go by the API."""
    return await apart(WEBHOOKS, _take_message, body, x_twilio_signature)


def _take_message(body: bytes, x_twilio_signature: str | None) -> Response:
    form = _signed_form(body, wire.MESSAGE_PATH, x_twilio_signature)
    try:
        inbound = receive(form)
    except wire.MalformedForm as error:
        metrics.refused.labels("twilio", "malformed").inc()
        raise HTTPException(400, {"field": error.field, "error": error.reason}) from None
    if inbound is not None:
        accept(inbound)
    return Response('<?xml version="1.0" encoding="UTF-8"?><Response/>', media_type="text/xml")


@router.post(wire.STATUS_PATH)
async def receive_status(body: Body, x_twilio_signature: Signature = None) -> Response:
    """What became of a message of ours."""
    return await apart(WEBHOOKS, _take_status, body, x_twilio_signature)


def _take_status(body: bytes, x_twilio_signature: str | None) -> Response:
    form = _signed_form(body, wire.STATUS_PATH, x_twilio_signature)
    try:
        receipt(form)
    except wire.MalformedForm as error:
        metrics.refused.labels("twilio", "malformed").inc()
        raise HTTPException(400, {"field": error.field, "error": error.reason}) from None
    return Response(status_code=204)


def _signed_form(body: bytes, path: str, signature: str | None) -> wire.Form:
    form = wire.parse_form(body)
    if not wire.is_signed(form, path, signature):
        metrics.refused.labels("twilio", "forged").inc()
        log.warning("webhook_refused", path=path, reason="signature")
        raise HTTPException(403, "the signature is missing or wrong")
    return form


# --- receive --------------------------------------------------------------------------------------


def receive(form: wire.Form) -> InboundMessage | None:
    """The message of a signed form; None when it comes from a robot. Raises MalformedForm."""
    message = wire.read_inbound(form)
    channel, address = CHANNEL, message.From
    if address.startswith(whatsapp.PREFIX):
        channel, address = whatsapp.CHANNEL, address.removeprefix(whatsapp.PREFIX)
    if not _PHONE.fullmatch(address):
        if channel == CHANNEL and _ROBOT.fullmatch(address):
            log.info("robot_ignored", channel=channel)
            return None
        raise wire.MalformedForm("From", "is no phone number in international form")
    has_pin = message.Latitude is not None and message.Longitude is not None
    text = message.Body or (message.Label or message.Address if has_pin else "")
    kind = "location" if has_pin else "media" if message.NumMedia else "text"
    return InboundMessage(
        channel=channel,
        address=address,
        provider_id=message.MessageSid,
        body=text,
        kind=kind,
        latitude=message.Latitude if has_pin else None,
        longitude=message.Longitude if has_pin else None,
        media=wire.media_of(form, message.NumMedia),
        profile_name=message.ProfileName or None,
        opt_out_type=message.OptOutType.upper() or None,
        button_payload=message.ButtonPayload or None,
        received_at=datetime.now(UTC),
    )


# --- receipts -------------------------------------------------------------------------------------


def receipt(form: wire.Form) -> None:
    """Moves the message's status forward. Raises MalformedForm."""
    report = wire.read_status(form)
    status = read_status(report.MessageStatus)
    if status is None:
        log.info("receipt_ignored", status=report.MessageStatus[:40])
        return
    channel = whatsapp.CHANNEL if report.To.startswith(whatsapp.PREFIX) else CHANNEL
    told = (channel, report.MessageSid, status, report.ErrorCode or None)
    with single_statements() as session:
        moved = record_receipt(session, *told)
    if moved is None:  # it overtook us: the id is being stored, or will be
        with transaction() as session:
            keep_receipt(session, *told)


# --- send -----------------------------------------------------------------------------------------


def sender() -> dict[str, str]:
    """The parameters that say from whom: the messaging service when there is one."""
    values = settings()
    if values.twilio_messaging_service_sid:
        return {"messaging_service_sid": values.twilio_messaging_service_sid}
    return {"from_": values.twilio_sms_from or ""}


def send(address: str, body: str, _buttons: list[dict[str, Any]]) -> str:
    """Sends and returns the provider's id. The choices stand in the text already."""
    return wire.create_message(address, body, sender())


def already_sent(address: str, body: str, since: datetime) -> list[str]:
    """Ids of messages with this body that Twilio took since then."""
    return wire.sids_sent(address, body, sender(), since)
