"""The back office's pages in one list: administration."""

from __future__ import annotations

from fastapi import APIRouter

from desk import (
    administration,
    canned_answers,
    contacts,
    departments,
    hours,
    knowledge,
    service_levels,
    whatsapp_templates,
)

TOPICS: tuple[APIRouter, ...] = (
    administration.router,
    canned_answers.router,
    knowledge.router,
    departments.router,
    contacts.router,
    service_levels.router,
    hours.router,
    whatsapp_templates.router,
)
