"""Is it alive, can it work, and how much: /health, /ready and /metrics."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address

import structlog
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector, CollectorRegistry
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from bot.engine_client import engine
from bot.metrics import counted
from crm_store.database import transaction

log = structlog.get_logger(__name__)
router = APIRouter()
# Workers give a sign of life every three seconds (bot/tasks.py).
SILENT_SECONDS = 10
# A proxy in front of us calls from loopback too, but says for whom.
FORWARDING_HEADERS = ("forwarded", "x-forwarded-for", "x-forwarded-host", "x-real-ip", "via")


@router.get("/health")
async def health() -> dict[str, str]:
    """The process answers."""
    return {"status": "ok"}


@router.get("/ready")
def ready() -> JSONResponse:
    """Whether messages are taken and answered; 503 says what is missing."""
    missing = faults()
    if missing:
        return JSONResponse({"status": "not ready", "missing": missing}, 503)
    return JSONResponse({"status": "ready"})


def faults() -> dict[str, str]:
    """What is missing, by name: database, worker, engine."""
    found = {}
    try:
        with transaction() as session:
            beat = session.execute(
                text("SELECT extract(epoch FROM now() - max(last_heartbeat)) FROM procrastinate_workers")
            ).scalar()
    except SQLAlchemyError as error:
        log.warning("not_ready", missing="database", error=str(error))
        return {"database": "does not answer", "worker": "unknown", **_engine_faults()}
    if beat is None:
        found["worker"] = "none is running"
    elif beat > SILENT_SECONDS:
        found["worker"] = f"gave no sign of life for {beat:.0f} seconds"
    return {**found, **_engine_faults()}


def _engine_faults() -> dict[str, str]:
    faults = engine().ready()
    if faults:
        log.warning("not_ready", missing="engine", error="; ".join(faults))
    return {"engine": "does not answer, or has no model"} if faults else {}


@router.get("/metrics")
def metrics(request: Request) -> Response:
    """Prometheus figures, for callers on this machine only."""
    if not is_local(request):
        raise HTTPException(404)
    return Response(generate_latest(counted()) + generate_latest(_queue), media_type=CONTENT_TYPE_LATEST)


def is_local(request: Request) -> bool:
    """Whether the call comes from this machine, and not through a proxy on it."""
    if request.client is None or any(name in request.headers for name in FORWARDING_HEADERS):
        return False
    try:
        return ip_address(request.client.host).is_loopback
    except ValueError:
        return False


class QueueFigures(Collector):
    """What the database says at this moment."""

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """The gauges; none when the database is away."""
        jobs = GaugeMetricFamily("phendula_jobs", "Jobs in the queue.", labels=["task", "status"])
        waiting = GaugeMetricFamily("phendula_messages_unhandled", "Messages not answered yet.")
        oldest = GaugeMetricFamily("phendula_messages_unhandled_oldest_seconds", "Age of the oldest of them.")
        unsent = GaugeMetricFamily("phendula_messages_unsent", "Replies not at the provider yet.")
        with transaction() as session:
            for task, status, number in session.execute(
                text("SELECT task_name, status::text, count(*) FROM procrastinate_jobs GROUP BY 1, 2")
            ):
                jobs.add_metric([task, status], number)
            number, age = session.execute(
                text(
                    "SELECT count(*), coalesce(extract(epoch FROM now() - min(received_at)), 0)"
                    " FROM messages WHERE direction = 'in' AND status = 'received'"
                )
            ).one()
            waiting.add_metric([], number)
            oldest.add_metric([], float(age))
            unsent.add_metric(
                [],
                session.execute(
                    text(
                        "SELECT count(*) FROM messages"
                        " WHERE direction = 'out' AND status IN ('stored', 'sending')"
                    )
                ).scalar_one(),
            )
        yield from (jobs, waiting, oldest, unsent)


_queue = CollectorRegistry()
_queue.register(QueueFigures())
