"""Live pages: what is committed is told at once, to whoever may hear it, until the session ends."""

import queue
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import httpx
import psycopg
import pytest
from sqlalchemy import update

from crm_store.database import transaction
from crm_store.live import publish
from crm_store.services.desk_sessions import begin_session, end_session
from crm_store.tables import DeskSession
from desk import live
from desk.access import SignedIn
from desk.live import Stream, topics_for
from phendula.app import create_app
from tests.desk.conftest import new_user
from tests.stand_ins.serving import served

WITHIN_SECONDS = 60  # what comes in milliseconds may wait long on a busy machine


@pytest.fixture
def desk(database_url):
    """The address of a served desk."""
    with served(create_app()) as address:
        yield address


@contextmanager
def listening(address, topics, role="agent"):
    """(lines heard so far as a queue, the session) of an open page."""
    with transaction() as session:
        begun = begin_session(
            session, new_user(f"u{time.time_ns()}", role).id, "here", "a test", datetime.now(UTC)
        )
    heard: queue.Queue[str | None] = queue.Queue()
    client = httpx.Client(cookies={"phendula": begun.token}, timeout=30, trust_env=False)

    def read():
        with client.stream("GET", f"{address}/desk/live", params={"topics": topics}) as answer:
            heard.put(f"{answer.status_code} {answer.headers['content-type']}")
            for line in answer.iter_lines():
                if line:
                    heard.put(line)
        heard.put(None)

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    try:
        assert heard.get(timeout=WITHIN_SECONDS).startswith("200 text/event-stream")
        assert heard.get(timeout=WITHIN_SECONDS) == "retry: 2000"
        # NOTIFY reaches only those who listen already.
        assert heard.get(timeout=WITHIN_SECONDS) == "event: look"
        assert heard.get(timeout=WITHIN_SECONDS) == "data: {}"
        yield heard, begun.session
    finally:  # also after a failure: a stream left in the hub would fail the tests that follow
        with transaction() as session:
            end_session(session, begun.session.id)
        thread.join(WITHIN_SECONDS)
        client.close()


def tell(topic, **small):
    with transaction() as session:
        publish(session, topic, **small)


def test_what_is_committed_is_heard_at_once_and_only_by_its_topic(desk):
    with listening(desk, "chats,chat:7") as (heard, _session):
        with transaction() as session:
            publish(session, "chats", lost=True)
            session.rollback()
        tell("chat:8")
        tell("cases")
        tell("chat:7", message="m1")
        assert heard.get(timeout=WITHIN_SECONDS) == "event: changed"
        assert heard.get(timeout=WITHIN_SECONDS) == 'data: {"topic":"chat:7","message":"m1"}'


def test_a_list_that_changes_often_is_told_together_and_a_chat_each_time(desk):
    with listening(desk, "chats,chat:7") as (heard, _session):
        for number in range(10):
            tell("chats", number=number)
            tell("chat:7", number=number)
        tell("chat:7", last=True)
        lines = []
        while 'data: {"topic":"chats","number":9}' not in lines:
            lines.append(heard.get(timeout=WITHIN_SECONDS))
        assert sum('"chat:7","number"' in line for line in lines) == 10
        assert lines[1] == 'data: {"topic":"chats","number":0}'
        assert sum('"chats"' in line for line in lines) < 10
        tell("chats", number=10)
        while heard.get(timeout=WITHIN_SECONDS) != 'data: {"topic":"chats","number":10}':
            pass


def test_all_pages_of_a_process_share_one_connection(desk):
    with listening(desk, "chats") as (one, _), listening(desk, "chats") as (other, _):
        tell("chats")
        assert one.get(timeout=WITHIN_SECONDS) == other.get(timeout=WITHIN_SECONDS) == "event: changed"
        with transaction() as session:
            count = session.connection().exec_driver_sql(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'phendula desk live'"
                " AND datname = current_database()"
            )
            assert count.scalar() == 1


def test_a_page_falls_silent_when_its_session_ends(desk):
    with listening(desk, "chats") as (heard, ended), listening(desk, "chats") as (other, _):
        with transaction() as session:
            end_session(session, ended.id)
        assert heard.get(timeout=WITHIN_SECONDS) == "event: ended"
        assert heard.get(timeout=WITHIN_SECONDS) == "data: {}"
        assert heard.get(timeout=WITHIN_SECONDS) is None
        tell("chats")
        assert other.get(timeout=WITHIN_SECONDS) == "event: changed"


def test_a_session_that_runs_out_is_noticed(desk, monkeypatch):
    monkeypatch.setattr(live, "HEARTBEAT_SECONDS", 0.2)
    with listening(desk, "chats") as (heard, _session):
        assert heard.get(timeout=WITHIN_SECONDS) == ": alive"
        with transaction() as session:
            session.execute(update(DeskSession).values(seen_at=datetime(2026, 1, 1, tzinfo=UTC)))
        lines = iter(lambda: heard.get(timeout=WITHIN_SECONDS), None)
        assert "event: ended" in list(lines)


def test_after_a_break_every_page_looks_again(desk, database_url):
    with listening(desk, "chats") as (heard, _session):
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE application_name = 'phendula desk live' AND datname = current_database()"
            )
        assert heard.get(timeout=WITHIN_SECONDS) == "event: look"
        assert heard.get(timeout=WITHIN_SECONDS) == "data: {}"
        tell("chats")
        assert heard.get(timeout=WITHIN_SECONDS) == "event: changed"


def test_nobody_listens_to_what_they_may_not_see():
    who = SignedIn(uuid4(), "thoko", "Thoko", "agent", None, None, (), "en", "", uuid4())
    assert topics_for(who, "chats,chat:1, overview,training,sessions,made-up") == {"chats", "chat:1"}


def test_a_page_that_reads_too_slowly_is_told_to_look_at_everything():
    stream = Stream(uuid4(), frozenset({"chats"}))
    for number in range(201):
        stream.tell(f"event {number}")
    assert "look" in stream.waiting.get_nowait()
    assert stream.waiting.empty()


def test_contents_do_not_fit_in(database_url):
    with transaction() as session, pytest.raises(ValueError, match="ids, not contents"):
        publish(session, "chats", text="x" * 8000)
