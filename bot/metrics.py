"""What Prometheus counts, each process its own; the queue's figures are read when asked (health.py)."""

from __future__ import annotations

from prometheus_client import Counter, Histogram

received = Counter("phendula_messages_received_total", "Messages at the webhooks.", ["channel", "outcome"])
refused = Counter("phendula_webhooks_refused_total", "Webhook calls refused.", ["channel", "reason"])
turns = Counter("phendula_turns_total", "Turns, by how they ended.", ["outcome"])
turn_seconds = Histogram("phendula_turn_seconds", "A turn, engine call included, in seconds.")
sent = Counter("phendula_messages_sent_total", "Deliveries, by how they ended.", ["channel", "outcome"])
