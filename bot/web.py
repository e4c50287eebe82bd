"""All routes of the messaging side, for the web application that phendula/app.py puts together."""

from __future__ import annotations

from fastapi import APIRouter

from bot import files, health
from bot.channels import telegram, twilio_sms, web


def routes() -> APIRouter:
    """Webhooks, the phone page, and health."""
    router = APIRouter()
    for part in (health.router, files.router, twilio_sms.router, telegram.router, web.router):
        router.include_router(part)
    return router
