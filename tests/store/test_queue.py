"""Jobs belong to the transaction that asks for them."""

from datetime import UTC, datetime

import procrastinate
import pytest

from crm_store import queue
from crm_store.database import transaction
from tests.store.people import jobs


def test_a_job_comes_with_the_commit_only(database_url):
    def fails_afterwards():
        with transaction() as session:
            queue.defer(session, "deliver", message_id="lost")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fails_afterwards()
    with transaction() as session:
        queue.defer(
            session, "deliver", lock="out:1", schedule_at=datetime(2026, 8, 1, tzinfo=UTC), message_id="kept"
        )
    with transaction() as session:
        (job,) = jobs(session, "deliver")
        assert (job["lock"], job["args"]) == ("out:1", {"message_id": "kept"})
        assert job["scheduled_at"] == datetime(2026, 8, 1, tzinfo=UTC)


def test_a_queueing_lock_refuses_the_second_and_spoils_nothing(session):
    assert queue.defer(session, "sweep", queueing_lock="sweep") is not None
    assert queue.defer(session, "sweep", queueing_lock="sweep") is None
    assert len(jobs(session, "sweep")) == 1


def test_a_worker_runs_what_was_deferred(database_url, monkeypatch):
    done = []
    # The app is the process's; the test's task and connector must not stay in it.
    monkeypatch.setattr(queue, "app", procrastinate.App(connector=queue.app.connector))

    @queue.app.task(name="say_hello")
    def say_hello(name: str) -> None:
        done.append(name)

    with transaction() as session:
        queue.defer(session, "say_hello", lock="a", name="first")
        queue.defer(session, "say_hello", lock="a", name="second")
    app = queue.worker_app(database_url)
    app.run_worker(wait=False, install_signal_handlers=False, listen_notify=False)
    assert done == ["first", "second"]
