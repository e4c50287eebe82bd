"""Logs: one JSON object a line, with ids, and without personal numbers."""

import json
import logging
import sys

import pytest
import structlog

from crm_store.logs import configure_logging, masked
from crm_store.settings import settings


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("from +27821234567", "from ..4567"),
        ("whatsapp:+27821234567", "whatsapp:..4567"),
        ("082 123 4567 called", "..4567 called"),
        ("account 41006273.", "account ..6273."),
        ("KDM-4821-7305", "KDM-4821-7305"),
        ("0197f1b2-12345678", "0197f1b2-12345678"),
        ("2026-07-15T08:00:00.123456Z", "2026-07-15T08:00:00.123456Z"),
        ("took 0.123456789 s", "took 0.123456789 s"),
        ("reading 02214", "reading 02214"),
    ],
)
def test_numbers_are_masked_and_the_rest_stays(text, shown):
    assert masked(text) == shown
    assert masked({"a": [text, 5]}) == {"a": [shown, 5]}


@pytest.fixture
def logged(monkeypatch, capsys):
    """Sets JSON logs up for a test, gives a function that returns the lines, and puts everything back.

    The first call sets up, in the test itself: pytest changes standard error between fixture and test.
    """
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    monkeypatch.setenv("PHENDULA_LOG_FORMAT", "json")
    settings.cache_clear()

    def lines():
        configure_logging("worker")
        return [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    yield lines
    root.handlers[:], root.level = handlers, level
    settings.cache_clear()
    structlog.contextvars.clear_contextvars()
    structlog.reset_defaults()


def test_a_line_is_json_with_process_and_ids(logged):
    logged()
    structlog.contextvars.bind_contextvars(message_id="m-1", conversation_id="c-1")
    structlog.get_logger("bot").info("turn_handled", address="+27821234567", replies=2)
    (line,) = logged()
    assert {key: line[key] for key in ("event", "process", "level", "message_id", "conversation_id")} == {
        "event": "turn_handled",
        "process": "worker",
        "level": "info",
        "message_id": "m-1",
        "conversation_id": "c-1",
    }
    assert line["address"] == "..4567"


def test_other_libraries_log_the_same_way(logged):
    logged()
    logging.getLogger("some.library").warning("no answer from %s", "+27821234567")
    (line,) = logged()
    assert (line["event"], line["logger"]) == ("no answer from ..4567", "some.library")


def test_a_traceback_is_masked_too(logged):
    logged()
    try:
        raise ValueError("account 41006273")
    except ValueError:
        structlog.get_logger("x").error("failed", exc_info=sys.exc_info())
    assert "41006273" not in json.dumps(logged())
