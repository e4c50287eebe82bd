"""What Prometheus counts; the queue's figures are read when asked (health.py).

With PROMETHEUS_MULTIPROC_DIR, which `phendula up` sets, web processes and workers count into files there, and
whichever is asked tells the whole: https://prometheus.github.io/client_python/multiprocess/. Without it each
process tells its own.
"""

from __future__ import annotations

import os

from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram
from prometheus_client.multiprocess import MultiProcessCollector

received = Counter("phendula_messages_received_total", "Messages at the webhooks.", ["channel", "outcome"])
refused = Counter("phendula_webhooks_refused_total", "Webhook calls refused.", ["channel", "reason"])
turns = Counter("phendula_turns_total", "Turns, by how they ended.", ["outcome"])
turn_seconds = Histogram("phendula_turn_seconds", "A turn, engine call included, in seconds.")
sent = Counter("phendula_messages_sent_total", "Deliveries, by how they ended.", ["channel", "outcome"])


def counted() -> CollectorRegistry:
    """What all processes have counted, those that have ended too; or this process alone."""
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
