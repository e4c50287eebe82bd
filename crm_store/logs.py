"""Structured logs: JSON lines in production, readable ones in development; no personal numbers in either."""

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

from crm_store.settings import settings

# A run of 7 to 15 digits, spaces allowed: a telephone, account or meter number. References (KDM-4821-7305),
# times, decimals and UUIDs have other separators before, in or behind them, and stay readable.
_NUMBER = re.compile(r"(?<![\w.-])\+?\d(?: ?\d){6,14}(?![\w-])")
#: Fields that never need masking: ids, times, counts.
_PLAIN = frozenset({"timestamp", "level", "logger", "process", "message_id", "case_id", "conversation_id"})


def configure_logging(process: str) -> None:
    """Set up structlog and the standard library's logging; every line says which process wrote it.

    Bind ids with `structlog.contextvars.bind_contextvars(message_id=…, conversation_id=…, case_id=…)`.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    renderer: list[Any]
    if settings().json_logs:
        renderer = [structlog.processors.dict_tracebacks, mask_numbers, structlog.processors.JSONRenderer()]
    else:
        # Tracebacks become text first, so that numbers in them are masked as well.
        renderer = [
            structlog.processors.format_exc_info,
            mask_numbers,
            structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty()),
        ]

    def add_process(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        event.setdefault("process", process)
        return event

    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, add_process, *renderer],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(settings().log_level.upper())
    # What these say of each request, statement and job, our own lines say better; httpx even logs bot tokens.
    for chatty in ("httpx", "httpcore", "procrastinate", "alembic", "twilio.http_client"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def mask_numbers(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Keep only the last four digits of telephone, account and meter numbers anywhere in the event."""
    return {key: value if key in _PLAIN else masked(value) for key, value in event.items()}


def masked(value: Any) -> Any:
    """The value with long numbers shortened to '..6273', in nested lists and dictionaries too."""
    match value:
        case str():
            return _NUMBER.sub(lambda found: f"..{re.sub(r'[^0-9]', '', found[0])[-4:]}", value)
        case dict():
            return {key: item if key in _PLAIN else masked(item) for key, item in value.items()}
        case list() | tuple():
            return [masked(item) for item in value]
        case _:
            return value
