"""The back office's pages in one list: overview, incidents, figures, readings, administration."""

from __future__ import annotations

from fastapi import APIRouter

from desk import (
    administration,
    canned_answers,
    contacts,
    departments,
    figures,
    hours,
    incidents,
    knowledge,
    notices,
    overview,
    readings,
    service_levels,
    whatsapp_templates,
)

TOPICS: tuple[APIRouter, ...] = (
    overview.router,
    incidents.router,
    notices.router,
    figures.router,
    readings.router,
    administration.router,
    canned_answers.router,
    knowledge.router,
    departments.router,
    contacts.router,
    service_levels.router,
    hours.router,
    whatsapp_templates.router,
)
